// What `cdrd import` says at its end, and in --help.
import { countText } from './progress.ts';
import type { Summary } from './importrun.ts';

export const importHelp = `
Formats, found by the content:
  master     cdr_csv: Master.csv and the files per account, every setting of cdr.conf
  custom     cdr_custom: the mapping of Asterisk's sample, --columns, --mapping, or names in the first line
  table-csv  a table exported as CSV, the first line names the columns; or "mysql --batch" (tabs)
  jsonl      JSON objects, one a line, with the names of a table's columns: cdr_custom since Asterisk 23, and others
  ndjson     records as cdrd shows and exports them; notes, tags and corrections are not taken

Import a file as often as you like, also one that grows, or that overlaps another: what is there is not there twice.
Stopped in the middle (Ctrl-C, kill -9, a power cut), give the same command again.
It goes through the running daemon; without one it opens the store itself.

Rejected rows are kept (cdrd rejects) and count as not understood. A reject goes when the same line is taken later,
with another option or a mended configuration. A line that was mended in its file is another one to cdrd:
discard its reject (cdrd rejects discard NUMBER…, or --source SYSTEM/import for all of them).

Exit codes: 0 all rows were taken, 1 some were rejected, 64 wrong usage or a file that cannot be read,
69 the store or the daemon is away, 78 the configuration, 130 interrupted.

Examples:
  cdrd import /var/log/asterisk/cdr-csv/Master.csv --system pbx1
  zcat Master.csv-2025*.gz | cdrd import - --timezone UTC --rejects rejects.csv
  cdrd import cdr.csv --mapping '\${CSV_QUOTE(\${CDR(clid)})},\${CDR(start,u)},\${CDR(duration)},\${CDR(disposition)},\${CDR(uniqueid)}'
`;

export function summaryText(
  summary: Summary,
  seconds: number,
  {
    dryRun,
    rejects,
    system,
    keep,
  }: { dryRun: boolean; rejects: readonly string[]; system: string | null; keep: number },
): string {
  const lines = summary.files.map(({ file, format, rows, unfinished }) => {
    const what = format === null ? 'no rows' : `${format}, ${rowsText(rows)}`;
    const open =
      unfinished === null ? '' : `; line ${unfinished} has no line end and was left out (--complete takes it)`;
    return `${file}: ${what}${open}`;
  });
  lines.push(...summary.files.filter(({ off }) => off !== 0).map(({ file, off }) => offText(file, off)));
  const { received, stored, duplicate, enriched, rejected, expired } = summary;
  const pace = `${seconds.toFixed(1)} s, ${countText(Math.round(received / Math.max(seconds, 0.001)))} rows/s`;
  const where = rejected > 0 && rejects.length > 0 ? ` (in ${rejects.join(', ')})` : '';
  if (dryRun)
    lines.push(`${rowsText(received)}: ${countText(stored)} can be read, ${countText(rejected)} rejected${where}`);
  else {
    const known = `${countText(duplicate)} known (${countText(enriched)} of them enriched)`;
    const gone = expired > 0 ? `, ${countText(expired)} expired` : '';
    lines.push(
      `${rowsText(received)}: ${countText(stored)} new, ${known}, ${countText(rejected)} rejected${where}${gone}`,
    );
  }
  const source = `${system ?? 'SYSTEM'}/import`;
  if (!dryRun && rejected > 0)
    lines.push(
      `rejected rows are kept, with those of all sources at most ${countText(keep)} (rejects.keep): "cdrd rejects --source ${source}" lists them; one goes when its row is taken as it stands`,
      `those of rows that were mended in the file stay: "cdrd rejects discard --source ${source}", or by their numbers`,
    );
  lines.push(dryRun ? `nothing was stored: --dry-run (${pace})` : pace);
  if (summary.isInterrupted) lines.push('interrupted; to go on, give the same command again: nothing becomes double');
  return lines.join('\n');
}

/** A zone that was said is taken at its word, but not in silence. */
export function offText(file: string, minutes: number): string {
  const hours = `${Math.abs(minutes / 60)} hour${Math.abs(minutes) === 60 ? '' : 's'}`;
  return `${file}: its times, read in the zone that --timezone says, are ${hours} ${minutes > 0 ? 'later' : 'earlier'} than the epochs in its uniqueids: the zone is probably wrong`;
}

const rowsText = (count: number) => `${countText(count)} row${count === 1 ? '' : 's'}`;
