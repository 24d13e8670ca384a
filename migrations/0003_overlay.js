// What people write beside records: notes, tags, corrections, hiding, and the history of it; direction and words of each record.
// Records stored before have neither direction nor words until they are seen again.
import { places, table } from './table.js';

const column = async (knex, name, build) => {
  if (!(await knex.schema.hasColumn('cdr', name))) await knex.schema.alterTable('cdr', build);
};

export async function up(knex) {
  await column(knex, 'direction', (t) => t.string('direction', 8));
  await column(knex, 'words', (t) => t.text('words', 'mediumtext'));
  await column(knex, 'hidden', (t) => t.integer('hidden').notNullable().defaultTo(0));
  await column(knex, 'edited', (t) => t.integer('edited').notNullable().defaultTo(0));
  await table(knex, 'overlay', 'derived', (t, big) => {
    big('cdr_id').primary();
    t.text('note', 'mediumtext');
    t.text('corrected', 'mediumtext').notNullable();
    t.text('derived', 'mediumtext').notNullable();
  });
  await table(knex, 'tag', 'name_key', (t, big) => {
    big('id').primary();
    t.string('name', 255).notNullable();
    t.string('name_key', 255).notNullable().unique();
  });
  await table(knex, 'cdr_tag', 'tag_id', (t, big) => {
    big('cdr_id').notNullable();
    big('tag_id').notNullable();
    t.primary(['cdr_id', 'tag_id']);
    t.index(['tag_id', 'cdr_id'], 'cdr_tag_tag');
  });
  await table(knex, 'edit', 'changes', (t, big) => {
    big('id').primary();
    big('cdr_id').notNullable();
    big('at').notNullable();
    t.string('by', 255).notNullable();
    t.text('changes', 'mediumtext').notNullable();
    t.index(['cdr_id', 'id'], 'edit_cdr');
  });
  await places(knex, ['tag', 'edit']);
}

export async function down() {
  throw new Error('what people wrote beside records would be lost: restore a backup made before the upgrade');
}
