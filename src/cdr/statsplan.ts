// How a span on the clock of a zone is laid out in stretches of UTC. Pure.
//
// Where a stretch lies whole within what the clock shows, it counts for that. Wide stretches need not: each is read as if the clock had
// stood at one offset all along (days: a multiple of twelve hours, months: the offset that lasted longest), and the quarters of it for
// which that is not so are moved from what would have been shown to what was.
//
//   a day of UTC       00:00 ────────────────────────────────────── 24:00      read as that day of New York
//   New York, -5 h     19:00 ── 24:00 │ 00:00 ────────────────────── 19:00
//                      └ moved to the day before
import type { Micros } from './cdr.ts';
import { times, type Dimension } from './stats.ts';
import type { StatsClock } from './statsclock.ts';
import { beginOf, bucketOf, minuteMicros, quarterMicros, runsOf, turns, type Cycle, type Tier } from './tiers.ts';

/** Numbers of stretches, `until` excluded. */
export interface Stretches {
  from: number;
  until: number;
}

/** Quarters of an hour that a wide stretch counts wrong. `offset`: of the clock then; null: they are not of the span. */
export interface Moved extends Stretches {
  offset: number | null;
}

/** Stretches of one tier that are read together. */
export interface Layer {
  tier: Tier | Cycle;
  runs: readonly Stretches[];
  /** Minutes east of UTC at which the clock stands, or is taken to stand. */
  offset: number;
  /** All of these quarters lie in the stretches. */
  moved: readonly Moved[];
}

interface Span {
  from: Micros;
  until: Micros;
}

/** What is kept, and how many stretches of a tier, or quarters that are moved, the next layer may have; about as many, of a cycle. */
interface Kept {
  tiers: readonly (Tier | Cycle)[];
  sizeOf: (tier: Tier | Cycle) => number;
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
  const tiers = usable.filter((tier) => kept.tiers.includes(tier));
  for (const run of runsOf(from, until, tiers)) {
    for (const some of sliced(run, () => kept.sizeOf(run.tier)))
      yield { tier: run.tier, runs: [some], offset, moved: [] };
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
    const past = ((offset % 60) + 60) % 60;
    yield* runLayers(
      piece,
      past === 0 ? ['quarter', 'hour'] : past === 30 ? ['quarter', 'half'] : ['quarter'],
      offset,
      kept,
    );
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
  for (const runs of daysIn({ from: first, until: last }, cycle, () => kept.sizeOf(tier))) {
    const moved = runs.flatMap((run) => {
      const whole = { from: beginOf(run.from, tier), until: beginOf(run.until, tier) };
      return movedIn(whole, pieces, offset, shown);
    });
    yield { tier, runs, offset, moved };
  }
  yield* exactLayers(clock, { from: beginOf(last, tier), until }, kept);
}

/** Some days at a time. Those of one weekday together have few rows, and each row but once. */
function* daysIn(days: Stretches, cycle: 1 | 7, sizeNow: () => number): Generator<Stretches[]> {
  if (cycle === 1) {
    for (const some of sliced(days, sizeNow)) yield [some];
    return;
  }
  for (let first = days.from; first < Math.min(days.from + cycle, days.until); first++) {
    const weeks = { from: 0, until: Math.ceil((days.until - first) / cycle) };
    for (const { from, until } of sliced(weeks, sizeNow)) {
      const begins = Array.from({ length: until - from }, (_, at) => first + (from + at) * cycle);
      yield begins.map((begin) => ({ from: begin, until: begin + 1 }));
    }
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
    const tier = !weekday ? 'clock' : offset % 60 === 0 ? 'week' : 'weekhalf';
    const isFit = offset % 30 === 0 && kept.tiers.includes(tier);
    if (!isFit || 2 * (part.until - part.from) < whole.until - whole.from) {
      yield* exactLayers(clock, part, kept);
      continue;
    }
    const together = alike.get(offset) ?? { tier, offset, months: [], moved: [] };
    together.months.push(month);
    together.moved.push(...movedIn(whole, pieces, offset, (_, minutes) => minutes));
    alike.set(offset, together);
    if (together.months.length < Math.min(monthsMax, kept.sizeOf(tier))) continue;
    alike.delete(offset);
    yield* turned(together, kept);
  }
  for (const together of alike.values()) yield* turned(together, kept);
}

/** Months that are read together: at the same offset their rows are the same. */
interface Months {
  tier: Cycle;
  offset: number;
  months: number[];
  moved: Moved[];
}
const monthsMax = 12;

/** Some places of the turn at a time, of all these months, each with what is moved of its own stretches. */
function* turned({ tier, offset, months, moved }: Months, kept: Kept): Generator<Layer> {
  const turn = turns[tier];
  const quarters = moved.flatMap(({ offset: then, from, until }) =>
    Array.from({ length: until - from }, (_, at): Quarter => ({ offset: then, quarter: from + at })),
  );
  const sizeNow = () => {
    const parts = (turn * months.length) / kept.sizeOf(tier) + quarters.length / kept.sizeOf('quarter');
    return Math.max(1, Math.floor(turn / parts));
  };
  for (const { from, until } of sliced({ from: 0, until: turn }, sizeNow)) {
    const isOwn = ({ quarter }: Quarter) => {
      const place = bucketOf(quarter * quarterMicros, tier) % turn;
      return place >= from && place < until;
    };
    const runs = months.map((month) => ({ from: month * turn + from, until: month * turn + until }));
    yield { tier, runs, offset, moved: joined(quarters.filter(isOwn)) };
  }
}

/** One that is moved, and the clock's offset then. */
interface Quarter {
  offset: Moved['offset'];
  quarter: number;
}

/** Quarters of a span for which the clock does not show what it would show at `offset`. */
function movedIn(
  whole: Span,
  pieces: readonly (Span & { offset: number })[],
  offset: number,
  shown: (quarter: number, offset: number) => number,
): Moved[] {
  const quarters: Quarter[] = [];
  let at = 0;
  const last = whole.until / quarterMicros;
  for (let quarter = whole.from / quarterMicros; quarter < last; quarter++) {
    while (at < pieces.length && pieces[at]!.until <= quarter * quarterMicros) at += 1;
    const piece = pieces[at];
    const then = piece && piece.from <= quarter * quarterMicros ? piece.offset : null;
    if (then === null || shown(quarter, then) !== shown(quarter, offset)) quarters.push({ offset: then, quarter });
  }
  return joined(quarters);
}

/** `quarters` rise. */
function joined(quarters: readonly Quarter[]): Moved[] {
  const runs: Moved[] = [];
  for (const { offset, quarter } of quarters) {
    const last = runs.at(-1);
    if (last?.until === quarter && last.offset === offset) last.until += 1;
    else runs.push({ offset, from: quarter, until: quarter + 1 });
  }
  return runs;
}

/** The offset at which the clock stood for the longest time. */
function longest(pieces: readonly (Span & { offset: number })[]): number {
  const lengths = new Map<number, Micros>();
  for (const { from, until, offset } of pieces) lengths.set(offset, (lengths.get(offset) ?? 0) + until - from);
  return [...lengths].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}
