// Calls that a webhook is told of when they have come to rest (src/store/waiting.ts), and since when.
import { table } from './table.js';

export async function up(knex) {
  await table(knex, 'waiting_call', 'had', (t, big) => {
    t.string('webhook', 64).notNullable();
    big('call_id').notNullable();
    // The place of its last change.
    big('seq').notNullable();
    // Whether the receiver knew of it before the first of these changes.
    big('had').notNullable();
    // Not to be told before.
    big('due').notNullable();
    t.primary(['webhook', 'call_id']);
    t.index(['webhook', 'due'], 'waiting_call_due');
  });
}

export async function down(knex) {
  await knex.schema.dropTable('waiting_call');
}
