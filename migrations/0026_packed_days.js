// Days of the statistics that are over, each packed into one row (src/store/packs.ts): what it says of extensions stands in `rollup` too.
// Nothing is packed here: that is the work of a job.
import { isMysql, table } from './table.js';

export async function up(knex) {
  await table(knex, 'rollup_day', 'packed', (t, big) => {
    for (const number of ['day', 'viewer']) big(number).notNullable();
    t.specificType('packed', isMysql(knex) ? 'mediumblob not null' : 'blob not null');
    t.primary(['day', 'viewer']);
  });
}

export async function down(knex) {
  await knex.schema.dropTable('rollup_day');
  await knex('meta').where({ name: 'packed_until' }).delete();
}
