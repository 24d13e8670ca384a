// cdrd anonymise: a number taken out of every record it stands in; slice by slice, so it may be cut at any time and done again.
import type { Command } from 'commander';
import { ClientError } from '../errors.ts';
import type { EraseDone } from '../store/erasenumbers.ts';
import type { Bar } from './bar.ts';
import type { Desk } from './daemon.ts';
import type { Edge } from './edge.ts';
import { longWork } from './longwork.ts';
import { out, printJson } from './print.ts';

interface Options {
  number: string[];
  dryRun?: true;
  yes?: true;
  quiet?: true;
  json?: true;
}

interface Sum extends Omit<EraseDone, 'more' | 'after'> {
  state: 'done' | 'stopped';
  dry_run: boolean;
}

export function addAnonymiseCommand(program: Command, edge: Edge): void {
  const collect = (number: string, before: string[]) => [...before, number];
  program
    .command('anonymise')
    .description('take a number out of every record it stands in; there is no way back')
    .requiredOption('--number <number>', 'as records have it; may be repeated, for other spellings', collect, [])
    .option('--dry-run', 'change nothing, only tell how many records there are')
    .option('--yes', 'do it')
    .option('--quiet', 'no progress')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
The number becomes zeros wherever it stands: in the record, what the sources said of it, notes, the change feed, calls. Its
caller id, notes and edits that have it go. Times, outcome, companies, extensions and trunks stay, so statistics stay right.
A further sight of such a record, from any source, is expired. The PBX, its table and recordings, and backups are yours to
clean. Records of a hold stay, and extensions: statistics are kept by them.

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
  desk: Pick<Desk, 'anonymise'>,
  numbers: string[],
  isDryRun: boolean,
  bar: Bar,
  signal: AbortSignal,
): Promise<Sum> {
  const sum: Sum = {
    ...{ state: 'done', dry_run: isDryRun, looked: 0, anonymised: 0, held: 0, kept: 0, rejects: 0 },
  };
  for (let [after, more] = [0, true]; more;) {
    if (signal.aborted) return { ...sum, state: 'stopped' };
    const done = await desk.anonymise({ numbers, after, isDryRun });
    for (const what of ['looked', 'anonymised', 'held', 'kept', 'rejects'] as const) sum[what] += done[what];
    ({ after, more } = done);
    bar.show(null, countsText(sum));
  }
  return sum;
}

const wouldOf = ({ dry_run: isDryRun }: Sum) => (isDryRun ? 'would be' : 'were');

function countsText(sum: Sum): string {
  return `${sum.looked} records looked at, ${sum.anonymised} ${wouldOf(sum)} anonymised`;
}

function tell(sum: Sum): void {
  const { state, held, kept, rejects } = sum;
  out(countsText(sum));
  if (rejects > 0) out(`${rejects} rejects ${wouldOf(sum)} discarded, in whose text it stands`);
  if (held > 0) out(`${held} records are held, and stay as they are: see "cdrd hold list"`);
  if (kept > 0) out(`${kept} records have it in the name of a device, or as a listed DID: there it stays`);
  if (state === 'stopped') out('stopped; what was done stays, and the same command goes on');
}
