// Legal holds: whose records nobody removes or anonymises, of a company or of a number, until the hold is taken away.
import { digitsOf, mentions, type Person } from '../cdr/anonymise.ts';
import type { Micros } from '../cdr/cdr.ts';
import { companyKey } from '../cdr/query.ts';
import { ClientError } from '../errors.ts';
import { writeAudit, type By } from './audit.ts';
import { spellingsOf } from './companies.ts';
import { allot } from './names.ts';
import type { Database, Sql } from './sql.ts';

export interface Hold {
  id: number;
  /** Handle; null: of a number. */
  company: string | null;
  /** Digits; null: of a company. */
  number: string | null;
  reason: string | null;
  by: string;
  created: Micros;
}

export type NewHold = Pick<Hold, 'company' | 'number' | 'reason'>;

/** Each is looked at for each record that is due. */
export const holdsMax = 1000;

export interface Holds {
  /** All of them, the oldest first. */
  listHolds(): Promise<Hold[]>;
  /** @throws ClientError 400 for a company nobody knows, or what is no number, 409 when it is held already or there are too many */
  addHold(hold: NewHold, by: By, now: Micros): Promise<Hold>;
  /** Resolves to false when there is none. */
  removeHold(id: number, by: By, now: Micros): Promise<boolean>;
}

export function holdsOn(database: Database): Holds {
  return {
    listHolds: () => database.read(listHolds),
    addHold: (hold, by, now) => database.write((sql) => addHold(sql, hold, by, now)),
    removeHold: (id, by, now) => database.write((sql) => removeHold(sql, id, by, now)),
  };
}

export async function listHolds(sql: Sql): Promise<Hold[]> {
  const rows = await sql.all<Hold & { number: string }>(
    'SELECT `hold`.`id`, `handle` AS `company`, `number`, `reason`, `by`, `hold`.`created` FROM `hold` ' +
      'LEFT JOIN `company` ON `company`.`id` = `company_id` ORDER BY `hold`.`id`',
  );
  return rows.map((row) => ({ ...row, number: row.number === '' ? null : row.number }));
}

async function addHold(sql: Sql, { company, number, reason }: NewHold, by: By, now: Micros): Promise<Hold> {
  // The lock of retention: what it takes after us is not held.
  await allot(sql, 'cdr', 0);
  const [handle = null] = company === null ? [] : await spellingsOf(sql, [company]);
  const digits = number === null ? null : demandNumber(number);
  const holds = await listHolds(sql);
  const twin = holds.find((hold) => hold.company === handle && hold.number === digits);
  if (twin) throw new ClientError(409, `${wordOf(twin)} is held already, by hold ${twin.id}`);
  if (holds.length >= holdsMax) throw new ClientError(409, `there are ${holdsMax} holds already, which is the limit`);
  const id = await allot(sql, 'hold', 1);
  const [row] =
    handle === null
      ? [{ id: 0 }]
      : await sql.all<{ id: number }>('SELECT `id` FROM `company` WHERE `handle_key` = ?', [companyKey(handle)]);
  const who = (by.name ?? by.kind).slice(0, 255);
  await sql.run(
    'INSERT INTO `hold` (`id`, `company_id`, `number`, `reason`, `by`, `created`) VALUES (?, ?, ?, ?, ?, ?)',
    [id, row!.id, digits ?? '', reason, who, now],
  );
  const hold: Hold = { id, company: handle, number: digits, reason, by: who, created: now };
  await writeAudit(sql, { at: now, by, action: 'hold.added', object: wordOf(hold), detail: { id, reason } });
  return hold;
}

async function removeHold(sql: Sql, id: number, by: By, now: Micros): Promise<boolean> {
  await allot(sql, 'cdr', 0);
  const hold = (await listHolds(sql)).find((one) => one.id === id);
  if (!hold) return false;
  await sql.run('DELETE FROM `hold` WHERE `id` = ?', [id]);
  const { reason } = hold;
  await writeAudit(sql, { at: now, by, action: 'hold.removed', object: wordOf(hold), detail: { id, reason } });
  return true;
}

function wordOf({ company, number }: Pick<Hold, 'company' | 'number'>): string {
  return company === null ? `number ${number}` : `company ${company}`;
}

/** Shorter ones would stand in too much. */
const numberLeast = 3;

/** The digits of a number. @throws ClientError 400 */
export function demandNumber(number: string): string {
  const digits = digitsOf(number);
  if (digits.length >= numberLeast && /^\+?[\d ()./-]+$/.test(number.trim())) return digits;
  const message = `"${number}" is not a number of at least ${numberLeast} digits`;
  throw new ClientError(400, `number: ${message}`, [{ field: 'number', message }]);
}

export type Held = (call: readonly Person[]) => boolean;

/** Whether a call is held: all of its records are, when one is. */
export async function findHeld(sql: Sql): Promise<{ isHeld: Held; some: boolean }> {
  const holds = await listHolds(sql);
  const companies = new Set(holds.flatMap(({ company }) => (company === null ? [] : companyKey(company))));
  const numbers = new Set(holds.flatMap(({ number }) => number ?? []));
  const ofCompany = (handle: string | null) => handle !== null && companies.has(companyKey(handle));
  const isHeld: Held = (call) =>
    call.some((person) => {
      const { company, target } = person.cdr;
      return ofCompany(company) || ofCompany(target) || (numbers.size > 0 && mentions(person, numbers));
    });
  return { isHeld, some: holds.length > 0 };
}
