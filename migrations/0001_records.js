// Records, the change sequence, sources with their cursors and counts, rejects, companies, tokens.
// Ids and places come from `place`, allotted under its row lock and held to the commit: commit order is id order.
import { ConfigError } from '../src/errors.ts';

/** SQLite's rowid wants the very word `integer`; MariaDB's needs 64 bits. */
const big = (knex) => (knex.client.config.client === 'mysql2' ? 'bigint' : 'integer');

/** A column that only our table of that name has: MariaDB commits each CREATE, so a killed migration leaves some behind. */
const marks = {
  meta: 'value',
  place: 'last',
  system: 'name',
  company: 'handle_key',
  source: 'batch',
  cdr: 'time_origin',
  change: 'was',
  reject: 'content',
  token: 'hash',
};

const firstPlaces = ['system', 'company', 'source', 'cdr', 'change', 'reject', 'token'];

/** A row that a killed migration cannot have left: it makes all tables empty, but `place` with places that nobody has taken. */
const strangeRow = (knex, name) =>
  name === 'place' ? knex(name).whereNot('last', 0).orWhereNotIn('name', firstPlaces).first() : knex(name).first();

const table = async (knex, name, build) => {
  if (await knex.schema.hasTable(name)) {
    const isOurs = await knex.schema.hasColumn(name, marks[name]);
    if (!isOurs || (await strangeRow(knex, name)) !== undefined) {
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

export async function up(knex) {
  await table(knex, 'meta', (t) => {
    t.string('name', 64).primary();
    t.string('value', 255).notNullable();
  });
  await table(knex, 'place', (t, big) => {
    t.string('name', 64).primary();
    big('last').notNullable();
  });
  await table(knex, 'system', (t, big) => {
    big('id').primary();
    t.string('name', 64).notNullable().unique();
  });
  await table(knex, 'company', (t, big) => {
    big('id').primary();
    t.string('handle', 255).notNullable();
    t.string('handle_key', 255).notNullable().unique();
    t.string('name', 255);
  });
  await table(knex, 'source', (t, big) => {
    big('id').primary();
    t.string('name', 128).notNullable().unique();
    t.text('cursor');
    t.string('batch', 64);
    for (const count of ['received', 'stored', 'duplicate', 'rejected', 'expired', 'lost']) {
      big(count).notNullable().defaultTo(0);
    }
    big('last_record');
  });
  await table(knex, 'cdr', (t, big) => {
    big('id').primary();
    big('system_id').notNullable();
    t.string('uniqueid', 150).notNullable();
    big('sequence');
    t.string('linkedid', 150);
    big('start').notNullable();
    big('answer');
    big('end');
    t.string('time_origin', 8).notNullable();
    big('duration').notNullable();
    big('billsec').notNullable();
    t.string('disposition', 16).notNullable();
    t.integer('amaflags');
    for (const long of ['clid', 'lastdata', 'userfield']) t.text(long);
    for (const short of ['src', 'dst', 'dcontext', 'channel', 'dstchannel', 'lastapp', 'accountcode', 'peeraccount']) {
      t.string(short, 255);
    }
    t.text('custom', 'mediumtext').notNullable();
    t.text('properties', 'mediumtext').notNullable();
    big('company_id');
    big('target_id');
    t.string('extension', 255);
    t.string('peer_extension', 255);
    t.text('sources').notNullable();
    big('created').notNullable();
    big('updated').notNullable();
    t.index(['system_id', 'uniqueid'], 'cdr_identity');
    t.index(['start'], 'cdr_start');
    t.index(['linkedid'], 'cdr_linkedid');
    t.index(['company_id', 'start'], 'cdr_company');
    t.index(['target_id', 'start'], 'cdr_target');
    t.index(['extension', 'start'], 'cdr_extension');
    t.index(['peer_extension', 'start'], 'cdr_peer_extension');
  });
  await table(knex, 'change', (t, big) => {
    big('seq').primary();
    big('cdr_id').notNullable();
    t.string('op', 8).notNullable();
    big('at').notNullable();
    t.text('was', 'mediumtext');
  });
  await table(knex, 'reject', (t, big) => {
    big('id').primary();
    big('source_id').notNullable();
    t.string('content', 64).notNullable();
    t.text('raw', 'mediumtext').notNullable();
    t.text('reason', 'mediumtext').notNullable();
    big('count').notNullable();
    big('first').notNullable();
    big('last').notNullable();
    t.unique(['source_id', 'content']);
  });
  await table(knex, 'token', (t, big) => {
    big('id').primary();
    t.string('name', 128).notNullable();
    t.string('hash', 64).notNullable().unique();
    t.string('scope', 8).notNullable();
    t.text('companies');
    big('created').notNullable();
    big('revoked');
  });
  await knex('place').insert(firstPlaces.map((name) => ({ name, last: 0 })));
}

export async function down() {
  throw new Error('0001 is the first schema: there is nothing to go back to');
}
