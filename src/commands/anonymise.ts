// cdrd anonymise: a number taken out of every record it stands in; slice by slice, so it may be cut at any time and done again.
import type { Command } from 'commander';
import { ClientError } from '../errors.ts';
import type { CopiesDone } from '../store/erasecopies.ts';
import type { EraseDone } from '../store/erasenumbers.ts';
import type { Bar } from './bar.ts';
import type { Desk } from './daemon.ts';
import type { Edge } from './edge.ts';
import { longWork } from './longwork.ts';
import { out, printJson, some } from './print.ts';

interface Options {
  number: string[];
  dryRun?: true;
  yes?: true;
  quiet?: true;
  json?: true;
}

interface Sum extends Omit<EraseDone & CopiesDone, 'more' | 'after'> {
  state: 'done' | 'stopped';
  dry_run: boolean;
}

export function addAnonymiseCommand(program: Command, edge: Edge): void {
  const collect = (number: string, before: string[]) => [...before, number];
  program
    .command('anonymise')
    .description('take a number out of every record and report it stands in; there is no way back')
    .requiredOption('--number <number>', 'as records have it; may be repeated, for other spellings', collect, [])
    .option('--dry-run', 'change nothing, only tell how many records there are')
    .option('--yes', 'do it')
    .option('--quiet', 'no progress')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
The number becomes zeros wherever it stands: in the record, what the sources said of it, the change feed, calls, what reports
and exports were asked for. Its caller id, and notes, tags and edits that have it, go; reports in whose text it is expire.
Times, outcome, companies, extensions and trunks stay, so statistics stay right. A further sight of such a record, from any
source, is expired. The PBX, its table and recordings, backups, and names that were given to extensions, DIDs and the like are
yours to clean. Records of a hold stay, and extensions: statistics are kept by them.

  cdrd anonymise --number +441632960111 --number 01632960111 --dry-run
  cdrd anonymise --number +441632960111 --number 01632960111 --yes`,
    )
    .action(async ({ number: numbers, dryRun, yes, quiet, json }: Options) => {
      if (dryRun !== true && yes !== true)
        throw new ClientError(400, 'there is no way back: look with --dry-run first, then give --yes');
      const { config, log } = await edge.load(['retention']);
      const { atDesk } = await import('./daemon.ts');
      const stopping = 'stopping after the slice in hand';
      const sum = await longWork({ quiet, stopping }, (bar, signal) =>
        atDesk(config, log, (desk) => anonymise(desk, numbers, dryRun === true, bar, signal), 'existing'),
      );
      if (!sum) return;
      if (json) printJson(sum);
      else tell(sum);
      if (sum.state === 'stopped') process.exitCode = 130;
    });
}

/** Slice by slice, until all is done or the signal comes; how far it is stands on the bar. */
export async function anonymise(
  desk: Pick<Desk, 'anonymise' | 'anonymiseCopies'>,
  numbers: string[],
  isDryRun: boolean,
  bar: Bar,
  signal: AbortSignal,
): Promise<Sum> {
  const sum: Sum = {
    ...{ state: 'done', dry_run: isDryRun, looked: 0, anonymised: 0, held: 0, kept: 0, rejects: 0 },
    ...{ reports: 0, masked: 0, tags: 0, named: [] },
  };
  for (let [after, more] = [0, true]; more;) {
    if (signal.aborted) return { ...sum, state: 'stopped' };
    const done = await desk.anonymise({ numbers, after, isDryRun });
    for (const what of ['looked', 'anonymised', 'held', 'kept', 'rejects'] as const) sum[what] += done[what];
    ({ after, more } = done);
    bar.show(null, countsText(sum));
  }
  for (let [after, more] = [0, true]; more;) {
    if (signal.aborted) return { ...sum, state: 'stopped' };
    const done = await desk.anonymiseCopies({ numbers, after, isDryRun });
    for (const what of ['reports', 'masked', 'tags'] as const) sum[what] += done[what];
    sum.named.push(...done.named);
    ({ after, more } = done);
    bar.show(null, `${countsText(sum)}; reports are looked at`);
  }
  return sum;
}

const were = (count: number, isDryRun: boolean) => (isDryRun ? 'would be' : count === 1 ? 'was' : 'were');

function countsText({ looked, anonymised, dry_run: isDryRun }: Sum): string {
  return `${some(looked, 'record')} looked at, ${anonymised} ${were(anonymised, isDryRun)} anonymised`;
}

function tell(sum: Sum): void {
  const { state, dry_run: isDryRun, held, kept, named, rejects, reports, masked, tags } = sum;
  const be = (count: number) => were(count, isDryRun);
  out(countsText(sum));
  if (rejects > 0) out(`${some(rejects, 'reject')} ${be(rejects)} discarded, in whose text it stands`);
  if (reports > 0)
    out(
      `${some(reports, 'report')} ${isDryRun ? 'would expire' : 'expired'}, for which it was asked or in whose text it stands`,
    );
  if (masked > 0)
    out(`${masked} ${masked === 1 ? 'entry' : 'entries'} of the audit and orders of reports ${be(masked)} masked`);
  if (tags > 0) out(`${some(tags, 'tag')} ${be(tags)} dropped, that no record has any more`);
  if (held === 1) out('1 record is held, and stays as it is: see "cdrd hold list"');
  if (held > 1) out(`${held} records are held, and stay as they are: see "cdrd hold list"`);
  if (kept > 0) {
    const have = kept === 1 ? 'has' : 'have';
    out(
      `${some(kept, 'record')} ${have} it as an extension, in the name of a device, or as a listed DID: there it stays`,
    );
  }
  if (named.length > 0) out(`It stands in names that people gave, which are yours to change: ${named.join(', ')}`);
  if (state === 'stopped') out('stopped; what was done stays, and the same command goes on');
}
