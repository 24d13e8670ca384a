// Rates as people keep them; what a record costs by them is cdr/price.ts.
import type { Micros } from '../cdr/cdr.ts';
import type { Rate } from '../cdr/price.ts';
import { companyKey, type Within } from '../cdr/query.ts';
import { companiesWithin } from '../cdr/wall.ts';
import { ClientError } from '../errors.ts';
import { writeAudit, type By } from './audit.ts';
import { allot } from './names.ts';
import type { Database, Sql, Value } from './sql.ts';

export type StoredRate = Rate & { created: Micros; updated: Micros };
export type NewRate = Omit<Rate, 'id'>;

/** Most of them: all are in memory while a list is priced. */
export const ratesMax = 100_000;

export interface RateBook {
  /** By id; of a bound reader those of its companies and those for all. */
  rates(within: Within): Promise<StoredRate[]>;
  /** @throws ClientError 400 for a company nobody knows, 409 for a prefix that has a rate, or when there are too many */
  addRate(rate: NewRate, by: By, now: Micros): Promise<StoredRate>;
  /** Undefined when there is none. @throws ClientError as addRate */
  changeRate(id: number, rate: NewRate, by: By, now: Micros): Promise<StoredRate | undefined>;
  removeRate(id: number, by: By, now: Micros): Promise<boolean>;
}

export function ratesOn(database: Database): RateBook {
  return {
    rates: (within) => database.read((sql) => ratesWithin(sql, within)),
    addRate: (rate, by, now) => database.write((sql) => addRate(sql, rate, by, now)),
    changeRate: (id, rate, by, now) => database.write((sql) => changeRate(sql, id, rate, by, now)),
    removeRate: (id, by, now) => database.write((sql) => removeRate(sql, id, by, now)),
  };
}

const select =
  'SELECT `rate`.`id`, `handle` AS `company`, `prefix`, `destination`, `price`, `increment`, `active`, ' +
  '`rate`.`created`, `rate`.`updated` FROM `rate` LEFT JOIN `company` ON `company`.`id` = `company_id`';

async function ratesWithin(sql: Sql, within: Within): Promise<StoredRate[]> {
  const handles = companiesWithin(within);
  const keys: Value[] = (handles ?? []).map(companyKey);
  const own = keys.length > 0 ? ` OR \`handle_key\` IN (${keys.map(() => '?').join(', ')})` : '';
  const wall = handles === null ? '' : ` WHERE \`company_id\` = 0${own}`;
  return read(sql, `${select}${wall} ORDER BY \`rate\`.\`id\` LIMIT ?`, [...keys, ratesMax]);
}

async function rateOf(sql: Sql, id: number): Promise<StoredRate | undefined> {
  return (await read(sql, `${select} WHERE \`rate\`.\`id\` = ?`, [id]))[0];
}

async function read(sql: Sql, text: string, values: Value[]): Promise<StoredRate[]> {
  const rows = await sql.all<Omit<StoredRate, 'active'> & { active: number }>(text, values);
  return rows.map((row) => ({ ...row, active: row.active !== 0 }));
}

async function addRate(sql: Sql, rate: NewRate, by: By, now: Micros): Promise<StoredRate> {
  // A company must not be removed meanwhile.
  await allot(sql, 'cdr', 0);
  const id = await allot(sql, 'rate', 1);
  const [{ count } = { count: 0 }] = await sql.all<{ count: number }>('SELECT COUNT(*) AS `count` FROM `rate`');
  if (count >= ratesMax) throw new ClientError(409, `there are ${ratesMax} rates already, and no more can be kept`);
  const values = await cellsOf(sql, rate, id);
  await sql.run(
    'INSERT INTO `rate` (`id`, `company_id`, `prefix`, `destination`, `price`, `increment`, `active`, `created`, `updated`) ' +
      'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    [id, ...values, now, now],
  );
  await writeAudit(sql, { at: now, by, action: 'rate.added', object: `rate ${rate.prefix}`, detail: { id } });
  return (await rateOf(sql, id))!;
}

async function changeRate(sql: Sql, id: number, rate: NewRate, by: By, now: Micros): Promise<StoredRate | undefined> {
  await allot(sql, 'cdr', 0);
  if (!(await rateOf(sql, id))) return undefined;
  const values = await cellsOf(sql, rate, id);
  await sql.run(
    'UPDATE `rate` SET `company_id` = ?, `prefix` = ?, `destination` = ?, `price` = ?, `increment` = ?, `active` = ?, ' +
      '`updated` = ? WHERE `id` = ?',
    [...values, now, id],
  );
  await writeAudit(sql, { at: now, by, action: 'rate.changed', object: `rate ${rate.prefix}`, detail: { id } });
  return rateOf(sql, id);
}

async function removeRate(sql: Sql, id: number, by: By, now: Micros): Promise<boolean> {
  const rate = await rateOf(sql, id);
  if (!rate || (await sql.run('DELETE FROM `rate` WHERE `id` = ?', [id])) === 0) return false;
  await writeAudit(sql, { at: now, by, action: 'rate.removed', object: `rate ${rate.prefix}`, detail: { id } });
  return true;
}

/** @throws ClientError 400 or 409 */
async function cellsOf(
  sql: Sql,
  { company, prefix, destination, price, increment, active }: NewRate,
  id: number,
): Promise<Value[]> {
  const [row] =
    company === null
      ? [{ id: 0 }]
      : await sql.all<{ id: number }>('SELECT `id` FROM `company` WHERE `handle_key` = ?', [companyKey(company)]);
  if (!row) throw fault(400, 'company', `there is no company ${company}`);
  const [twin] = await sql.all<{ id: number }>(
    'SELECT `id` FROM `rate` WHERE `company_id` = ? AND `prefix` = ? AND `id` <> ?',
    [row.id, prefix, id],
  );
  if (twin) throw fault(409, 'prefix', `there is a rate for ${prefix} already, it has the id ${twin.id}`);
  return [row.id, prefix, destination, price, increment, active ? 1 : 0];
}

function fault(status: number, field: string, message: string): ClientError {
  return new ClientError(status, `${field}: ${message}`, [{ field, message }]);
}
