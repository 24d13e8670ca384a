// Statistics by a look at every call of the span, for what no counts are kept of: pages by start, each a short statement of its own.
import { callMatches } from '../cdr/callquery.ts';
import type { StoredCall } from '../cdr/call.ts';
import type { StoredCdr } from '../cdr/cdr.ts';
import { addTo, countedOf, sumsOf, type Sums } from '../cdr/stats.ts';
import { StatsClock } from '../cdr/statsclock.ts';
import { countOne, Fold, isCounted, type StatsQuery, type StatsRow } from '../cdr/statsquery.ts';
import { companiesWithin, companyKey, isVisible, type Within } from '../cdr/wall.ts';
import { recordsByCall } from './changelist.ts';
import type { Rooms } from './callgather.ts';
import { seenCall } from './calllist.ts';
import { insertCall, type CallRow } from './callrow.ts';
import { handlesOf } from './rollups.ts';
import { CurveScan, type CurveAsk, type Step } from './running.ts';
import type { Sql } from './sql.ts';

/** Calls of one page. */
const pageCalls = 200;

export interface StatsAnswer {
  rows: StatsRow[];
  total: Sums;
  /** There are more rows than an answer may have. */
  isOver: boolean;
  /** Where a curve was asked for. */
  steps?: Step[];
}

export class StatsScan {
  readonly #sql: Sql;
  readonly #rooms: Rooms;
  readonly #query: StatsQuery;
  readonly #clock: StatsClock;
  readonly #fold = new Fold();
  readonly #ask: CurveAsk | null;
  readonly #curve = new CurveScan();
  #place: { start: number; id: number };

  /** `curve`: calls that run at once are asked for, of a query by nothing. */
  constructor(sql: Sql, rooms: Rooms, query: StatsQuery, curve: CurveAsk | null = null) {
    this.#ask = curve;
    this.#sql = sql;
    this.#rooms = rooms;
    this.#query = query;
    this.#clock = new StatsClock(query.from, query.until, query.zone);
    this.#place = { start: query.from, id: 0 };
  }

  /** Counts the calls of the next page; false when that was the last one. */
  async next(): Promise<boolean> {
    const { start, id } = this.#place;
    const rows = await this.#sql.all<CallRow>(
      `SELECT ${insertCall} FROM \`call\` WHERE \`start\` >= ? AND \`start\` < ? AND (\`start\` > ? OR \`id\` > ?) ` +
        'ORDER BY `start`, `id` LIMIT ?',
      [start, this.#query.until, start, id, pageCalls],
    );
    const calls = (await this.#rooms.read.toCalls(this.#sql, rows)).filter(({ hidden }) => !hidden);
    const isClose = this.#query.within !== null && 'extensions' in this.#query.within;
    const parted = calls.filter(({ isMixed }) => isClose || isMixed).map((call) => call.id);
    const records = await recordsByCall(this.#sql, this.#rooms.read, parted);
    for (const call of calls) await this.#count(call, records.get(call.id) ?? null);
    const last = rows.at(-1);
    if (last) this.#place = { start: last.start as number, id: last.id as number };
    return rows.length === pageCalls && !this.#fold.isOver;
  }

  answer(): StatsAnswer {
    const { total, isOver } = this.#fold;
    const steps = this.#ask ? { steps: this.#curve.steps(this.#ask) } : {};
    return { rows: this.#fold.sorted(this.#query.by), total, isOver, ...steps };
  }

  /** `records`: null where all readers of the call see the same of it. */
  async #count(call: StoredCall, records: readonly StoredCdr[] | null): Promise<void> {
    const { by, within, company } = this.#query;
    const bound = companiesWithin(within)?.map(companyKey) ?? null;
    const isClose = within !== null && 'extensions' in within;
    const key = company === undefined ? null : companyKey(company);
    if (key !== null && bound !== null && !bound.includes(key)) return;
    const whole = this.#seen(call, records, isClose || key === null ? within : [key]);
    if (!whole || (isClose && key !== null && !handlesOf(whole).includes(key))) return;
    if (this.#isMeant(whole)) {
      const counted = countedOf(whole);
      if (this.#ask) this.#curve.count(counted);
      addTo(this.#fold.total, sumsOf(counted));
      if (!by.includes('company')) return countOne(this.#fold, this.#query, this.#clock, counted, null);
    }
    if (!by.includes('company')) return;
    const concerned = handlesOf(whole).filter((one) => (key === null || one === key) && (bound?.includes(one) ?? true));
    for (const one of concerned) {
      const part = isClose ? whole : this.#seen(call, records, [one]);
      if (part && this.#isMeant(part)) {
        countOne(this.#fold, this.#query, this.#clock, countedOf(part), await this.#spelt(one));
      }
    }
    if (handlesOf(whole).length === 0 && this.#isMeant(whole)) {
      countOne(this.#fold, this.#query, this.#clock, countedOf(whole), null);
    }
  }

  /** The call as a reader behind this wall sees it, null when it does not. */
  #seen(call: StoredCall, records: readonly StoredCdr[] | null, within: Within): StoredCall | null {
    if (records === null) return call.walls.some((wall) => isVisible(wall, within)) ? call : null;
    const seen = records.filter((cdr) => isVisible(cdr, within));
    return seen.length === 0 ? null : seenCall(call, seen, records.length);
  }

  #isMeant(call: StoredCall): boolean {
    const { more } = this.#query;
    return isCounted(this.#query, countedOf(call)) && (more === undefined || callMatches(call, more, null));
  }

  /** As the store spells it. */
  async #spelt(key: string): Promise<string> {
    const { companies } = this.#rooms;
    const id = await companies.findId(this.#sql, key);
    return id === undefined ? key : companies.nameOf(this.#sql, id);
  }
}
