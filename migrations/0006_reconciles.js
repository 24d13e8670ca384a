// Reports of reconciles: what a comparison of a PBX's table with the store has found and brought.
import { places, table } from './table.js';

export async function up(knex) {
  await table(knex, 'reconcile', 'report', (t, big) => {
    big('id').primary();
    t.string('system', 64).notNullable();
    big('started').notNullable();
    t.text('report', 'mediumtext').notNullable();
    t.index(['system', 'id'], 'reconcile_system');
  });
  await places(knex, ['reconcile']);
}

export async function down(knex) {
  await knex.schema.dropTable('reconcile');
  await knex('place').where({ name: 'reconcile' }).delete();
}
