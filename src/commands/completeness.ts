// cdrd completeness: by day and system, whether every record is here, and what is known of those that are not.
import type { Command } from 'commander';
import type { ZoneWarning } from '../completeness/completeness.ts';
import { strayText } from '../completeness/straytext.ts';
import type { DayTold } from '../completeness/shape.ts';
import { dayAfter, dayOf, isDay } from '../cdr/time.ts';
import { ClientError } from '../errors.ts';
import type { Stray } from '../store/strays.ts';
import type { Edge } from './edge.ts';
import { out, plain, printJson, printTable, some } from './print.ts';

/** One answer of the daemon; counting has 20 s, and is kept for the next time. */
const daysMax = 366;

interface Options {
  from?: string;
  to?: string;
  system?: string;
  json?: true;
}

export function addCompletenessCommand(program: Command, edge: Edge): void {
  program
    .command('completeness')
    .description(
      'tell by day and system whether every record is here; ends with 1 when records are missing in a source or rows were not understood',
    )
    .option('--from <day>', 'the first day, like 2026-11-22 (default: six days before the last)')
    .option('--to <day>', 'the last day (default: today)')
    .option('--system <name>', 'only this system')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const { config, log } = await edge.load(['completeness']);
      const { systemsIn } = await import('../completeness/systems.ts');
      const systems = systemsIn(config.systems).filter(({ name }) => [undefined, name].includes(options.system));
      if (options.system !== undefined && systems.length === 0) {
        throw new ClientError(400, `--system: "${options.system}" is not configured`);
      }
      const query = {
        ...spanOf(
          options,
          systems.map(({ timezone }) => timezone),
        ),
        system: options.system,
      };
      const { atDesk } = await import('./daemon.ts');
      const [days, zones, strays] = await atDesk(
        config,
        log,
        async (desk) => [
          await desk.days(query),
          await desk.zoneWarnings(options.system),
          options.system === undefined && !options.json ? await desk.strays() : [],
        ],
        'existing',
      );
      if (days.some(({ verdict }) => isBad(verdict))) process.exitCode = 1;
      if (options.json) {
        const warnings = new Map(zones.map(({ system, text }) => [system, text]));
        return printJson(days.map((day) => ({ ...day, zone_warning: warnings.get(day.system) ?? null })));
      }
      if (systems.length === 0) out('no system is configured');
      print(days, zones, strays);
    });
}

/** Records are known not to be where they should. */
function isBad(verdict: DayTold['verdict']): boolean {
  return verdict === 'missing' || verdict === 'not understood';
}

function spanOf({ from, to }: Options, zones: readonly string[]): { first: string; last: string } {
  for (const [flag, text] of Object.entries({ '--from': from, '--to': to })) {
    if (text !== undefined && !isDay(text)) throw new ClientError(400, `${flag}: "${text}" is no day like 2026-11-22`);
  }
  const todays = zones.map((zone) => dayOf(Date.now() * 1000, zone)).sort();
  const today = todays.at(-1) ?? dayOf(Date.now() * 1000, 'UTC');
  // Days to come have no records: the answer ends with today.
  const last = to === undefined || to > today ? today : to;
  const first = from ?? dayAfter(last, -6);
  if (first > last) throw new ClientError(400, `--from: ${first} is after the last day ${last}`);
  if (dayAfter(first, daysMax - 1) < last) throw new ClientError(400, `--from: at most ${daysMax} days at once`);
  return { first, last };
}

/** Records of files and of writers have a column where there are any. */
function print(days: readonly DayTold[], zones: readonly ZoneWarning[], strays: readonly Stray[]): void {
  const names = shortened(days.map(({ system }) => system));
  const hasOther = days.some(({ other }) => other !== null && other > 0);
  if (days.length > 0)
    printTable(
      ['DAY', 'SYSTEM', 'RECORDS', 'BOTH', 'AMI', 'TABLE', ...(hasOther ? ['OTHER'] : []), 'HOLES', 'LAG', 'VERDICT'],
      days.map((day) => [
        day.day,
        names.get(day.system)!,
        ...[day.records, day.both, day.ami_only, day.table_only].map(cell),
        ...(hasOther ? [cell(day.other)] : []),
        day.sequence === null ? '-' : holesText(day.sequence),
        lagOf(day),
        `${day.verdict}${day.closed ? '' : ', open'}`,
      ]),
    );
  const notes = [...days.flatMap(notesOf), ...zones.flatMap(zoneLines), ...strays.flatMap(strayLines)];
  if (notes.length > 0) out(['', ...notes].map(plain).join('\n'));
}

/** Longest name of a system in the table. */
const nameMax = 12;

/** Long names without their middle, or without another part where two would be alike; whole where they would be whatever is left out. */
export function shortened(names: readonly string[]): Map<string, string> {
  const all = [...new Set(names)];
  const cut = (name: string, head: number) =>
    name.length <= nameMax ? name : `${name.slice(0, head)}…${name.slice(name.length - (nameMax - 1 - head))}`;
  const ways = [5, 0, 11, 8, 3].map((head) => all.map((name) => cut(name, head)));
  const best = ways.find((way) => new Set(way).size === all.length) ?? all;
  return new Map(all.map((name, at) => [name, best[at]!]));
}

