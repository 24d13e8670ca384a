// Sums out of packed days (packs.ts): each quarter of an hour at what the clock showed, so nothing is moved here.
import type { Micros } from '../cdr/cdr.ts';
import { directionCode, outcomeCode, times } from '../cdr/stats.ts';
import type { StatsClock } from '../cdr/statsclock.ts';
import { statsRowsMax, type StatsQuery } from '../cdr/statsquery.ts';
import { dayMicros, quarterMicros } from '../cdr/tiers.ts';
import { everyone } from './cells.ts';
import { codes, dayQuarters, packIn, type Pack } from './packs.ts';
import type { Sql } from './sql.ts';
import type { Group } from './statsfold.ts';
import { shownIn } from './statsread.ts';

/** A span with fewer packed days, of so many, is read in cells: those between two packed ones take longer than they do there. */
const gapsMax = 1 / 16;

/**
 * Whether packed days are the shorter way. Of one extension fewer cells are read; of all, too, by nothing else, by the hour of a clock at
 * full hours, and by the weekday of one whose midnight is at most an hour from midnight or noon of UTC. All others are as many as there
 * are extensions, times, directions and outcomes, where packed days are what the calls are.
 */
export function isForPacks({ by, extension, from, until }: StatsQuery, clock: StatsClock): boolean {
  const others = by.filter((name) => name !== 'extension');
  if (others.length === by.length || extension !== undefined) return false;
  if (others.length > 1) return true;
  const isBeside = (minutes: number, most: number) =>
    clock.pieces(from, until).some(({ offset }) => {
      const past = Math.abs(offset % minutes);
      return Math.min(past, minutes - past) > most;
    });
  if (others[0] === 'hour') return isBeside(60, 0);
  return others[0] === 'weekday' ? isBeside(720, 60) : others.length > 0;
}

/** Days of UTC that a span touches, the last one excluded. */
export function daysOf({ from, until }: { from: Micros; until: Micros }): { from: number; until: number } {
  return { from: Math.floor(from / dayMicros), until: Math.ceil(until / dayMicros) };
}

export async function arePacked(sql: Sql, span: { from: Micros; until: Micros }): Promise<boolean> {
  const { from, until } = daysOf(span);
  const [row] = await sql.all<{ days: number }>(
    'SELECT COUNT(*) AS `days` FROM `rollup_day` WHERE `viewer` = ? AND `day` >= ? AND `day` < ? AND LENGTH(`packed`) > 0',
    [everyone, from, until],
  );
  return until - from - Number(row!.days) <= gapsMax * (until - from);
}

/** By day, what these viewers have then; a day that is not there is not packed. */
export async function packsIn(
  sql: Sql,
  viewers: readonly number[],
  from: number,
  until: number,
): Promise<Map<number, Map<number, Pack>>> {
  const list = viewers.map(() => '?').join(', ');
  // The row of everyone says that a day is packed.
  const rows = (await sql.lists(
    `SELECT \`day\`, \`viewer\`, CASE WHEN \`viewer\` IN (${list}) OR LENGTH(\`packed\`) = 0 THEN \`packed\` END FROM \`rollup_day\` ` +
      `WHERE \`day\` >= ? AND \`day\` < ? AND \`viewer\` IN (?, ${list}) ORDER BY \`day\`, \`viewer\``,
    [...viewers, from, until, everyone, ...viewers],
  )) as [day: number, viewer: number, packed: Buffer | null][];
  const days = new Map<number, Map<number, Pack>>();
  for (const [day, ofDay] of Map.groupBy(rows, ([day]) => day)) {
    const packs = ofDay.flatMap(([, viewer, packed]) => (packed === null ? [] : [[viewer, packIn(packed)] as const]));
    if (packs.every((pack): pack is readonly [number, Pack] => pack[1] !== null)) days.set(day, new Map(packs));
  }
  return days;
}

/** Quarters with the same time on the clock. `slots`: by name, which sums are theirs. */
interface Face {
  /** null: rows are by no time. */
  shown: number | null;
  /** Minutes east of UTC where the answer tells it, else 0. */
  offset: number;
  viewer: number;
  slots: number[];
}

/** `calls answered records talk ring rung` */
const width = 6;
const answered = outcomeCode('answered');

/** Sums of packed days: columns of numbers, which take some nanoseconds each. */
export class PackSums {
  readonly #query: StatsQuery;
  readonly #clock: StatsClock;
  readonly #timeOf: (time: number) => number;
  /** Which sums of a slot a code counts in; -1: none. */
  readonly #places: Int32Array;
  readonly #each: number;
  readonly #faces = new Map<string, Face>();
  readonly #names = new Map<string, number>();
  #sums = new Float64Array(0);
  #slots = 0;

