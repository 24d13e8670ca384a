// Reports that clients order and fetch later, and their text in parts (src/store/reports.ts).
import { isMysql, places, table } from './table.js';

export async function up(knex) {
  await table(knex, 'report', 'maker_kind', (t, big) => {
    big('id').primary();
    t.string('name', 36).notNullable().unique();
    // What opens its link, without anything else.
    t.string('link', 32).notNullable().unique();
    t.string('account', 64).notNullable();
    t.text('within').notNullable();
    t.string('maker_kind', 16).notNullable();
    big('maker_id').notNullable();
    t.specificType('asked', isMysql(knex) ? 'mediumtext' : 'text').notNullable();
    t.string('state', 16).notNullable();
    for (const time of ['created', 'updated']) big(time).notNullable();
    for (const count of ['records', 'bytes', 'parts', 'share']) big(count).notNullable();
    t.string('place', 64);
    t.string('runner', 36);
    big('alive');
    t.index(['account', 'id'], 'report_account');
    t.index(['state', 'id'], 'report_state');
  });
  await table(knex, 'report_part', 'body', (t, big) => {
    big('report_id').notNullable();
    big('no').notNullable();
    t.specificType('body', isMysql(knex) ? 'mediumblob' : 'blob').notNullable();
    t.primary(['report_id', 'no']);
  });
  await places(knex, ['report']);
}

export async function down(knex) {
  await knex.schema.dropTable('report_part');
  await knex.schema.dropTable('report');
  await knex('place').where({ name: 'report' }).delete();
}