function strayLines(stray: Stray): string[] {
  const [what, todo] = strayText(stray);
  return [what, ...todo.split(/(?<=,|;) /).map((part) => `${' '.repeat(4)}${part}`)];
}

function cell(count: number | null): string {
  return count === null ? '-' : String(count);
}

/** What 95 of 100 records took at most from their end to their commit, by AMI where it told any. */
function lagOf({ system, lag }: DayTold): string {
  const known = lag?.[`${system}/ami`] ?? lag?.[`${system}/table`];
  if (!known) return '-';
  return known.p95 < 600 ? `${known.p95.toFixed(1)}s` : `${(known.p95 / 3600).toFixed(1)}h`;
}

type Sequence = NonNullable<DayTold['sequence']>;

/** Numbers that dialed channels and running calls do not explain, and those of calls that may still run: `3+24`. */
function holesText({ missing: { unanswered, unnumbered, unexplained, pending } }: Sequence): string {
  return `${unanswered + unnumbered + unexplained}${pending > 0 ? `+${pending}` : ''}`;
}

/** Sentences on what a day lacks. */
function notesOf(day: DayTold): string[] {
  const where = `${day.day} ${day.system}: `;
  const { missing_in_table: noTable, missing_in_ami: noAmi, sequence } = day;
  const lines: string[] = [];
  if (noTable && noTable.count > 0) {
    lines.push(`${some(noTable.count, 'record')} of AMI not in the table`, ...spanText(noTable));
  }
  if (noAmi && noAmi.count > 0) {
    lines.push(`${some(noAmi.count, 'record')} here by the table that AMI did not tell`, ...spanText(noAmi));
  }
  if (day.waiting) lines.push(`${some(day.waiting, 'record')} of one source that the other may still show`);
  if (!day.compared && day.records) lines.push('one source is configured: there is nothing to compare with');
  else if (day.uncompared)
    lines.push(`${some(day.uncompared, 'record')} not compared: from before both sources were heard`);
  if (day.other) lines.push(`${some(day.other, 'record')} of neither AMI nor table: imported or written`);
  if (day.verdict === 'not counted') lines.push('there was no time to count it: ask again');
  if (day.lost > 0) lines.push(`${some(day.lost, 'row')} of AMI lost to a full buffer`);
  if (day.rejected > 0) lines.push(`${some(day.rejected, 'row')} not understood: see "cdrd rejects"`);
  if (day.let_go > 0) lines.push(`  ${day.let_go} of them are kept no longer: there were too many (rejects.keep)`);
  if (day.healed > 0) lines.push(`${some(day.healed, 'record')} found by reconcile or backfill`);
  if (sequence) lines.push(...sequenceLines(sequence));
  return lines.map((line, at) => (at === 0 ? where + line : `${' '.repeat(4)}${line}`));
}

/** Its parts, a line each: together they are too long for one. */
function zoneLines({ text }: ZoneWarning): string[] {
  return text.split(/(?<=:) |; /).map((part, at) => (at === 0 ? part : `${' '.repeat(4)}${part}`));
}

function spanText({ first, last, ids }: NonNullable<DayTold['missing_in_ami']>): string[] {
  return [`  ended ${second(first!)} to ${second(last!)}`, `  see "cdrd explain ID" for ${ids.join(' ')}`];
}

/** Holes, and restarts, that are told one by one; --json has them all. */
const holesShown = 5;

function sequenceLines({ missing, holes, more, uptimes }: Sequence): string[] {
  const restarts = uptimes.filter(({ restarted }) => restarted).map(({ since }) => second(since));
  const lines = restarts
    .slice(0, holesShown)
    .map((since) => `Asterisk counts from 0 again: it was started before ${since}`);
  if (restarts.length > holesShown) lines.push(`  and ${restarts.length - holesShown} times more: see --json`);
  if (missing.unanswered > 0) {
    lines.push(`${some(missing.unanswered, 'number')} without a record: unanswered=no can explain it, or a loss`);
    lines.push('  (cannot be told: no record of an unanswered single channel is here)');
  }
  if (missing.unnumbered > 0)
    lines.push(`${some(missing.unnumbered, 'number')} without a record, and records without a number`);
  if (missing.unexplained > 0) {
    lines.push(`${some(missing.unexplained, 'number')} without a record and without a reason: lost, or NoCDR`);
    lines.push('  (not unanswered=no: records of unanswered single channels are here)');
  }
  if (missing.pending > 0)
    lines.push(`${some(missing.pending, 'number')} without a record yet: the calls may still run`);
  const told = holes.filter(({ reason }) => reason !== 'pending');
  for (const { from, to, count, dialed, after, before } of told.slice(0, holesShown)) {
    const which = from === to ? `${from}` : `${from}-${to}`;
    const rest = dialed === 0 ? '' : `, ${count - dialed} without a reason`;
    lines.push(`  sequence ${which}${rest}: began ${second(after)} to ${second(before)}`);
  }
  if (more || told.length > holesShown) lines.push('  and more: see --json');
  return lines;
}

/** `2026-11-22 03:15:29Z` */
function second(iso: string): string {
  return iso.replace('T', ' ').replace(/(:\d\d)(?:\.\d+)?Z$/, '$1Z');
}
