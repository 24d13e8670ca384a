// Extensions that records have shown: each becomes a row once, in the transaction of the first record that names it. No rule looks
// anything up in these: what a rule has concluded would prove itself.
import type { StoredCdr } from '../cdr/cdr.ts';
import { staffOf } from '../cdr/staff.ts';
import { allot } from './names.ts';
import { chunks, inserting, placeholders, type Sql } from './sql.ts';

/** Keys remembered; beyond it all are forgotten, and looked up once more. */
const knownMax = 100_000;

interface Row {
  key: string;
  companyId: number;
  number: string;
}

/** What is known to be in the table, so that a batch without a new extension costs no statement. */
export class KnownStaff {
  readonly #keys = new Set<string>();

  /** Part of the transaction of a batch, under ingest's lock; call what it resolves to after the commit. */
  async add(sql: Sql, cdrs: Iterable<StoredCdr>, idOf: (company: string) => number): Promise<() => void> {
    const rows = new Map<string, Row>();
    for (const cdr of cdrs) {
      for (const { company, number } of staffOf(cdr)) {
        const companyId = idOf(company);
        const key = `${companyId} ${number}`;
        if (!this.#keys.has(key)) rows.set(key, { key, companyId, number });
      }
    }
    if (rows.size === 0) return () => undefined;
    await addMissing(sql, [...rows.values()]);
    return () => this.#keep(rows.keys());
  }

  /** An extension was removed: the next record that names it brings it back. */
  clear(): void {
    this.#keys.clear();
  }

  #keep(keys: Iterable<string>): void {
    if (this.#keys.size > knownMax) this.#keys.clear();
    for (const key of keys) this.#keys.add(key);
  }
}

const insert = inserting('extension', ['id', 'company_id', 'number', 'shown']);

/** Those that are not there yet. */
async function addMissing(sql: Sql, rows: readonly Row[]): Promise<void> {
  // The lock of all who make extensions.
  await allot(sql, 'extension', 0);
  const there = new Set<string>();
  for (const [companyId, own] of Map.groupBy(rows, (row) => row.companyId)) {
    for (const some of chunks(own.map(({ number }) => number))) {
      const found = await sql.all<{ number: string }>(
        `SELECT \`number\` FROM \`extension\` WHERE \`company_id\` = ? AND \`number\` IN ${placeholders(1, some.length)}`,
        [companyId, ...some],
      );
      for (const { number } of found) there.add(`${companyId} ${number}`);
    }
  }
  const made = rows.filter(({ key }) => !there.has(key));
  const first = await allot(sql, 'extension', made.length);
  await insert(
    sql,
    made.map(({ companyId, number }, at) => [first + at, companyId, number, 1]),
  );
}