  constructor(query: StatsQuery, clock: StatsClock, timeOf: (time: number) => number) {
    this.#query = query;
    this.#clock = clock;
    this.#timeOf = timeOf;
    const { by, direction, outcome } = query;
    const [hasDirection, hasOutcome] = [by.includes('direction'), by.includes('outcome')];
    this.#each = (hasDirection ? 8 : 1) * (hasOutcome ? 8 : 1);
    this.#places = Int32Array.from({ length: codes }, (_, code) => {
      const [one, other] = [code >> 3, code & 7];
      if (direction !== undefined && one !== directionCode(direction)) return -1;
      if (outcome !== undefined && other !== outcomeCode(outcome)) return -1;
      return (hasDirection ? one : 0) * (hasOutcome ? 8 : 1) + (hasOutcome ? other : 0);
    });
  }

  /** There are more rows than an answer may have. */
  get isOver(): boolean {
    return this.#slots > statsRowsMax;
  }

  add(day: number, viewer: number, pack: Pack): void {
    const faces = this.#facesOf(day, viewer);
    const ids = Int32Array.from(pack.names, (name) => this.#idOf(name));
    const { keys, calls, records, talk, ring, rung } = pack;
    const [places, each, many] = [this.#places, this.#each, ids.length];
    let sums = this.#sums;
    // Of the quarter at hand, which rises.
    let [slots, first, end]: [number[] | undefined, number, number] = [undefined, 0, 0];
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at]!;
      const code = key & (codes - 1);
      const cell = (key - code) / codes;
      if (cell >= end) {
        const quarter = Math.floor(cell / many);
        first = quarter * many;
        end = first + many;
        slots = faces[quarter]?.slots;
      }
      const place = places[code]!;
      if (slots === undefined || place < 0) continue;
      const id = ids[cell - first]!;
      let slot = slots[id];
      if (slot === undefined) {
        slot = slots[id] = this.#newSlot();
        sums = this.#sums;
      }
      const into = (slot * each + place) * width;
      sums[into]! += calls[at]!;
      if ((code & 7) === answered) sums[into + 1]! += calls[at]!;
      sums[into + 2]! += records[at]!;
      sums[into + 3]! += talk[at]!;
      sums[into + 4]! += ring[at]!;
      sums[into + 5]! += rung[at]!;
    }
  }

  /** What they come to; `offset` as the clock stood, where days and hours are asked for. */
  *groups(): Generator<Group & { offset: number }> {
    const names = [...this.#names.keys()];
    const outcomes = this.#query.by.includes('outcome') ? 8 : 1;
    for (const { shown, offset, viewer, slots } of this.#faces.values()) {
      for (const [id, slot] of slots.entries()) {
        if (slot === undefined) continue;
        for (let place = 0; place < this.#each; place++) {
          const at = (slot * this.#each + place) * width;
          const [calls, answered, records, talk, ring, rung] = this.#sums.subarray(at, at + width) as unknown as [
            ...[number, number, number, number, number, number],
          ];
          if (calls === 0) continue;
          const sums = { calls, answered, records, talk, ring, rung };
          yield {
            shown,
            offset,
            viewer,
            name: names[id]!,
            direction: Math.floor(place / outcomes),
            outcome: place % outcomes,
            sums,
          };
        }
      }
    }
  }

  /** Of each quarter of the day; null: it is not of the span. */
  #facesOf(day: number, viewer: number): (Face | null)[] {
    const { by, from, until } = this.#query;
    const [isOfViewer, isTwice] = [by.includes('company'), by.includes('day') && by.includes('hour')];
    const isTimed = times.some((time) => by.includes(time));
    const faces = new Array<Face | null>(dayQuarters).fill(null);
    const [first, end] = [Math.max(from, day * dayMicros), Math.min(until, (day + 1) * dayMicros)];
    for (const piece of this.#clock.pieces(first, end)) {
      for (let quarter = piece.from / quarterMicros; quarter < piece.until / quarterMicros; quarter++) {
        const shown = isTimed ? this.#timeOf(shownIn(by, quarter * 15 + piece.offset)) : null;
        const [offset, seer] = [isTwice ? piece.offset : 0, isOfViewer ? viewer : 0];
        const key = `${shown} ${offset} ${seer}`;
        let face = this.#faces.get(key);
        if (face === undefined) this.#faces.set(key, (face = { shown, offset, viewer: seer, slots: [] }));
        faces[quarter - day * dayQuarters] = face;
      }
    }
    return faces;
  }

  #idOf(name: string): number {
    let id = this.#names.get(name);
    if (id === undefined) this.#names.set(name, (id = this.#names.size));
    return id;
  }

  #newSlot(): number {
    const slot = this.#slots++;
    const size = this.#each * width;
    if ((slot + 1) * size > this.#sums.length) {
      const more = new Float64Array(Math.max(64, slot * 2) * size);
      more.set(this.#sums);
      this.#sums = more;
    }
    return slot;
  }
}
