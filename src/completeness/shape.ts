// A day as it is shown: over HTTP, over the daemon's own socket, by the command. RFC 3339 times, seconds, null for what is not known.
import type { Missing } from '../cdr/completeness.ts';
import type { Micros } from '../cdr/cdr.ts';
import { sizeOf, type Hole } from '../cdr/sequence.ts';
import { isoOf, type Clock } from '../cdr/time.ts';
import type { Day } from './days.ts';

export type DayTold = ReturnType<typeof dayTold>;

/** Times on a clock; UTC unless one is given. */
export function dayTold({ report, slips, ...day }: Day, clock: Clock = isoOf) {
  const timeOf = (micros: Micros | null) => (micros === null ? null : clock(micros));
  const missingOf = ({ first, last, ...rest }: Missing) => ({ ...rest, first: timeOf(first), last: timeOf(last) });
  return {
    day: day.day,
    system: day.system,
    timezone: day.timezone,
    from: clock(day.from),
    until: clock(day.until),
    verdict: day.verdict,
    closed: day.isClosed,
    compared: day.isCompared,
    at: timeOf(day.at),
    records: report?.records ?? null,
    both: report?.both ?? null,
    ami_only: report?.ami ?? null,
    table_only: report?.table ?? null,
    other: report?.other ?? null,
    missing_in_table: report && missingOf(report.missing.table),
    missing_in_ami: report && missingOf(report.missing.ami),
    waiting: report?.waiting ?? null,
    uncompared: report?.uncompared ?? null,
    rejected: day.rejected,
    let_go: slips.letGo,
    lost: slips.lost,
    healed: slips.healed,
    lag: report?.lag ?? null,
    sequence: report?.numbers
      ? {
          unnumbered: report.numbers.unnumbered,
          missing: report.numbers.missing,
          uptimes: report.numbers.uptimes.map(({ since, until, isFresh, writesUnanswered, ...uptime }) => ({
            ...uptime,
            ...{ since: clock(since), until: clock(until), restarted: isFresh, unanswered_written: writesUnanswered },
          })),
          holes: report.numbers.holes.map((hole) => holeOf(hole, clock)),
          more: report.numbers.more,
        }
      : null,
    last_reconcile: timeOf(day.reconciled),
  };
}

function holeOf(hole: Hole, clock: Clock) {
  const { from, to, dialed, reason, after, before } = hole;
  return { from, to, count: sizeOf(hole), dialed, reason, after: clock(after), before: clock(before) };
}
