// Retention: which records were anonymised, what is held, and since when a tombstone is needed; the changes of a call by its id, of which
// what it was must be forgotten with its records (src/store/forget.ts).
import { bigOf, places, table } from './table.js';

/** MariaDB commits each at once, so a killed migration may have left it behind. */
const indexed = async (knex, of, columns, name) => {
  try {
    await knex.schema.alterTable(of, (t) => t.index(columns, name));
  } catch (error) {
    if (error.code !== 'ER_DUP_KEYNAME' && !/index \w+ already exists/.test(error.message)) throw error;
  }
};

export async function up(knex) {
  if (!(await knex.schema.hasColumn('cdr', 'erased'))) {
    // 0: as it came; 1: of a number; 2: of all.
    await knex.schema.alterTable('cdr', (t) => t.integer('erased').notNullable().defaultTo(0));
  }
  if (!(await knex.schema.hasColumn('tombstone', 'start'))) {
    await knex.schema.alterTable('tombstone', (t) => t.specificType('start', bigOf(knex)));
  }
  await indexed(knex, 'tombstone', ['start'], 'tombstone_start');
  await indexed(knex, 'call_change', ['call_id'], 'call_change_call');
  await table(knex, 'hold', 'reason', (t, big) => {
    big('id').primary();
    // 0 and '' are none: NULL would let a hold be there twice.
    big('company_id').notNullable();
    t.string('number', 255).notNullable();
    t.string('reason', 255);
    t.string('by', 255).notNullable();
    big('created').notNullable();
    t.unique(['company_id', 'number'], { indexName: 'hold_what' });
  });
  await places(knex, ['hold']);
}

export async function down() {
  throw new Error('what is held would be lost: restore a backup made before the upgrade');
}
