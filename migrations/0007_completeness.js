// What completeness keeps: days as they were found, what slipped and what was healed by quarter hours, since when a source is
// heard; and an index by which the changes of one record are found.
import { bigOf, table } from './table.js';

const column = async (knex, name) => {
  if (await knex.schema.hasColumn('source', name)) return;
  await knex.schema.alterTable('source', (t) => t.specificType(name, bigOf(knex)));
};

/** MariaDB commits it at once, so a killed migration may have left it behind. */
const indexed = async (knex) => {
  try {
    await knex.schema.alterTable('change', (t) => t.index(['cdr_id'], 'change_cdr'));
  } catch (error) {
    if (error.code !== 'ER_DUP_KEYNAME' && !/index change_cdr already exists/.test(error.message)) throw error;
  }
};

export async function up(knex) {
  await column(knex, 'first_record');
  await column(knex, 'heard');
  await indexed(knex);
  await table(knex, 'day', 'computed', (t, big) => {
    big('system_id').notNullable();
    t.string('day', 10).notNullable();
    // What a look at the day reads: a little more than the day itself (store/days.ts).
    big('from').notNullable();
    big('until').notNullable();
    big('changed').notNullable();
    big('seen').notNullable();
    big('computed').notNullable();
    big('at');
    t.text('report', 'mediumtext');
    t.primary(['system_id', 'day']);
    t.index(['system_id', 'until'], 'day_until');
  });
  await table(knex, 'slip', 'healed', (t, big) => {
    big('source_id').notNullable();
    big('quarter').notNullable();
    for (const count of ['rejected', 'lost', 'healed']) big(count).notNullable().defaultTo(0);
    t.primary(['source_id', 'quarter']);
  });
}

export async function down() {
  throw new Error('what was found of past days would be lost: restore a backup made before the upgrade');
}
