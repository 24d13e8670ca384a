// Who may ask and what was done: users, their sessions, extensions, and the audit, which is only ever added to.
import { bigOf, isMysql, mayNotMakeTriggers, places, table } from './table.js';

export async function up(knex) {
  await table(knex, 'user', 'name_key', (t, big) => {
    big('id').primary();
    t.string('name', 128).notNullable();
    t.string('name_key', 128).notNullable().unique();
    t.string('password', 255).notNullable();
    t.string('role', 8).notNullable();
    t.text('companies', 'mediumtext');
    t.text('extensions', 'mediumtext').notNullable();
    big('disabled');
    big('created').notNullable();
    big('updated').notNullable();
  });
  await table(knex, 'session', 'seen', (t, big) => {
    t.string('hash', 64).primary();
    big('user_id').notNullable();
    big('created').notNullable();
    big('seen').notNullable();
    t.index(['user_id'], 'session_user');
  });
  await table(knex, 'extension', 'number', (t, big) => {
    big('id').primary();
    big('company_id').notNullable();
    t.string('number', 255).notNullable();
    t.string('name', 255);
    t.unique(['company_id', 'number']);
  });
  await table(knex, 'audit', 'who_name', (t, big) => {
    big('id').primary();
    big('at').notNullable();
    t.string('who', 8).notNullable();
    big('who_id');
    t.string('who_name', 128);
    t.string('address', 64);
    t.string('action', 32).notNullable();
    t.string('object', 255);
    t.text('detail', 'mediumtext');
    big('count').notNullable();
  });
  if (!(await knex.schema.hasColumn('company', 'removed'))) {
    await knex.schema.alterTable('company', (t) => t.specificType('removed', bigOf(knex)));
  }
  await places(knex, ['user', 'extension', 'audit']);
  for (const event of ['UPDATE', 'DELETE']) await refuse(knex, event);
}

async function refuse(knex, event) {
  const head = `CREATE TRIGGER audit_no_${event.toLowerCase()} BEFORE ${event} ON audit FOR EACH ROW`;
  const reason = `the audit is only added to, ${event} is refused`;
  if (!isMysql(knex)) return knex.raw(`${head} BEGIN SELECT RAISE(ABORT, '${reason}'); END`);
  try {
    await knex.raw(`${head} SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${reason}'`);
  } catch (error) {
    if (!mayNotMakeTriggers.has(error.code)) throw error;
  }
}

export async function down() {
  throw new Error('what was audited is not taken back: restore a backup made before the upgrade');
}
