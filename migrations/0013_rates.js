// What calls cost: by the beginning of the dialed number, for one company or for all (src/store/rates.ts).
import { places, table } from './table.js';

export async function up(knex) {
  await table(knex, 'rate', 'price', (t, big) => {
    big('id').primary();
    // 0 is all: NULL would let a prefix be there twice.
    big('company_id').notNullable();
    t.string('prefix', 50).notNullable();
    t.string('destination', 255).notNullable();
    big('price').notNullable();
    big('increment').notNullable();
    t.integer('active').notNullable();
    for (const time of ['created', 'updated']) big(time).notNullable();
    t.unique(['company_id', 'prefix'], { indexName: 'rate_prefix' });
  });
  await places(knex, ['rate']);
}

export async function down() {
  throw new Error('rates would be lost: restore a backup made before the upgrade');
}
