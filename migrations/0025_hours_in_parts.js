// Counts of calls by hours of a month's days, with parts of hours for zones that are a half or three quarters of an hour off (`clock`,
// `clockhalf`, `clockquarter`, `weekquarter` in src/cdr/tiers.ts), in place of months, half hours of a month's days and hours from half
// past. The first digit of a kind is the set (companies, extensions, trunks), the last one the tier; 1 are the quarters, 7 were half hours.
import { isMysql } from './table.js';

const sums = ['calls', 'records', 'talk', 'ring', 'rung'].map((name) => `\`${name}\``);
/** A remainder that is not below 0, also before 1970. */
const rest = (sum, of) => `((${sum}) % ${of} + ${of}) % ${of}`;

/** One transaction on both databases: nothing here makes or alters a table. */
export async function up(knex) {
  await knex('rollup').whereIn('kind', [14, 24, 34, 15, 10, 20, 30, 25, 35, 19]).delete();
  for (const set of [10, 20, 30]) {
    const former = 200 + set;
    await knex('rollup')
      .where({ kind: set + 7 })
      .update({ kind: former });
    const hour = [`\`bucket\` - ${rest('`bucket`', 2)}`, 2];
    await put(knex, set + 4, hour, { kind: former });
    await put(knex, set + 7, hour, { kind: former, where: '`bucket` % 2 <> 0' });
    await knex('rollup').where({ kind: former }).delete();
    const viewers = await knex('rollup')
      .where({ kind: set + 1 })
      .distinct('viewer')
      .pluck('viewer');
    for (const viewer of viewers) await fill(knex, set, viewer);
  }
}

/** Month by month: what is sorted at once stays small. */
async function fill(knex, set, viewer) {
  const quarters = { kind: set + 1, viewer };
  const { first, last } = await knex('rollup').where(quarters).min({ first: 'bucket' }).max({ last: 'bucket' }).first();
  for (let month = monthOf(Number(first)); month <= monthOf(Number(last)); month++) {
    const within = `\`viewer\` = ${Number(viewer)} AND \`bucket\` >= ${beginOf(month)} AND \`bucket\` < ${beginOf(month + 1)}`;
    const firsts = { kind: set + 1, where: `${within} AND \`bucket\` % 4 = 0` };
    await put(knex, set, [rest('`bucket`', 96), 4, month * 24], firsts);
    await put(knex, set + 5, [rest('`bucket`', 672), 4, month * 168], firsts);
    if (set === 10) await put(knex, 19, [rest('`bucket` + 2', 672), 4, month * 168], { kind: 11, where: within });
  }
}

/** Cells of `kind`, at a number of theirs over another one and some more. */
function put(knex, kind, [number, over, more = 0], from) {
  const place = `${more} + (${number}) ${isMysql(knex) ? 'DIV' : '/'} ${over}`;
  return knex.raw(
    `INSERT INTO \`rollup\` (\`kind\`, \`viewer\`, \`bucket\`, \`name\`, \`direction\`, \`outcome\`, ${sums.join(', ')}) ` +
      `SELECT ${kind}, \`viewer\`, ${place} AS \`place\`, \`name\`, \`direction\`, \`outcome\`, ` +
      `${sums.map((name) => `SUM(${name})`).join(', ')} FROM \`rollup\` WHERE \`kind\` = ${from.kind} ` +
      `AND ${from.where ?? '1 = 1'} GROUP BY \`viewer\`, \`place\`, \`name\`, \`direction\`, \`outcome\``,
  );
}

/** Months since the beginning of our era, as the program numbers them. */
function monthOf(quarter) {
  const date = new Date(quarter * 900_000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The quarter with which a month begins. */
const beginOf = (month) => Date.UTC(Math.floor(month / 12), month % 12) / 900_000;

export async function down() {
  throw new Error('counts by months would be lost: restore a backup made before the upgrade');
}
