// Statistics: counts of calls by stretches of UTC (src/store/rollups.ts), and what single companies see of calls that several share.
// Calls came with 0009, of the same release, so there are none yet that should be counted here.
import { isMysql, table } from './table.js';

/** Trailing spaces count: SQLite and the program think so. */
const exact = 'varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin not null';
const sums = ['calls', 'records', 'talk', 'ring', 'rung'];
const key = ['kind', 'viewer', 'bucket', 'name', 'direction', 'outcome'];

export async function up(knex) {
  await table(knex, 'rollup', 'rung', (t, big) => {
    t.integer('kind').notNullable();
    for (const number of ['viewer', 'bucket']) big(number).notNullable();
    t.specificType('name', isMysql(knex) ? exact : 'text not null');
    for (const code of ['direction', 'outcome']) t.specificType(code, 'tinyint not null');
    for (const sum of sums) big(sum).notNullable();
    t.primary(key);
  });
  // One tree instead of two: a third of the cost of a write. Knex has no word for it.
  if (!isMysql(knex)) {
    const [{ sql }] = await knex('sqlite_master').where({ name: 'rollup' }).select('sql');
    await knex.schema.dropTable('rollup');
    await knex.raw(`${sql} without rowid`);
  }
  await table(knex, 'call_part', 'facts', (t, big) => {
    big('call_id').notNullable();
    big('company_id').notNullable();
    t.text('facts', 'mediumtext').notNullable();
    t.primary(['call_id', 'company_id']);
  });
}

export async function down() {
  throw new Error('statistics would be lost: restore a backup made before the upgrade');
}
