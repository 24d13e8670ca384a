// A number taken out of what was made of records: reports that lie ready, tags that nobody has any more, and what the audit says was
// asked. It comes after the records (erasenumbers.ts), so nothing that is made meanwhile has it again. Names that people gave to things
// are told, and theirs to change.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { numbersIn } from '../cdr/anonymise.ts';
import type { Micros } from '../cdr/cdr.ts';
import { listedNumbers } from './erase.ts';
import type { EraseSlice } from './erasenumbers.ts';
import { overwriting } from './forget.ts';
import { listHolds } from './holds.ts';
import { allot } from './names.ts';
import { chunks, placeholders, type Database, type Sql, type Value } from './sql.ts';

/** Parts of reports that one slice looks through, and that go in one transaction: some megabytes. A report is looked through whole. */
const sliceParts = 100;
/** Names that are told. */
const namedMax = 100;

/** `after`: only reports with a higher id; tags, the audit and the names are looked at with the first slice. */
export type CopiesSlice = Omit<EraseSlice, 'by'>;

export interface CopiesDone {
  /** Reports in whose text it stands: they expire. */
  reports: number;
  /** Reports that have it in their order only, and entries of the audit: there it becomes zeros. */
  masked: number;
  /** Tags with it that no record has any more: they go. */
  tags: number;
  /** `extension 101`: things with it in their name, at most a hundred. It stays there. */
  named: string[];
  after: number;
  more: boolean;
}

export async function copiesSlice(database: Database, slice: CopiesSlice): Promise<CopiesDone> {
  const { after, isDryRun, now } = slice;
  const numbers = await database.read((sql) => outside(sql, slice.numbers));
  const done: CopiesDone = { reports: 0, masked: 0, tags: 0, named: [], after, more: false };
  if (numbers.size === 0) return done;
  if (after === 0) {
    done.named = await database.read((sql) => namesWith(sql, numbers));
    const tags = await database.read((sql) => unusedTags(sql, numbers));
    done.tags = tags.length;
    if (!isDryRun && tags.length > 0) await dropTags(database, tags);
    const masked = await database.read((sql) => auditWith(sql, numbers));
    done.masked = masked.length;
    if (!isDryRun && masked.length > 0) {
      await database.write(async (sql) => {
        await overwriting(sql);
        // Digits that become zeros are all that the trigger on the audit lets pass.
        await sql.each('UPDATE `audit` SET `object` = ?, `detail` = ? WHERE `id` = ?', masked);
      });
    }
  }
  for (let parts = 0; parts < sliceParts;) {
    const report = await database.read((sql) => nextReport(sql, done.after));
    if (!report) return done;
    done.after = report.id;
    parts += 1 + (await reportDone(database, report, { numbers, isDryRun, now, done }));
  }
  return { ...done, more: true };
}

/** Listed DIDs are the company's own; of a number that is held all stays. */
async function outside(sql: Sql, numbers: readonly string[]): Promise<ReadonlySet<string>> {
  const ours = await listedNumbers(sql);
  const held = new Set((await listHolds(sql)).flatMap(({ number }) => number ?? []));
  return new Set(numbers.filter((number) => !ours.has(number) && !held.has(number)));
}

interface Report {
  id: number;
  state: string;
  asked: string;
  parts: number;
  runner: string | null;
}

async function nextReport(sql: Sql, after: number): Promise<Report | undefined> {
  const columns = '`id`, `state`, `asked`, `parts`, `runner`';
  return (
    await sql.all<Report>(`SELECT ${columns} FROM \`report\` WHERE \`id\` > ? ORDER BY \`id\` LIMIT 1`, [after])
  )[0];
}

interface Work {
  numbers: ReadonlySet<string>;
  isDryRun: boolean;
  now: Micros;
  done: CopiesDone;
}

/** Resolves to how many parts were looked through. */
async function reportDone(database: Database, report: Report, { numbers, isDryRun, now, done }: Work): Promise<number> {
  const { id, state } = report;
  const asked = maskedJson(report.asked, numbers);
  const isAsked = asked !== report.asked;
  const looked = state === 'complete' ? await textWith(database, id, numbers) : { parts: 0, isFound: false };
  const isPending = state === 'pending';
  // What it asks for is nobody's number any more: it would be made of other records.
  const isOver = looked.isFound || (isPending && isAsked);
  if (isOver) done.reports += 1;
  else if (isAsked) done.masked += 1;
  if (isDryRun) return looked.parts;
  if (isAsked) await set(database, report, '`asked` = ?', [asked]);
  if (isOver) await set(database, report, "`state` = 'expired', `updated` = ?, `runner` = NULL", [now]);
  else if (isPending && (report.parts > 0 || report.runner !== null)) await set(database, report, afresh, []);
  if (isOver || !(state === 'complete' || isPending)) while (await dropParts(database, id));
  return looked.parts;
}

const afresh = '`runner` = NULL, `alive` = NULL, `records` = 0, `bytes` = 0, `parts` = 0, `share` = 0, `place` = NULL';

