// Who told what of a record, and what must not come back: contradictions beside each record, tombstones, a horizon per system.
import { bigOf, places, table } from './table.js';

const column = async (knex, of, name, build) => {
  if (!(await knex.schema.hasColumn(of, name))) await knex.schema.alterTable(of, build);
};

export async function up(knex) {
  await column(knex, 'cdr', 'contradictions', (t) => t.text('contradictions', 'mediumtext'));
  await column(knex, 'system', 'horizon', (t) => t.specificType('horizon', bigOf(knex)));
  await table(knex, 'tombstone', 'mark', (t, big) => {
    big('id').primary();
    t.string('name', 64).notNullable();
    big('sequence');
    t.string('mark', 64).notNullable();
    t.index(['name'], 'tombstone_name');
  });
  await places(knex, ['tombstone']);
}

export async function down() {
  throw new Error('what was taken away would come back: restore a backup made before the upgrade');
}
