// Exact counts of queries, in stretches of ids: whole stretches are remembered, and only those in which a record changed are counted again.
import { setImmediate } from 'node:timers/promises';
import type { Store } from '../../../store/store.ts';
import type { CountQuery } from '../../../store/numbered.ts';

type Counting = Pick<Store, 'count' | 'changedIds' | 'idsBetween'>;

/** Ids that one statement counts: a few milliseconds. */
const stretchIds = 20_000;
/** More changes than this since a count, and all is counted anew. */
const changesMax = 20_000;
/** Queries whose counts are remembered; of 10 million records each is 500 numbers. */
const queriesMax = 200;

interface Counted {
  /** The place of the change sequence up to which it is true. */
  head: number;
  /** By number of stretch. */
  counts: Map<number, number>;
}

export class Counts {
  readonly #store: Counting;
  readonly #stretchIds: number;
  /** The last used at the end. */
  readonly #known = new Map<string, Counted>();

  constructor(store: Counting, ids = stretchIds) {
    this.#store = store;
    this.#stretchIds = ids;
  }

  /** How many records of the query have an id up to `most`; `head` is the place of the change sequence of that moment. */
  async upTo(query: CountQuery, { most, head }: { most: number; head: number }): Promise<number> {
    const span = await this.#spanOf(query, most);
    const key = JSON.stringify(query);
    const known = await this.#refreshed(key, head);
    const size = this.#stretchIds;
    let total = 0;
    for (let at = Math.floor(span.least / size); at * size <= span.most; at++) {
      const [least, last] = [Math.max(at * size, 1), (at + 1) * size - 1];
      // The last one goes on to grow.
      const isWhole = last <= most;
      let count = isWhole ? known.counts.get(at) : undefined;
      if (count === undefined) {
        count = await this.#store.count(query, least, Math.min(last, most));
        if (isWhole) known.counts.set(at, count);
        await setImmediate();
      }
      total += count;
    }
    return total;
  }

  async #spanOf({ from, until, and = [] }: CountQuery, most: number): Promise<{ least: number; most: number }> {
    const froms = [from, ...and.map((part) => part.from)].filter((time) => time !== undefined);
    const untils = [until, ...and.map((part) => part.until)].filter((time) => time !== undefined);
    if (froms.length === 0 && untils.length === 0) return { least: 1, most };
    const ids = await this.#store.idsBetween(
      froms.length > 0 ? Math.max(...froms) : undefined,
      untils.length > 0 ? Math.min(...untils) : undefined,
    );
    return { least: ids.least, most: Math.min(ids.most, most) };
  }

  /** What is known of the query, without what is no longer true at `head`. */
  async #refreshed(key: string, head: number): Promise<Counted> {
    let known = this.#known.get(key);
    if (known && known.head < head) {
      const changed = await this.#store.changedIds(known.head, head, changesMax);
      if (changed === null) known = undefined;
      else for (const id of changed) known.counts.delete(Math.floor(id / this.#stretchIds));
      if (known) known.head = Math.max(known.head, head);
    }
    known ??= { head, counts: new Map() };
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > queriesMax) this.#known.delete(this.#known.keys().next().value!);
    return known;
  }
}
