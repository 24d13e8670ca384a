// The text format of Prometheus (version 0.0.4), read strictly: whatever promtool would complain about throws here.

export interface Family {
  name: string;
  type: string;
  help: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelPair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/;

export function familiesOf(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the text does not end with a line break');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let now: Family | undefined;
  for (const line of text.split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(name) || !metricName.test(name)) throw new Error(`${name} comes twice, or is no name`);
      families.set(name, (now = { name, type: '', help: rest, samples: [] }));
    } else if (kind === 'TYPE') {
      if (now?.name !== name || now.type !== '') throw new Error(`TYPE of ${name} is out of place`);
      now.type = rest;
    } else if (line !== '') now = take(line, now, seen);
  }
  for (const family of families.values()) if (family.type === 'histogram') demandBuckets(family);
  return families;
}

function take(line: string, family: Family | undefined, seen: Set<string>): Family {
  const [, name = '', given = '', value = ''] = sampleLine.exec(line) ?? [];
  const suffix =
    family?.type === 'histogram' ? /^(_bucket|_sum|_count)$/ : family?.type === 'summary' ? /^(|_sum|_count)$/ : /^$/;
  if (!family || !name.startsWith(family.name) || !suffix.test(name.slice(family.name.length))) {
    throw new Error(`a sample out of place: ${line}`);
  }
  // Go's ParseFloat, which Prometheus reads with, takes NaN in any case; prom-client writes Nan.
  const number = value === '+Inf' ? Infinity : Number(value);
  if (value === '' || (Number.isNaN(number) && !/^nan$/i.test(value)) || seen.has(`${name}{${given}}`))
    throw new Error(`a bad sample: ${line}`);
  seen.add(`${name}{${given}}`);
  family.samples.push({ name, labels: labelsOf(given), value: number });
  return family;
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const [whole, name, value] = labelPair.exec(rest) ?? [];
    if (whole === undefined || name! in labels) throw new Error(`bad labels: ${text}`);
    labels[name!] = value!;
    rest = rest.slice(whole.length);
  }
  return labels;
}

/** Buckets rise, and the last one is the count. */
function demandBuckets({ name, samples }: Family): void {
  const seriesOf = ({ labels: { le: _, ...labels } }: Family['samples'][number]) => JSON.stringify(labels);
  for (const [series, own] of Map.groupBy(samples, seriesOf)) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`);
    const isRising = buckets.every(({ value }, at) => at === 0 || value >= buckets[at - 1]!.value);
    const count = own.find((sample) => sample.name === `${name}_count`)?.value;
    const last = buckets.at(-1);
    if (!isRising || last?.labels['le'] !== '+Inf' || last.value !== count)
      throw new Error(`bad buckets of ${name} ${series}`);
  }
}
