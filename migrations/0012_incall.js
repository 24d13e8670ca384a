// What a record is in its call, as JSON (src/cdr/incall.ts); null for the most. Calls from before are looked at by and by, the newest
// first, down from `in_call_below` (src/store/callfill.ts).
export async function up(knex) {
  if (!(await knex.schema.hasColumn('cdr', 'in_call'))) {
    await knex.schema.alterTable('cdr', (t) => t.text('in_call'));
  }
  const [newest] = await knex('call').max({ id: 'id' });
  if (newest.id === null) return;
  await knex('meta').where({ name: 'in_call_below' }).delete();
  await knex('meta').insert({ name: 'in_call_below', value: String(Number(newest.id) + 1) });
}

export async function down(knex) {
  await knex('meta').where({ name: 'in_call_below' }).delete();
  await knex.schema.alterTable('cdr', (t) => t.dropColumn('in_call'));
}
