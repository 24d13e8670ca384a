// Numbers of others that events of channels told are read where the call tells them, too (src/cdr/incall.ts). Calls from before are
// looked at by and by, the newest first, down from `in_call_below` (src/store/callfill.ts).
export async function up(knex) {
  const [newest] = await knex('call').max({ id: 'id' });
  if (newest.id === null) return;
  await knex('meta').where({ name: 'in_call_below' }).delete();
  await knex('meta').insert({ name: 'in_call_below', value: String(Number(newest.id) + 1) });
}

export async function down(knex) {
  await knex('meta').where({ name: 'in_call_below' }).delete();
}
