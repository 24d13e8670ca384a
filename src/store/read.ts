// Reading: pages by keyset, never OFFSET, never COUNT, never a long transaction.
import type { StoredCall } from '../cdr/call.ts';
import type { StoredCdr } from '../cdr/cdr.ts';
import { overlaid, rawOf } from '../cdr/overlay.ts';
import { factsOf, isVisible, type CdrQuery, type Facts, type Place, type Within } from '../cdr/query.ts';
import { companiesWithin } from '../cdr/wall.ts';
import { Broken } from '../errors.ts';
import { fromCallRow, type CallRow } from './callrow.ts';
import type { Change } from './changelist.ts';
import type { Tables } from '../rules/tables.ts';
import type { Names } from './names.ts';
import { loadOverlays } from './overlays.ts';
import { fromRow, selectColumns, type Row } from './row.ts';
import type { Sql, Value } from './sql.ts';
import { StoreTables } from './tables.ts';
import { whereOf, type Where } from './where.ts';

type NamedRow = Pick<Row, 'system_id' | 'company_id' | 'target_id'>;

/** What a walk through many pages adds to each of them: the ids it keeps to, and the index it goes along. */
export interface Path {
  least: number;
  most: number;
  /** As SQL, empty where the database may choose. */
  hint: string;
}

export class Reader {
  readonly #systems: Names;
  readonly #companies: Names;
  readonly #tables = new StoreTables();

  constructor(systems: Names, companies: Names) {
    this.#systems = systems;
    this.#companies = companies;
  }

  /** What rules look things up in, as it is now. */
  tables(sql: Sql): Promise<Tables> {
    return this.#tables.at(sql);
  }

