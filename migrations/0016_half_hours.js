// Counts of calls by hours that begin at half past (`half` in src/cdr/tiers.ts), made of those by quarters: zones half an hour off
// read a quarter of what they did. 11 are the quarters of the set `company`, 15 these.
import { isMysql } from './table.js';

export async function up(knex) {
  // The quarter's number and two more, less what lies beyond a full hour: the same before 1970.
  const hour = '(`bucket` + 2 - ((`bucket` + 2) % 4 + 4) % 4)';
  const bucket = isMysql(knex) ? `${hour} DIV 4` : `${hour} / 4`;
  const names = ['calls', 'records', 'talk', 'ring', 'rung'].map((name) => `\`${name}\``);
  await knex('rollup').where({ kind: 15 }).delete();
  await knex.raw(
    `INSERT INTO \`rollup\` (\`kind\`, \`viewer\`, \`bucket\`, \`name\`, \`direction\`, \`outcome\`, ${names.join(', ')}) ` +
      `SELECT 15, \`viewer\`, ${bucket}, \`name\`, \`direction\`, \`outcome\`, ` +
      `${names.map((name) => `SUM(${name})`).join(', ')} FROM \`rollup\` WHERE \`kind\` = 11 ` +
      `GROUP BY \`viewer\`, ${bucket}, \`name\`, \`direction\`, \`outcome\``,
  );
}

export async function down(knex) {
  await knex('rollup').where({ kind: 15 }).delete();
}
