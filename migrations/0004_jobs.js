// Scheduled work with what became of it; and what a reject needs to be handed over again: its vocabulary, its zone, its writer's wall.
// Rejects kept before have none of these: they are read with the zone of the configuration.
import { table } from './table.js';

const column = async (knex, name, build) => {
  if (!(await knex.schema.hasColumn('reject', name))) await knex.schema.alterTable('reject', build);
};

export async function up(knex) {
  await column(knex, 'kind', (t) => t.string('kind', 8));
  await column(knex, 'timezone', (t) => t.string('timezone', 64));
  await column(knex, 'wall', (t) => t.text('wall', 'mediumtext'));
  await column(knex, 'faults', (t) => t.text('faults', 'mediumtext'));
  await column(knex, 'tries', (t) => t.integer('tries').notNullable().defaultTo(0));
  await column(knex, 'tried', (t) => t.bigInteger('tried'));
  await table(knex, 'job', 'runner', (t, big) => {
    t.string('name', 64).primary();
    t.string('schedule', 255).notNullable();
    big('due');
    t.string('runner', 64);
    big('alive');
    big('started');
    big('ended');
    t.string('outcome', 8);
    t.text('report', 'mediumtext');
    big('took');
    big('succeeded');
    big('runs').notNullable().defaultTo(0);
    big('failures').notNullable().defaultTo(0);
  });
}

export async function down() {
  throw new Error('rejects would lose what they need to be tried again: restore a backup made before the upgrade');
}
