// Tokens that users make for themselves over a vendor's API (src/store/usertokens.ts): their rights are those of the user at every use.
import { places, table } from './table.js';

export async function up(knex) {
  await table(knex, 'user_token', 'name_key', (t, big) => {
    big('id').primary();
    big('user_id').notNullable();
    t.string('name', 128).notNullable();
    t.string('name_key', 128).notNullable();
    t.string('hash', 64).notNullable().unique();
    big('created').notNullable();
    big('expires');
    t.unique(['user_id', 'name_key'], { indexName: 'user_token_name' });
  });
  await places(knex, ['user_token']);
}

export async function down(knex) {
  await knex.schema.dropTable('user_token');
  await knex('place').where({ name: 'user_token' }).delete();
}
