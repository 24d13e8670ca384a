// cdrd classify: the rules applied to history, or what they would change. The command asks slice by slice: it may be cut at any time,
// and what is right already is only looked at when it is given again.
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { isoOf } from '../cdr/time.ts';
import { ClientError } from '../errors.ts';
import { kindsOf, type ClassifyAnswer, type ClassifyAsk, type RulesAsked, type Sample } from '../ingest/classify.ts';
import type { Bar } from './bar.ts';
import type { Edge } from './edge.ts';
import { longWork } from './longwork.ts';
import { parsed, spanOf } from './moment.ts';
import { out, plain, printJson, printTable, timeText } from './print.ts';

/** Samples that are told, and one for each further fact that changes. */
const shownSamples = 10;

interface Options {
  from?: string;
  to?: string;
  after?: string;
  dryRun?: true | string;
  quiet?: true;
  json?: true;
}

interface Sum extends Omit<ClassifyAnswer, 'more'> {
  state: 'done' | 'stopped';
  dry_run: boolean;
}

export function addClassifyCommand(program: Command, edge: Edge): void {
  program
    .command('classify')
    .description('apply the rules to what is stored: companies, extensions, directions, properties; ids stay')
    .option(
      '--dry-run [file|range]',
      'change nothing, only tell; with the rules of another configuration, or of a range',
    )
    .option('--from <date>', 'records that began then or later: 2026-11-22 (UTC) or RFC 3339')
    .option('--to <date>', 'records that began before')
    .option('--after <id>', 'go on after this record, where a run was stopped')
    .option('--quiet', 'no progress')
    .option('--json', 'print what was done as JSON')
    .action(async (options: Options) => {
      const { rules, ...ask } = await askOf(options);
      const { config, log } = await edge.load(mattersToRules);
      const { atDesk } = await import('./daemon.ts');
      const given = { ...ask, ...(rules ? { rules } : {}) };
      const stopping = 'stopping after the slice in hand';
      const sum = await longWork({ quiet: options.quiet, stopping }, (bar, signal) =>
        atDesk(config, log, (desk) => classify((slice) => desk.classify(slice), given, bar, signal), 'existing'),
      );
      if (!sum) return;
      if (options.json) printJson(toJson(sum));
      else tell(sum);
      if (sum.state === 'stopped') process.exitCode = 130;
    });
}

/** Of the configuration: where the store is, and the rules. */
function mattersToRules(path: string): boolean {
  return (
    path.startsWith('store') ||
    /^(rules|lookups)/.test(path) ||
    /^systems(\[\d+\](\.(name|preset|rules|extension_pattern).*)?)?$/.test(path)
  );
}

async function askOf({ from, to, after, dryRun }: Options): Promise<Omit<ClassifyAsk, 'samples' | 'told' | 'isFirst'>> {
  const start = after === undefined ? 0 : Number(after);
  if (!Number.isSafeInteger(start) || start < 0)
    throw new ClientError(400, `--after: "${after}" is not the number of a record`);
  const range = typeof dryRun === 'string' && !existsSync(dryRun) ? rangeOf(dryRun) : null;
  if (range && (from !== undefined || to !== undefined))
    throw new ClientError(400, `--dry-run: "${String(dryRun)}" and --from or --to both say when, expected one of them`);
  const window = range ?? spanOf(from, to);
  const file = typeof dryRun === 'string' && !range ? dryRun : null;
  return { after: start, ...window, isDryRun: dryRun !== undefined, rules: file ? await rulesIn(file) : undefined };
}

/** `2026-11-22` or `2026-11-01..2026-12-01`, the end excluded. */
function rangeOf(text: string): { from: number; to: number } {
  const [first, last] = text.split('..') as [string, string | undefined];
  const from = parsed(first);
  const to = last === undefined && from !== undefined ? from + 86_400e6 : parsed(last ?? '');
  if (from !== undefined && to !== undefined && from < to) return { from, to };
  const expected = 'expected a configuration file, a day (2026-11-22) or a range of days (2026-11-01..2026-12-01)';
  throw new ClientError(400, `--dry-run: "${text}" is neither a file that is there nor a day or a range, ${expected}`);
}

