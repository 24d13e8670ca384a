// What the running daemon says of itself (/readyz, its rejects), as findings. Pure.
import { isoOf } from '../cdr/time.ts';
import { finding, type Finding } from './finding.ts';

/** The part of its health that matters here. */
export interface DaemonWord {
  store: { state: string; detail: string | null };
  sources: readonly {
    /** SYSTEM/KIND */
    name: string;
    state: string;
    detail: string | null;
    lag_seconds: number | null;
    lost: number;
  }[];
  completeness: readonly {
    system: string;
    missing_in_table: number;
    missing_in_ami: number;
    not_understood: number;
    zone_warning: string | null;
  }[];
  /** Whether rows wait as rejects. */
  rejects: boolean;
  /** Absent: an older daemon, which does not say. */
  webhooks?: readonly {
    name: string;
    pending: number;
    dead: number;
    /** Microseconds: since when nothing gets through. */
    failing: number | null;
    fault: string | null;
  }[];
}

/** Seconds: rows that come later came by a batch, a slow table, or a line that was cut. The alert in config/prometheus has the same. */
export const lagMax = 60;

/** Microseconds: a receiver that is away for less comes back by itself. The alert in config/prometheus has the same. */
export const failingMax = 15 * 60 * 1_000_000;

/** Whoever writes over HTTP and files that are imported are not heard of by themselves. */
const isHeard = ({ name }: DaemonWord['sources'][number]) => /\/(ami|table)\b/.test(name);

/** @param now - in microseconds. */
export function daemonFindings(given: DaemonWord, now: number): Finding[] {
  const word = { ...given, sources: given.sources.filter(isHeard) };
  const found = [
    ...storeFindings(word),
    ...word.sources.flatMap((source) => sourceFindings(source, word)),
    ...word.completeness.flatMap(proofFindings),
  ];
  if (word.rejects) {
    const what = 'Rows that could not be understood wait as rejects.';
    const why = 'Their records are not here. The list says of each what is wrong with it.';
    found.push(finding('rejects-kept', { what, why, paste: 'cdrd rejects', then: 'cdrd rejects retry' }));
  }
  found.push(...(word.webhooks ?? []).flatMap((hook) => hookFindings(hook, now)));
  const isWell = !found.some(({ level }) => level === 'fault');
  const names = word.sources.filter(({ state }) => state === 'up').map(({ name }) => name);
  const what = `The daemon runs${names.length > 0 ? ` and hears ${names.join(', ')}` : ''}.`;
  return isWell ? [finding('daemon-ok', { what }), ...found] : found;
}

function storeFindings({ store: { state, detail } }: DaemonWord): Finding[] {
  if (state === 'up') return [];
  const why =
    'Nothing is stored. What AMI tells waits in memory, and what does not fit there must come from the table.';
  return [finding('store-down', { what: `The store is away: ${detail ?? state}.`, why })];
}

function hookFindings(
  { name, pending, dead, failing, fault }: NonNullable<DaemonWord['webhooks']>[number],
  now: number,
): Finding[] {
  const found: Finding[] = [];
  const some = (count: number) => (count === 1 ? '1 delivery' : `${count} deliveries`);
  if (failing !== null && now - failing >= failingMax) {
    const since = `${isoOf(failing).slice(0, 16).replace('T', ' ')} UTC`;
    const waiting = `${some(pending)} ${pending === 1 ? 'waits' : 'wait'}`;
    const what = `Nothing has got through to the webhook ${name} since ${since}; ${waiting}: ${fault ?? 'nobody answers'}.`;
    const why = 'Whoever listens there hears of no call; what is tried in vain for too long becomes a dead letter.';
    found.push(finding('webhook-failing', { what, why, paste: `cdrd webhook test ${name}` }));
  }
  if (dead > 0) {
    const what = `${some(dead)} of the webhook ${name} ${dead === 1 ? 'was' : 'were'} given up.`;
    const why = 'Their changes were not told. They are sent again when you say so, or discarded.';
    const paste = `cdrd webhook deliveries --state dead --webhook ${name}`;
    found.push(finding('webhook-dead', { what, why, paste, then: `cdrd webhook replay --webhook ${name}` }));
  }
  return found;
}

function systemOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'));
}

function sourceFindings(
  { name, state, detail, lag_seconds: lag, lost }: DaemonWord['sources'][number],
  { sources }: DaemonWord,
): Finding[] {
  const system = systemOf(name);
  const found: Finding[] = [];
  if (state === 'down' || state === 'refused') {
    const what = `${name} is ${state}: ${detail ?? 'nothing more is known'}.`;
    const why = name.endsWith('/ami')
      ? 'No record is heard the moment its call ends.'
      : 'What AMI misses is not caught up.';
    found.push(finding('source-down', { system, what, why }));
  } else if (state === 'up' && detail !== null) {
    found.push(
      finding('source-idle', { system, what: `${name} is up, but: ${detail}.`, why: 'Its records are not here.' }),
    );
  }
  if (lag !== null && lag > lagMax) {
    const what = `The last record of ${name} came ${Math.round(lag)} seconds after its end.`;
    const why = 'Asterisk holds records back (cdr.conf, batch), the table is slow, or a clock is wrong.';
    found.push(finding('source-lag', { system, what, why }));
  }
  const isHealed = sources.some((other) => other.name === `${system}/table`);
  if (lost > 0 && !isHealed) {
    const what = `${lost} rows of ${name} were lost to a full buffer since the store was made.`;
    const why = 'The store was slower than Asterisk, and there is no table that could tell them again.';
    found.push(finding('source-lost', { system, what, why }));
  }
  return found;
}

function proofFindings(summary: DaemonWord['completeness'][number]): Finding[] {
  const { system, zone_warning: zone } = summary;
  const found: Finding[] = [];
  if (zone !== null) {
    const why =
      'Half of what is told of each record is hours off. Mend the zone in cdrd.yaml; no record is doubled by it.';
    found.push(finding('zone-wrong', { system, what: `${zone}.`, why, into: 'cdrd.yaml' }));
  }
  const counts = [
    [summary.missing_in_table, 'AMI told and the table has not'],
    [summary.missing_in_ami, 'the table has and AMI did not tell'],
    [summary.not_understood, 'could not be understood'],
  ] as const;
  const told = counts.filter(([count]) => count > 0).map(([count, which]) => `${count} ${which}`);
  if (told.length > 0) {
    const what = `Of the records of the last days ${told.join('; ')}.`;
    const why = 'Something keeps records from one of the two ways in; the days and the ids tell where.';
    found.push(finding('records-missing', { system, what, why, paste: 'cdrd completeness' }));
  }
  return found;
}
