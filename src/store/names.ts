// Systems and companies as small integers: cached both ways, made on first sight inside the transaction that needs them.
import { Broken } from '../errors.ts';
import { companyKey } from '../cdr/query.ts';
import type { Sql } from './sql.ts';

/** `Bob` and `bob` are one user. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

/** Allots the next places of a sequence; the row lock is held to the commit, so places become visible in order. */
export async function allot(sql: Sql, name: string, count: number): Promise<number> {
  const raise = 'UPDATE `place` SET `last` = `last` + ? WHERE `name` = ?';
  // MariaDB has no RETURNING for an UPDATE.
  const isOne = sql.dialect === 'sqlite';
  if (!isOne) await sql.run(raise, [count, name]);
  const [row] = isOne
    ? await sql.all<{ last: number }>(`${raise} RETURNING \`last\``, [count, name])
    : await sql.all<{ last: number }>('SELECT `last` FROM `place` WHERE `name` = ?', [name]);
  if (!row) throw new Broken(`the store has no place row for ${name}`);
  return row.last - count + 1;
}

/** One dictionary of names. `toId` runs inside a transaction; ids it makes are cached only after the commit. */
export class Names {
  readonly #table: 'system' | 'company';
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(table: 'system' | 'company') {
    this.#table = table;
  }

  async load(sql: Sql): Promise<void> {
    const rows = await sql.all<{ id: number; name: string }>(
      this.#table === 'system' ? 'SELECT `id`, `name` FROM `system`' : 'SELECT `id`, `handle` AS `name` FROM `company`',
    );
    for (const row of rows) this.#keep(row.id, row.name);
  }

  /** The id of a known name, compared as this dictionary compares; undefined when it was never seen. */
  idOf(name: string): number | undefined {
    return this.#ids.get(this.#key(name));
  }

  /** The id of a name that this or another daemon has made, or undefined. */
  async findId(sql: Sql, name: string): Promise<number | undefined> {
    return this.idOf(name) ?? (await this.#find(sql, this.#key(name)));
  }

  /** The name of an id, undefined when `nameOf` must look for it. */
  knownAs(id: number): string | undefined {
    return this.#names.get(id);
  }

  /** The name of an id; a name another daemon has made is read from the store. */
  async nameOf(sql: Sql, id: number): Promise<string> {
    if (!this.#names.has(id)) await this.load(sql);
    const name = this.#names.get(id);
    if (name === undefined) throw new Broken(`the store has no ${this.#table} ${id}`);
    return name;
  }

  /** Ids of all names, new ones made. The caller's transaction holds the lock; call `keep` with the result after it committed. */
  async toIds(sql: Sql, names: Iterable<string>): Promise<Map<string, number>> {
    const ids = new Map<string, number>();
    for (const name of names) {
      const key = this.#key(name);
      if (!ids.has(key))
        ids.set(key, this.#ids.get(key) ?? (await this.#find(sql, key)) ?? (await this.#make(sql, name)));
    }
    return ids;
  }

  /** After the commit: remembers what `toIds` found or made. The spelling is the store's: `nameOf` reads it, another may have made the name. */
  keep(names: Iterable<string>, ids: ReadonlyMap<string, number>): void {
    for (const name of names) {
      const id = ids.get(this.#key(name));
      if (id !== undefined) this.#ids.set(this.#key(name), id);
    }
  }

  key(name: string): string {
    return this.#key(name);
  }

  #key(name: string): string {
    return this.#table === 'company' ? companyKey(name) : name;
  }

  #keep(id: number, name: string): void {
    this.#ids.set(this.#key(name), id);
    this.#names.set(id, name);
  }

  async #find(sql: Sql, key: string): Promise<number | undefined> {
    const column = this.#table === 'company' ? '`handle_key`' : '`name`';
    const [row] = await sql.all<{ id: number }>(`SELECT \`id\` FROM \`${this.#table}\` WHERE ${column} = ?`, [key]);
    return row?.id;
  }

  async #make(sql: Sql, name: string): Promise<number> {
    const id = await allot(sql, this.#table, 1);
    if (this.#table === 'system') await sql.run('INSERT INTO `system` (`id`, `name`) VALUES (?, ?)', [id, name]);
    else {
      await sql.run('INSERT INTO `company` (`id`, `handle`, `handle_key`) VALUES (?, ?, ?)', [
        id,
        name,
        companyKey(name),
      ]);
    }
    return id;
  }
}
