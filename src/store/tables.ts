// The look-up tables of the rules as they are now, in memory: read again when the place `directory` has moved, by whichever daemon.
import { lookupOf, storeColumns, storeTables, type StoreTable, type Tables } from '../rules/tables.ts';
import { allot } from './names.ts';
import type { Sql } from './sql.ts';

const join = 'LEFT JOIN `company` ON `company`.`id` = `company_id`';
const queries: Record<StoreTable, string> = {
  extensions: `SELECT \`number\`, \`handle\` AS \`company\`, \`extension\`.\`name\` FROM \`extension\` ${join} WHERE \`shown\` IS NULL`,
  companies: 'SELECT `handle`, `name` FROM `company` WHERE `listed` = 1 AND `removed` IS NULL',
  dids: `SELECT \`number\`, \`handle\` AS \`company\`, \`extension\`, \`did\`.\`name\` FROM \`did\` ${join}`,
  trunks: `SELECT \`peer\`, \`handle\` AS \`company\`, \`trunk\`.\`name\` FROM \`trunk\` ${join}`,
  endpoints:
    'SELECT `peer`, `kind`, `handle` AS `company`, `extension`, `endpoint`.`name` ' + `FROM \`endpoint\` ${join}`,
};

/** Every change of a company, extension, DID, trunk or endpoint says so, in its own transaction. */
export async function directoryChanged(sql: Sql): Promise<void> {
  await allot(sql, 'directory', 1);
}

export class StoreTables {
  #version: number | undefined;
  #tables: Tables | undefined;

  /** Of this moment; within a write, of what is committed when ingest's lock is held. */
  async at(sql: Sql): Promise<Tables> {
    const [row] = await sql.all<{ last: number }>("SELECT `last` FROM `place` WHERE `name` = 'directory'");
    const version = row?.last;
    if (this.#tables && this.#version === version) return this.#tables;
    const read: [StoreTable, Tables[StoreTable]][] = [];
    for (const table of storeTables) {
      const rows = await sql.all<Record<string, string | null>>(queries[table]);
      read.push([table, lookupOf(table, storeColumns[table][0], storeColumns[table], rows)]);
    }
    this.#tables = Object.fromEntries(read) as unknown as Tables;
    this.#version = version;
    return this.#tables;
  }
}
