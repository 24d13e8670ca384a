// Webhooks: how far each has come in the change sequence, and what was sent, waits, or could not be delivered (src/store/webhooks.ts).
import { isMysql, places, table } from './table.js';

export async function up(knex) {
  await table(knex, 'webhook', 'generation', (t, big) => {
    t.string('name', 64).primary();
    // Of the store that the place is of: after a restore it is another.
    t.string('generation', 64).notNullable();
    big('place').notNullable();
    big('created').notNullable();
    // Who sends for it now, and its last sign of life.
    t.string('runner', 36);
    big('alive');
    // Since when nothing gets through, and why.
    big('failing');
    t.string('fault', 255);
    big('delivered');
  });
  await table(knex, 'delivery', 'message', (t, big) => {
    big('id').primary();
    t.string('webhook', 64).notNullable();
    // The webhook-id that receivers know it by, the same at every try.
    t.string('message', 64).notNullable();
    // Which changes, not what they say: records are read when it is sent, so nothing here outlives them.
    t.specificType('items', isMysql(knex) ? 'mediumtext' : 'text').notNullable();
    t.string('state', 16).notNullable();
    big('created').notNullable();
    big('due');
    // Of the tries since it was made, or asked for again.
    big('tries').notNullable();
    big('first');
    big('last');
    big('took');
    big('status');
    t.string('detail', 255);
    t.index(['webhook', 'state', 'id'], 'delivery_of');
  });
  await places(knex, ['delivery']);
}

export async function down(knex) {
  await knex.schema.dropTable('delivery');
  await knex.schema.dropTable('webhook');
  await knex('place').where({ name: 'delivery' }).delete();
}
