// What rules look things up in: DIDs, trunks and endpoints; which companies people know, beside those that records have named; and
// a place that every change of these tables raises, so that all daemons read them again.
import { bigOf, places, table } from './table.js';

export async function up(knex) {
  await table(knex, 'did', 'number', (t, big) => {
    big('id').primary();
    // 0 is none: NULL would let a number be there twice.
    big('company_id').notNullable();
    t.string('number', 255).notNullable();
    t.string('number_key', 255).notNullable().unique();
    t.string('extension', 255);
    t.string('name', 255);
  });
  await table(knex, 'trunk', 'peer', (t, big) => {
    big('id').primary();
    big('company_id').notNullable();
    t.string('peer', 255).notNullable();
    t.string('peer_key', 255).notNullable().unique();
    t.string('name', 255);
  });
  await table(knex, 'endpoint', 'kind', (t, big) => {
    big('id').primary();
    big('company_id').notNullable();
    t.string('peer', 255).notNullable();
    t.string('peer_key', 255).notNullable().unique();
    t.string('kind', 16).notNullable();
    t.string('extension', 255);
    t.string('name', 255);
  });
  if (!(await knex.schema.hasColumn('company', 'listed'))) {
    await knex.schema.alterTable('company', (t) => t.specificType('listed', bigOf(knex)));
  }
  // Of an extension that only records have named; people make it one of theirs by naming it.
  if (!(await knex.schema.hasColumn('extension', 'shown'))) {
    await knex.schema.alterTable('extension', (t) => t.specificType('shown', bigOf(knex)));
  }
  // A name is what only people give.
  await knex('company').whereNotNull('name').update({ listed: 1 });
  await places(knex, ['did', 'trunk', 'endpoint', 'directory']);
}

export async function down() {
  throw new Error('DIDs, trunks and endpoints would be lost: restore a backup made before the upgrade');
}