function set(database: Database, { id, state }: Report, what: string, values: Value[]): Promise<void> {
  return database.write(async (sql) => {
    await overwriting(sql);
    const text = `UPDATE \`report\` SET ${what} WHERE \`id\` = ? AND \`state\` = ?`;
    const isThere = (await sql.run(text, [...values, id, state])) > 0;
    // Whoever makes it anew begins at once.
    if (isThere && what === afresh) await sql.run('DELETE FROM `report_part` WHERE `report_id` = ?', [id]);
  });
}

async function textWith(database: Database, id: number, numbers: ReadonlySet<string>) {
  for (let parts = 0; ; parts++) {
    const text = 'SELECT `body` FROM `report_part` WHERE `report_id` = ? AND `no` = ?';
    const [part] = await database.read((sql) => sql.all<{ body: Buffer }>(text, [id, parts]));
    if (!part) return { parts, isFound: false };
    const body = (await promisify(gunzip)(part.body)).toString();
    if (numbersIn(body).some((number) => numbers.has(number))) return { parts: parts + 1, isFound: true };
  }
}

/** False when there are no more. */
function dropParts(database: Database, id: number): Promise<boolean> {
  return database.write(async (sql) => {
    await overwriting(sql);
    const text = 'SELECT `no` FROM `report_part` WHERE `report_id` = ? LIMIT ?';
    const parts = await sql.all<{ no: number }>(text, [id, sliceParts]);
    await sql.each(
      'DELETE FROM `report_part` WHERE `report_id` = ? AND `no` = ?',
      parts.map(({ no }) => [id, no]),
    );
    return parts.length === sliceParts;
  });
}

/** What the texts of a JSON say, the number being zeros; the very same text where it stands in none of them. */
function maskedJson(json: string, numbers: ReadonlySet<string>): string {
  let isFound = false;
  const over = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const masked = maskedText(value, numbers);
      isFound ||= masked !== value;
      return masked;
    }
    if (Array.isArray(value)) return value.map(over);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, over(one)]));
  };
  const masked = over(JSON.parse(json));
  return isFound ? JSON.stringify(masked) : json;
}

function maskedText(text: string, numbers: ReadonlySet<string>): string {
  return text.replace(/\d+/g, (digits) => (numbers.has(digits) ? '0'.repeat(digits.length) : digits));
}

const isUnused = 'NOT EXISTS (SELECT 1 FROM `cdr_tag` WHERE `tag_id` = `tag`.`id`)';

/** Ids of tags with it that were taken from the last record that had them. */
async function unusedTags(sql: Sql, numbers: ReadonlySet<string>): Promise<number[]> {
  const ids = new Set<number>();
  for (const number of numbers) {
    const text = `SELECT \`id\`, \`name\` FROM \`tag\` WHERE \`name\` LIKE ? AND ${isUnused}`;
    const rows = await sql.all<{ id: number; name: string }>(text, [`%${number}%`]);
    for (const { id, name } of rows) if (numbersIn(name).some((word) => word === number)) ids.add(id);
  }
  return [...ids];
}

function dropTags(database: Database, ids: readonly number[]): Promise<void> {
  return database.write(async (sql) => {
    // The lock under which records are edited: a tag that one has by now stays.
    await allot(sql, 'cdr', 0);
    await overwriting(sql);
    for (const some of chunks(ids))
      await sql.run(`DELETE FROM \`tag\` WHERE \`id\` IN ${placeholders(1, some.length)} AND ${isUnused}`, some);
  });
}

/** Entries of the audit in which it stands, as they are then. */
async function auditWith(sql: Sql, numbers: ReadonlySet<string>): Promise<Value[][]> {
  const found = new Map<number, Value[]>();
  for (const number of numbers) {
    const rows = await sql.all<{ id: number; object: string | null; detail: string | null }>(
      'SELECT `id`, `object`, `detail` FROM `audit` WHERE `object` LIKE ? OR `detail` LIKE ?',
      [`%${number}%`, `%${number}%`],
    );
    for (const { id, object, detail } of rows) {
      const masked = [object && maskedText(object, numbers), detail && maskedJson(detail, numbers)];
      if (masked[0] !== object || masked[1] !== detail) found.set(id, [...masked, id]);
    }
  }
  return [...found.values()];
}

const namedTables = { company: 'handle', extension: 'number', did: 'number', trunk: 'peer', endpoint: 'peer' } as const;

async function namesWith(sql: Sql, numbers: ReadonlySet<string>): Promise<string[]> {
  const named: string[] = [];
  for (const [table, key] of Object.entries(namedTables)) {
    const things = await sql.all<{ key: string; name: string }>(
      `SELECT \`${key}\` AS \`key\`, \`name\` FROM \`${table}\` WHERE \`name\` IS NOT NULL ORDER BY \`id\``,
    );
    named.push(
      ...things.filter(({ name }) => maskedText(name, numbers) !== name).map(({ key: word }) => `${table} ${word}`),
    );
  }
  return named.slice(0, namedMax);
}