  /** Records in the order that is asked for; `path` for pages of a walk (walk.ts). */
  async list(sql: Sql, query: CdrQuery, path?: Path): Promise<StoredCdr[]> {
    await this.learn(sql, query.within, query);
    const where = whereOf(query, { systems: this.#systems, companies: this.#companies });
    const order = query.order ?? 'id';
    const byStart = order.endsWith('start');
    // What comes before a place is read backwards from it and turned round.
    const isBackwards = query.before !== undefined;
    const isRising = order.startsWith('-') === isBackwards;
    const from = isBackwards ? query.before : query.after;
    const place = from === undefined ? { sql: '', values: [] } : beyond(from, byStart, isRising);
    const way = isRising ? 'ASC' : 'DESC';
    const bounds: Value[] = path ? [path.least, path.most] : [];
    const rows = await sql.all<Row>(
      `SELECT ${selectColumns} FROM \`cdr\`${path?.hint ?? ''} WHERE 1 = 1${place.sql}${where.sql} ` +
        (path ? 'AND `id` >= ? AND `id` <= ? ' : '') +
        `ORDER BY ${byStart ? `\`start\` ${way}, ` : ''}\`id\` ${way} LIMIT ?`,
      [...place.values, ...where.values, ...bounds, query.limit],
    );
    return this.toCdrs(sql, isBackwards ? rows.reverse() : rows, query.raw);
  }

  /** Whether more than `most` records are of this query; no order is asked for, so the database may take any index. */
  async isMoreThan(sql: Sql, query: CdrQuery, most: number): Promise<boolean> {
    await this.learn(sql, query.within, query);
    const where = whereOf(query, { systems: this.#systems, companies: this.#companies });
    const [row] = await sql.all<{ count: number }>(
      `SELECT COUNT(*) AS \`count\` FROM (SELECT 1 FROM \`cdr\` WHERE 1 = 1${where.sql} LIMIT ?) AS \`some\``,
      [...where.values, most + 1],
    );
    return row!.count > most;
  }

  /** One record, or undefined when there is none behind this wall; `raw` as in a query. */
  async one(sql: Sql, id: number, within: Within, raw = false): Promise<StoredCdr | undefined> {
    const rows = await sql.all<Row>(`SELECT ${selectColumns} FROM \`cdr\` WHERE \`id\` = ?`, [id]);
    const [seen] = await this.toCdrs(sql, rows);
    if (!seen || !isVisible(seen, within) || (seen.hidden && !raw)) return undefined;
    return raw ? (await this.toCdrs(sql, rows, true))[0] : seen;
  }

  /** The newest place of the change sequence, 0 before the first change. */
  async head(sql: Sql): Promise<number> {
    const [row] = await sql.all<{ last: number }>("SELECT `last` FROM `place` WHERE `name` = 'change'");
    return row?.last ?? 0;
  }

  /** Changes of records with after < seq <= upTo in order, each with its record as it is now. */
  async changes(sql: Sql, after: number, upTo: number, limit: number): Promise<Change[]> {
    type ChangeRow = { seq: number; cdr_id: number; op: Change['op']; at: number; was: string | null };
    const rows = await sql.all<Row & ChangeRow>(
      `SELECT \`change\`.\`seq\`, \`cdr_id\`, \`op\`, \`at\`, \`was\`, ${selectColumns} FROM \`change\` ` +
        'LEFT JOIN `cdr` ON `cdr`.`id` = `cdr_id` WHERE `seq` > ? AND `seq` <= ? ORDER BY `seq` LIMIT ?',
      [after, upTo, limit],
    );
    const there = await this.toCdrs(
      sql,
      rows.filter(({ id }) => id !== null),
    );
    const byId = new Map(there.map((cdr) => [cdr.id, cdr]));
    return rows.map(({ seq, cdr_id, op, at, was }) => {
      const facts = was === null ? null : (JSON.parse(was) as Partial<Facts>);
      const cdr = byId.get(cdr_id) ?? goneCdr(cdr_id, facts);
      // Changes of an older schema kept fewer facts.
      return { seq, op, at, cdr, calls: [], was: facts === null ? null : { ...factsOf(cdr), ...facts } };
    });
  }

  /** `raw` without what people wrote beside them, and without the company of their call. */
  async toCdrs(sql: Sql, rows: readonly Row[], raw = false): Promise<StoredCdr[]> {
    const cdrs: StoredCdr[] = [];
    const overlays = await loadOverlays(sql, rows);
    await this.#learnIds(sql, rows);
    for (const row of rows) {
      const cdr = fromRow(row, this.#namesOf(row));
      const overlay = overlays.get(cdr.id);
      if (raw) cdrs.push(rawOf(cdr, overlay));
      else cdrs.push(overlay ? overlaid(cdr, overlay) : cdr);
    }
    return cdrs;
  }

  async toCalls(sql: Sql, rows: readonly CallRow[]): Promise<StoredCall[]> {
    await this.#learnIds(sql, rows);
    return rows.map((row) => fromCallRow(row, this.#namesOf(row)));
  }

  /** Of names that another daemon has made meanwhile. Then no row waits for its own: that cost more than all else of it. */
  async #learnIds(sql: Sql, rows: readonly NamedRow[]): Promise<void> {
    for (const { system_id, company_id, target_id } of rows) {
      if (this.#systems.knownAs(system_id as number) === undefined)
        await this.#systems.nameOf(sql, system_id as number);
      for (const id of [company_id, target_id] as (number | null)[]) {
        if (id !== null && this.#companies.knownAs(id) === undefined) await this.#companies.nameOf(sql, id);
      }
    }
  }

  #namesOf({ system_id, company_id, target_id }: NamedRow) {
    const handleOf = (id: Value) => (id === null ? null : this.#companies.knownAs(id as number)!);
    const system = this.#systems.knownAs(system_id as number)!;
    return { system, company: handleOf(company_id), target: handleOf(target_id) };
  }

  /** Names that a query uses and another daemon may have made meanwhile. */
  async learn(sql: Sql, within: Within, query: Named): Promise<void> {
    const nodes = [...nodesOf(query)];
    const handles = [...(companiesWithin(within) ?? []), ...nodes.flatMap(({ company }) => company ?? [])];
    const systems = nodes.flatMap(({ system }) => system ?? []);
    if (handles.some((handle) => this.#companies.idOf(handle) === undefined)) await this.#companies.load(sql);
    if (systems.some((system) => this.#systems.idOf(system) === undefined)) await this.#systems.load(sql);
  }
}

/** A record that retention took away: nobody sees it, and of what it was only the facts of the change are left. */
function goneCdr(id: number, was: Partial<Facts> | null): StoredCdr {
  return { ...(was as StoredCdr), id, hidden: true };
}

/** What of a filter names what the dictionaries know. */
interface Named {
  company?: string;
  system?: string;
  and?: readonly Named[];
  or?: readonly Named[];
  not?: Named;
}

function* nodesOf(filter: Named): Generator<Named> {
  yield filter;
  for (const part of [...(filter.and ?? []), ...(filter.or ?? []), ...(filter.not ? [filter.not] : [])]) {
    yield* nodesOf(part);
  }
}

/** What lies beyond a place; the first bound is the one an index can use. */
export function beyond(place: Place, byStart: boolean, isRising: boolean): Where {
  const than = isRising ? '>' : '<';
  if (typeof place === 'number') {
    if (byStart) throw new Broken(`a place in the order by start has no start: ${place}`);
    return { sql: ` AND \`id\` ${than} ?`, values: [place] };
  }
  if (!byStart) throw new Broken('a place in the order by id has a start');
  const values: Value[] = [place.start, place.start, place.id];
  return { sql: ` AND \`start\` ${than}= ? AND (\`start\` ${than} ? OR \`id\` ${than} ?)`, values };
}

/** The place itself and what lies before it. */
export function upTo(place: Place, isRising: boolean): Where {
  const than = isRising ? '<' : '>';
  if (typeof place === 'number') return { sql: ` AND \`id\` ${than}= ?`, values: [place] };
  const values: Value[] = [place.start, place.start, place.id];
  return { sql: ` AND \`start\` ${than}= ? AND (\`start\` ${than} ? OR \`id\` ${than}= ?)`, values };
}
