// How a span on the clock of a zone is laid out in stretches of UTC. Pure.
//
// Where a stretch lies whole within what the clock shows, it counts for that. Wide stretches need not: each is read as if the clock had
// stood at one offset all along (days: a multiple of twelve hours, months: the offset that lasted longest, by full hours), and the parts
// of it for which that is not so are moved from what would have been shown to what was.
//
//   a day of UTC       00:00 ────────────────────────────────────── 24:00      read as that day of New York
//   New York, -5 h     19:00 ── 24:00 │ 00:00 ────────────────────── 19:00
//                      └ moved to the day before
import type { Micros } from './cdr.ts';
import { times, type Dimension } from './stats.ts';
import type { StatsClock } from './statsclock.ts';
import { joined, movedIn, widened, type Moved, type Piece, type Span, type Stretches } from './statsmoved.ts';
import {
  beginOf,
  bucketOf,
  minuteMicros,
  quarterMicros,
  runsOf,
  turns,
  type CellTier,
  type Cycle,
  type Tier,
} from './tiers.ts';

/** Stretches of one tier that are read together. */
export interface Layer {
  tier: CellTier;
  runs: readonly Stretches[];
  /** Minutes east of UTC at which the clock stands, or is taken to stand. */
  offset: number;
  /** All of these lie in the stretches. */
  moved: readonly Moved[];
}

/** What is kept, and how many stretches of a tier, or quarters that are moved, the next layer may have; about as many, of a cycle. */
interface Kept {
  tiers: readonly CellTier[];
  sizeOf: (tier: CellTier) => number;
}

const halfDay = 720;

/** Every quarter of the span once, in few stretches; `from` and `until` are full quarters, as the clock's jumps and offsets are. */
export function* layersOf(clock: StatsClock, by: readonly Dimension[], span: Span, kept: Kept): Generator<Layer> {
  const [day, weekday, hour, quarter] = times.map((name) => by.includes(name));
  if (quarter) yield* quarterLayers(clock, span, kept);
  else if (hour && day) yield* exactLayers(clock, span, kept);
  else if (hour) yield* monthLayers(clock, weekday === true, span, kept);
  else if (day || weekday) yield* dayLayers(clock, day ? 1 : 7, span, kept);
  else yield* runLayers(span, ['quarter', 'hour', 'day', 'month'], 0, kept);
}

function* runLayers({ from, until }: Span, usable: readonly Tier[], offset: number, kept: Kept): Generator<Layer> {
  const tiers = usable.filter((tier) => tier === 'month' || kept.tiers.includes(tier));
  for (const run of runsOf(from, until, tiers)) {
    // A month is all of its hours.
    const [tier, many] = run.tier === 'month' ? (['clock', turns.clock] as const) : ([run.tier, 1] as const);
    for (const some of sliced({ from: run.from * many, until: run.until * many }, () => kept.sizeOf(tier)))
      yield { tier, runs: [some], offset, moved: [] };
  }
}

function* sliced({ from, until }: Stretches, sizeNow: () => number): Generator<Stretches> {
  for (let next = from; next < until;) yield { from: next, until: (next = Math.min(next + sizeNow(), until)) };
}

function* quarterLayers(clock: StatsClock, { from, until }: Span, kept: Kept): Generator<Layer> {
  for (const { offset, ...piece } of clock.pieces(from, until)) yield* runLayers(piece, ['quarter'], offset, kept);
}

/** By hours, each of which lies within one of the clock. */
function* exactLayers(clock: StatsClock, { from, until }: Span, kept: Kept): Generator<Layer> {
  for (const { offset, ...piece } of clock.pieces(from, until)) {
    yield* runLayers(piece, offset % 60 === 0 ? ['quarter', 'hour'] : ['quarter'], offset, kept);
  }
}

/** By days of UTC, or by those from noon to noon, whichever begin nearer to midnight. Rows come again after so many days: `cycle`. */
function* dayLayers(clock: StatsClock, cycle: 1 | 7, { from, until }: Span, kept: Kept): Generator<Layer> {
  const pieces = clock.pieces(from, until);
  const offset = Math.round(longest(pieces) / halfDay) * halfDay;
  const tier = offset % (2 * halfDay) === 0 ? 'day' : 'noon';
  // Those of which half or more is of the span.
  const [first, last] = [from, until].map((at) => bucketOf(at + halfDay * minuteMicros - 1, tier)) as [number, number];
  if (first >= last) {
    yield* exactLayers(clock, { from, until }, kept);
    return;
  }
  yield* exactLayers(clock, { from, until: beginOf(first, tier) }, kept);
  const shown = (quarter: number, minutes: number) => Math.floor((quarter * 15 + minutes) / (2 * halfDay));
  // What is moved begins a day west of Greenwich, and ends one east of it.
  const monthOf = (bucket: number) =>
    bucketOf(beginOf(bucket, tier) + (offset < 0 ? halfDay * minuteMicros : 0), 'month');
  for (const runs of daysIn({ from: first, until: last }, cycle, monthOf, () => kept.sizeOf(tier))) {
    const moved = runs.flatMap((run) => {
      const whole = { from: beginOf(run.from, tier), until: beginOf(run.until, tier) };
      return movedIn(whole, pieces, offset, shown);
    });
    yield { tier, runs, offset, moved: cycle === 7 ? widened(moved, shown) : moved };
  }
  yield* exactLayers(clock, { from: beginOf(last, tier), until }, kept);
}

