// What people write beside records: notes, tags, corrections, hiding, and the history of it; direction and words of each record.
// Records stored before have neither direction nor words until they are seen again.
import { ConfigError } from '../src/errors.ts';

/** SQLite's rowid wants the very word `integer`; MariaDB's needs 64 bits. */
const big = (knex) => (knex.client.config.client === 'mysql2' ? 'bigint' : 'integer');

/** MariaDB commits each CREATE, so a killed migration leaves empty tables behind. */
const table = async (knex, name, build) => {
  if (await knex.schema.hasTable(name)) {
    if ((await knex(name).first()) !== undefined) {
      throw new ConfigError(
        `store.url: the database has a table ${name} that is not cdrd's: give cdrd a database of its own`,
      );
    }
    await knex.schema.dropTable(name);
  }
  await knex.schema.createTable(name, (t) => {
    if (knex.client.config.client === 'mysql2') {
      t.engine('InnoDB');
      t.charset('utf8mb4');
      t.collate('utf8mb4_bin');
    }
    build(t, (column) => t.specificType(column, big(knex)));
  });
};

const column = async (knex, name, build) => {
  if (!(await knex.schema.hasColumn('cdr', name))) await knex.schema.alterTable('cdr', build);
};

export async function up(knex) {
  await column(knex, 'direction', (t) => t.string('direction', 8));
  await column(knex, 'words', (t) => t.text('words', 'mediumtext'));
  await column(knex, 'hidden', (t) => t.integer('hidden').notNullable().defaultTo(0));
  await column(knex, 'edited', (t) => t.integer('edited').notNullable().defaultTo(0));
  await table(knex, 'overlay', (t, big) => {
    big('cdr_id').primary();
    t.text('note', 'mediumtext');
    t.text('corrected', 'mediumtext').notNullable();
    t.text('derived', 'mediumtext').notNullable();
  });
  await table(knex, 'tag', (t, big) => {
    big('id').primary();
    t.string('name', 255).notNullable();
    t.string('name_key', 255).notNullable().unique();
  });
  await table(knex, 'cdr_tag', (t, big) => {
    big('cdr_id').notNullable();
    big('tag_id').notNullable();
    t.primary(['cdr_id', 'tag_id']);
    t.index(['tag_id', 'cdr_id'], 'cdr_tag_tag');
  });
  await table(knex, 'edit', (t, big) => {
    big('id').primary();
    big('cdr_id').notNullable();
    big('at').notNullable();
    t.string('by', 255).notNullable();
    t.text('changes', 'mediumtext').notNullable();
    t.index(['cdr_id', 'id'], 'edit_cdr');
  });
  for (const name of ['tag', 'edit']) {
    if (!(await knex('place').where({ name }).first())) await knex('place').insert({ name, last: 0 });
  }
}

export async function down() {
  throw new Error('what people wrote beside records would be lost: restore a backup made before the upgrade');
}
