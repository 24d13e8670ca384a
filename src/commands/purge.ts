// cdrd purge: what retention wants, now or as a dry run; slice by slice, so it may be cut at any time.
import type { Command } from 'commander';
import { ClientError } from '../errors.ts';
import type { Config } from '../config.ts';
import type { RetentionDone, RetentionCounts, RetentionPlace } from '../store/retention.ts';
import type { Bar } from './bar.ts';
import type { Desk } from './daemon.ts';
import type { Edge } from './edge.ts';
import { longWork } from './longwork.ts';
import { out, printJson, printTable } from './print.ts';

interface Options {
  dryRun?: true;
  quiet?: true;
  json?: true;
}

interface Sum extends RetentionCounts {
  state: 'done' | 'stopped';
  dry_run: boolean;
  looked: number;
  companies: Record<string, RetentionCounts>;
}

export function addPurgeCommand(program: Command, edge: Edge): void {
  program
    .command('purge')
    .description('remove and anonymise the records whose time is over (retention in the configuration)')
    .option('--dry-run', 'change nothing, only tell how many there are')
    .option('--quiet', 'no progress')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
The job retention does the same every night ("cdrd jobs"). retention.retention_days and retention.anonymise_days count
from the end of a call; of two companies, that which keeps a record for longer decides. What is held stays ("cdrd hold").
What was removed or anonymised does not come back, from no source. Ctrl-C ends after the slice in hand (exit code 130).

  cdrd purge --dry-run`,
    )
    .action(async ({ dryRun, quiet, json }: Options) => {
      const { config, log } = await edge.load(['retention']);
      demandOn(config);
      const { atDesk } = await import('./daemon.ts');
      const stopping = 'stopping after the slice in hand';
      const sum = await longWork({ quiet, stopping }, (bar, signal) =>
        atDesk(config, log, (desk) => purge(desk, dryRun === true, bar, signal), 'existing'),
      );
      if (!sum) return;
      if (json) printJson(sum);
      else tell(sum);
      if (sum.state === 'stopped') process.exitCode = 130;
    });
}

function demandOn({ retention: { retention_days: removed, anonymise_days: anonymised, companies } }: Config): void {
  const days = [removed, anonymised, ...companies.flatMap((one) => [one.retention_days, one.anonymise_days])];
  if (days.some((count) => typeof count === 'number')) return;
  throw new ClientError(
    400,
    'retention is off: set retention.retention_days or retention.anonymise_days in the configuration',
  );
}

/** Slice by slice, until all is done or the signal comes; how far it is stands on the bar. */
export async function purge(
  desk: Pick<Desk, 'retain'>,
  isDryRun: boolean,
  bar: Bar,
  signal: AbortSignal,
): Promise<Sum> {
  const sum: Sum = {
    ...{ state: 'done', dry_run: isDryRun, looked: 0, removed: 0, anonymised: 0, held: 0 },
    companies: {},
  };
  for (let after: RetentionPlace | null = { start: 0, id: 0 }; after !== null;) {
    if (signal.aborted) return { ...sum, state: 'stopped' };
    const done: RetentionDone = await desk.retain({ after, isDryRun });
    sum.looked += done.looked;
    add(sum, done);
    for (const [company, counts] of Object.entries(done.companies))
      add((sum.companies[company] ??= { removed: 0, anonymised: 0, held: 0 }), counts);
    ({ after } = done);
    const until = after === null ? '' : `, up to ${new Date(after.start / 1000).toISOString().slice(0, 10)}`;
    bar.show(null, `${countsText(sum)}${until}`);
  }
  return sum;
}

function add(sum: RetentionCounts, { removed, anonymised, held }: RetentionCounts): void {
  sum.removed += removed;
  sum.anonymised += anonymised;
  sum.held += held;
}

function countsText({ dry_run: isDryRun, removed, anonymised, held }: Sum): string {
  const would = isDryRun ? 'would be' : 'were';
  return `${removed} records ${would} removed, ${anonymised} ${would} anonymised, ${held} are due and held`;
}

function tell(sum: Sum): void {
  const { state, companies } = sum;
  out(countsText(sum));
  const names = Object.keys(companies).sort();
  if (names.length > 0) {
    printTable(
      ['COMPANY', 'REMOVED', 'ANONYMISED', 'HELD'],
      names.map((name) => {
        const counts = companies[name]!;
        return [name || '(none)', String(counts.removed), String(counts.anonymised), String(counts.held)];
      }),
    );
  }
  if (state === 'stopped') out('stopped; what was done stays, and the same command goes on');
}
