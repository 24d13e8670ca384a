// Reading: pages by keyset, never OFFSET, never COUNT, never a long transaction.
import type { Micros, StoredCdr } from '../cdr/cdr.ts';
import { isVisible, type CdrQuery, type Facts, type Within } from '../cdr/query.ts';
import { companiesWithin } from '../cdr/wall.ts';
import type { Names } from './names.ts';
import { fromRow, selectColumns, type Row } from './row.ts';
import type { Sql } from './sql.ts';
import { whereOf } from './where.ts';

/** A committed change. `was` holds the facts before it, when it moved any of them. */
export interface Change {
  seq: number;
  op: 'created' | 'updated';
  at: Micros;
  cdr: StoredCdr;
  was: Facts | null;
}

export class Reader {
  readonly #systems: Names;
  readonly #companies: Names;

  constructor(systems: Names, companies: Names) {
    this.#systems = systems;
    this.#companies = companies;
  }

  /** Records in rising id order. */
  async list(sql: Sql, query: CdrQuery): Promise<StoredCdr[]> {
    await this.#learn(sql, query);
    const where = whereOf(query, { systems: this.#systems, companies: this.#companies });
    const rows = await sql.all<Row>(
      `SELECT ${selectColumns} FROM \`cdr\` WHERE \`id\` > ?${where.sql} ORDER BY \`id\` LIMIT ?`,
      [query.after, ...where.values, query.limit],
    );
    return this.toCdrs(sql, rows);
  }

  /** One record, or undefined when there is none behind this wall. */
  async one(sql: Sql, id: number, within: Within): Promise<StoredCdr | undefined> {
    const rows = await sql.all<Row>(`SELECT ${selectColumns} FROM \`cdr\` WHERE \`id\` = ?`, [id]);
    const [cdr] = await this.toCdrs(sql, rows);
    return cdr && isVisible(cdr, within) ? cdr : undefined;
  }

  /** The newest place of the change sequence, 0 before the first change. */
  async head(sql: Sql): Promise<number> {
    const [row] = await sql.all<{ last: number }>("SELECT `last` FROM `place` WHERE `name` = 'change'");
    return row?.last ?? 0;
  }

  /** Changes with after < seq <= upTo in order, each with its record as it is now. */
  async changes(sql: Sql, after: number, upTo: number, limit: number): Promise<Change[]> {
    const rows = await sql.all<Row & { seq: number; op: Change['op']; at: number; was: string | null }>(
      `SELECT \`change\`.\`seq\`, \`op\`, \`at\`, \`was\`, ${selectColumns} FROM \`change\` ` +
        'JOIN `cdr` ON `cdr`.`id` = `cdr_id` WHERE `seq` > ? AND `seq` <= ? ORDER BY `seq` LIMIT ?',
      [after, upTo, limit],
    );
    const cdrs = await this.toCdrs(sql, rows);
    return rows.map(({ seq, op, at, was }, index) => ({
      seq,
      op,
      at,
      cdr: cdrs[index]!,
      was: was === null ? null : (JSON.parse(was) as Facts),
    }));
  }

  async toCdrs(sql: Sql, rows: readonly Row[]): Promise<StoredCdr[]> {
    const cdrs: StoredCdr[] = [];
    for (const row of rows) {
      cdrs.push(
        fromRow(row, {
          system: await this.#systems.nameOf(sql, row.system_id as number),
          company: await this.#companyOf(sql, row.company_id as number | null),
          target: await this.#companyOf(sql, row.target_id as number | null),
        }),
      );
    }
    return cdrs;
  }

  async #companyOf(sql: Sql, id: number | null): Promise<string | null> {
    return id === null ? null : this.#companies.nameOf(sql, id);
  }

  /** Names that a query uses and another daemon may have made meanwhile. */
  async #learn(sql: Sql, { within, company, system }: CdrQuery): Promise<void> {
    const handles = [...(companiesWithin(within) ?? []), ...(company === undefined ? [] : [company])];
    if (handles.some((handle) => this.#companies.idOf(handle) === undefined)) await this.#companies.load(sql);
    if (system !== undefined && this.#systems.idOf(system) === undefined) await this.#systems.load(sql);
  }
}
