// Calls: one row for each conversation behind the records, the ids that merges have swallowed, and their changes, each at the place of
// the record that changed it. Records from before get theirs by and by, see src/store/callfill.ts.
import { bigOf, places, table } from './table.js';

const column = async (knex, of, name) => {
  if (await knex.schema.hasColumn(of, name)) return;
  await knex.schema.alterTable(of, (t) => t.specificType(name, bigOf(knex)));
};

/** MariaDB commits each at once, so a killed migration may have left it behind. */
const indexed = async (knex, of, columns, name) => {
  try {
    await knex.schema.alterTable(of, (t) => t.index(columns, name));
  } catch (error) {
    if (error.code !== 'ER_DUP_KEYNAME' && !/index \w+ already exists/.test(error.message)) throw error;
  }
};

export async function up(knex) {
  await column(knex, 'cdr', 'call_id');
  await indexed(knex, 'cdr', ['call_id'], 'cdr_call');
  await indexed(knex, 'cdr', ['dstchannel'], 'cdr_dstchannel');
  await table(knex, 'call', 'first_cdr', (t, big) => {
    big('id').primary();
    big('system_id').notNullable();
    big('company_id');
    big('target_id');
    for (const number of ['caller', 'called', 'answered_by']) t.text(number);
    t.string('direction', 8);
    t.string('outcome', 16).notNullable();
    big('start').notNullable();
    big('answer');
    big('end').notNullable();
    // Whole seconds from start to end; ring, talk and queue are microseconds.
    big('duration').notNullable();
    big('ring');
    big('talk').notNullable();
    big('queue');
    for (const count of ['records', 'legs', 'transfers']) t.integer(count).notNullable();
    // Whether its records stand behind different walls; whether all of them are hidden.
    for (const flag of ['mixed', 'hidden']) t.integer(flag).notNullable();
    big('first_cdr').notNullable();
    for (const list of ['extensions', 'linkedids', 'uniqueids', 'walls', 'detail']) {
      t.text(list, 'mediumtext').notNullable();
    }
    big('created').notNullable();
    big('updated').notNullable();
    t.index(['start'], 'call_start');
    t.index(['company_id', 'start'], 'call_company');
    t.index(['target_id', 'start'], 'call_target');
  });
  await table(knex, 'call_alias', 'call_id', (t, big) => {
    big('id').primary();
    big('call_id').notNullable();
    t.index(['call_id'], 'call_alias_call');
  });
  await table(knex, 'call_change', 'part', (t, big) => {
    big('seq').notNullable();
    t.integer('part').notNullable();
    big('call_id').notNullable();
    t.string('op', 8).notNullable();
    big('into');
    t.text('was', 'mediumtext');
    t.primary(['seq', 'part']);
  });
  await places(knex, ['call']);
  const isNew = (await knex('cdr').first('id')) === undefined;
  const isSaid = (await knex('meta').where({ name: 'calls_filled' }).first()) !== undefined;
  if (isNew && !isSaid) await knex('meta').insert({ name: 'calls_filled', value: '1' });
}

export async function down() {
  throw new Error('the ids of calls would be given out again: restore a backup made before the upgrade');
}