/** Some days at a time. Those of one weekday together have few rows, and each row but once; of these no month is parted. */
function* daysIn(
  days: Stretches,
  cycle: 1 | 7,
  monthOf: (bucket: number) => number,
  sizeNow: () => number,
): Generator<Stretches[]> {
  if (cycle === 1) {
    for (const some of sliced(days, sizeNow)) yield [some];
    return;
  }
  for (let first = days.from; first < Math.min(days.from + cycle, days.until); first++) {
    let some: Stretches[] = [];
    for (let day = first; day < days.until; day += cycle) {
      if (some.length >= sizeNow() && monthOf(day) !== monthOf(day - cycle)) {
        yield some;
        some = [];
      }
      some.push({ from: day, until: day + 1 });
    }
    yield some;
  }
}

/** By months; one of which less than half is of the span, or whose clock stood elsewhere than at full stretches, by its hours. */
function* monthLayers(clock: StatsClock, weekday: boolean, { from, until }: Span, kept: Kept): Generator<Layer> {
  const alike = new Map<number, Months>();
  const last = bucketOf(until - 1, 'month');
  for (let month = bucketOf(from, 'month'); month <= last; month++) {
    const whole = { from: beginOf(month, 'month'), until: beginOf(month + 1, 'month') };
    const part = { from: Math.max(from, whole.from), until: Math.min(until, whole.until) };
    const pieces = clock.pieces(part.from, part.until);
    const offset = longest(pieces);
    const hours = hoursAt(offset, weekday);
    if (!hours || 2 * (part.until - part.from) < whole.until - whole.from) {
      yield* exactLayers(clock, part, kept);
      continue;
    }
    const together = alike.get(offset) ?? { ...hours, offset, months: [], moved: [] };
    together.months.push(month);
    together.moved.push(...movedIn(whole, pieces, offset, (_, minutes) => minutes));
    alike.set(offset, together);
    if (together.months.length < Math.min(monthsMax, kept.sizeOf(hours.tier))) continue;
    alike.delete(offset);
    yield* turned(together, kept);
  }
  for (const together of alike.values()) yield* turned(together, kept);
}

/** Hours of a month that are read as if the clock stood at `base`, and what part of them is moved to where it does stand. */
interface Hours {
  tier: Cycle;
  base: number;
  part: Cycle | null;
}

function hoursAt(offset: number, weekday: boolean): Hours | null {
  const past = ((offset % 60) + 60) % 60;
  if (past === 0) return { tier: weekday ? 'week' : 'clock', base: offset, part: null };
  if (past === 30 && weekday) return { tier: 'weekhalf', base: offset, part: null };
  if (past === 30) return { tier: 'clock', base: offset - 30, part: 'clockhalf' };
  if (past !== 45) return null;
  return {
    ...(weekday ? { tier: 'week', part: 'weekquarter' } : { tier: 'clock', part: 'clockquarter' }),
    base: offset + 15,
  };
}

/** Months that are read together: at the same offset their rows are the same. */
interface Months extends Hours {
  offset: number;
  months: number[];
  moved: Moved[];
}
const monthsMax = 12;

/** Some places of the turn at a time, of all these months, each with what is moved of its own stretches. */
function* turned({ tier, base, part, offset, months, moved }: Months, kept: Kept): Generator<Layer> {
  const turn = turns[tier];
  const quarters = moved.flatMap((run) =>
    Array.from({ length: run.until - run.from }, (_, at) => ({
      ...run,
      from: run.from + at,
      until: run.from + at + 1,
    })),
  );
  const sizeNow = () => {
    const sizes = [tier, ...(part ? [part] : [])].map((one) => (turn * months.length) / kept.sizeOf(one));
    const parts = sizes.reduce((sum, size) => sum + size, quarters.length / kept.sizeOf('quarter'));
    return Math.max(1, Math.floor(turn / parts));
  };
  for (const { from, until } of sliced({ from: 0, until: turn }, sizeNow)) {
    const isOwn = (quarter: Moved) => {
      const place = bucketOf(quarter.from * quarterMicros, tier) % turn;
      return place >= from && place < until;
    };
    const runs = months.map((month) => ({ from: month * turn + from, until: month * turn + until }));
    const parts = part ? runs.map((run): Moved => ({ ...run, tier: part, was: base, offset })) : [];
    yield { tier, runs, offset: base, moved: [...parts, ...joined(quarters.filter(isOwn))] };
  }
}

/** The offset at which the clock stood for the longest time. */
function longest(pieces: readonly Piece[]): number {
  const lengths = new Map<number, Micros>();
  for (const { from, until, offset } of pieces) lengths.set(offset, (lengths.get(offset) ?? 0) + until - from);
  return [...lengths].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}
