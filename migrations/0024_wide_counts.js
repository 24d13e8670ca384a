// Counts of calls by days from noon, by half hours of a month's days and by hours of a month's weeks (`noon`, `clock`, `week` and
// `weekhalf` in src/cdr/tiers.ts), made of those by quarters: zones away from UTC read a fraction of what they did. The first digit of a
// kind is the set (companies, extensions, trunks; no `weekhalf` of companies), the last one the tier; 1 are the quarters.
import { isMysql } from './table.js';

const tiers = { noon: 6, clock: 7, week: 8, weekhalf: 9 };
const made = [16, 17, 18, 26, 27, 28, 29, 36, 37, 38, 39];
const sums = ['calls', 'records', 'talk', 'ring', 'rung'].map((name) => `\`${name}\``);

export async function up(knex) {
  await knex('rollup').whereIn('kind', made).delete();
  for (const set of [1, 2, 3]) {
    const viewers = await knex('rollup')
      .where({ kind: set * 10 + 1 })
      .distinct('viewer')
      .pluck('viewer');
    for (const viewer of viewers) await fill(knex, set, viewer);
  }
}

/** Month by month: what is sorted at once stays small. */
async function fill(knex, set, viewer) {
  const quarters = set * 10 + 1;
  const { first, last } = await knex('rollup')
    .where({ kind: quarters, viewer })
    .min({ first: 'bucket' })
    .max({ last: 'bucket' })
    .first();
  const put = (tier, bucket, from, until) =>
    knex.raw(
      `INSERT INTO \`rollup\` (\`kind\`, \`viewer\`, \`bucket\`, \`name\`, \`direction\`, \`outcome\`, ${sums.join(', ')}) ` +
        `SELECT ${set * 10 + tiers[tier]}, ${Number(viewer)}, ${bucket} AS \`place\`, \`name\`, \`direction\`, \`outcome\`, ` +
        `${sums.map((name) => `SUM(${name})`).join(', ')} FROM \`rollup\` ` +
        'WHERE `kind` = ? AND `viewer` = ? AND `bucket` >= ? AND `bucket` < ? GROUP BY `place`, `name`, `direction`, `outcome`',
      [quarters, viewer, from, until],
    );
  const over = isMysql(knex) ? 'DIV' : '/';
  // A remainder that is not below 0, also before 1970.
  const rest = (sum, of) => `((${sum}) % ${of} + ${of}) % ${of}`;
  for (let month = monthOf(Number(first)); month <= monthOf(Number(last) + 48); month++) {
    const [from, until] = [beginOf(month), beginOf(month + 1)];
    await put('clock', `${month * 48} + (${rest('`bucket`', 96)}) ${over} 2`, from, until);
    await put('week', `${month * 168} + (${rest('`bucket`', 672)}) ${over} 4`, from, until);
    const weekhalf = `${month * 168} + (${rest('`bucket` + 2', 672)}) ${over} 4`;
    if (set > 1) await put('weekhalf', weekhalf, from, until);
    await put('noon', `(\`bucket\` + 48 - ${rest('`bucket` + 48', 96)}) ${over} 96`, from - 48, until - 48);
  }
}

/** Months since the beginning of our era, as the program numbers them. */
function monthOf(quarter) {
  const date = new Date(quarter * 900_000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The quarter with which a month begins. */
const beginOf = (month) => Date.UTC(Math.floor(month / 12), month % 12) / 900_000;

export async function down(knex) {
  await knex('rollup').whereIn('kind', made).delete();
}