/** @throws ConfigFaults for rules with faults */
async function rulesIn(file: string): Promise<RulesAsked> {
  const { loadConfig } = await import('../config.ts');
  const { systems, rules, lookups }: Config = loadConfig(file, process.env, mattersToRules);
  const own = systems.map(({ name, preset, rules: of, extension_pattern }) => ({
    ...{ name, preset, extension_pattern },
    rules: of,
  }));
  return { systems: own, rules, lookups };
}

/** Slice by slice, until all is done or the signal comes; how far it is stands on the bar. */
export async function classify(
  slice: (ask: ClassifyAsk) => Promise<ClassifyAnswer>,
  ask: Omit<ClassifyAsk, 'samples' | 'told' | 'isFirst'>,
  bar: Bar,
  signal: AbortSignal,
): Promise<Sum> {
  const isDryRun = ask.isDryRun;
  const sum: Sum = {
    ...{
      state: 'done',
      dry_run: isDryRun,
      looked: 0,
      changed: 0,
      hidden: 0,
      calls: 0,
      facts: {},
      samples: [],
      after: ask.after,
      head: 0,
    },
  };
  for (let more = true, isFirst = !isDryRun; more; isFirst = false) {
    if (signal.aborted) return { ...sum, state: 'stopped' };
    const told = [...new Set(sum.samples.flatMap(kindsOf))];
    const samples = Math.max(0, shownSamples - sum.samples.length);
    const done = await slice({ ...ask, after: sum.after, samples, told, isFirst });
    sum.looked += done.looked;
    sum.changed += done.changed;
    sum.hidden += done.hidden;
    sum.calls += done.calls;
    for (const [fact, count] of Object.entries(done.facts)) sum.facts[fact] = (sum.facts[fact] ?? 0) + count;
    sum.samples.push(...done.samples);
    ({ after: sum.after, head: sum.head } = done);
    more = done.more;
    bar.show(sum.head === 0 ? 1 : sum.after / sum.head, countsText(sum));
  }
  return sum;
}

function toJson({ samples, ...sum }: Sum) {
  return { ...sum, samples: samples.map((sample) => ({ ...sample, start: isoOf(sample.start) })) };
}

function countsText({ dry_run: isDryRun, looked, changed, hidden, calls }: Sum): string {
  const verb = isDryRun ? 'would change' : changed === 1 ? 'was changed' : 'were changed';
  const follow = hidden === 0 ? '' : `, and ${hidden} hidden one${hidden === 1 ? '' : 's'} with them`;
  const other = isDryRun ? 'would be something else' : `${calls === 1 ? 'is' : 'are'} something else now`;
  const told = calls > 0 ? `; ${calls} call${calls === 1 ? '' : 's'} ${other}` : '';
  return `${looked} record${looked === 1 ? '' : 's'} looked at, ${changed} ${verb}${follow}${told}`;
}

function tell(sum: Sum): void {
  const { state, changed, facts, samples, after } = sum;
  out(countsText(sum));
  if (changed > 0) {
    const counts = Object.entries(facts).sort(([, a], [, b]) => b - a);
    printTable(
      ['FACT', 'RECORDS'],
      counts.map(([fact, count]) => [fact, String(count)]),
    );
    out(`Samples${changed > samples.length ? `, ${samples.length} of them, at least one for each fact` : ''}`);
    for (const sample of samples) for (const line of sampleLines(sample)) out(plain(line));
  }
  if (state === 'stopped') out(`stopped; what was done stays. Go on with --after ${after}`);
}

function sampleLines({ id, system, start, src, dst, changes }: Sample): string[] {
  return [
    `  record ${id} of ${system}, ${timeText(start)}, ${src || '-'} to ${dst || '-'}`,
    ...changes.map(({ fact, before, after, rule, origin }) => {
      const none = after === '-' ? 'no rule gives it' : 'its call says it, no rule';
      const why = rule === null ? none : `${rule} (${origin ?? ''})`;
      return `    ${fact}: ${before} → ${after}   ${why}`;
    }),
  ];
}
