// Reports that a client orders and fetches later: what was asked, how far it is, and its text in parts. Text and place commit together,
// so a report that was cut anywhere goes on where its text ends. What a report looks like is no matter of the store.
//
//     pending ──claimed by a runner, part after part──▶ complete ──▶ expired
//        │  ▲ └ no sign of life of the runner: another claims it      │
//        │  └ released                                                │
//        └──▶ failed            any of them ──▶ removed ◀─────────────┘   (parts and rows go in slices, `sweepReports`)
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Micros } from '../cdr/cdr.ts';
import type { Place, Within } from '../cdr/query.ts';
import { ClientError } from '../errors.ts';
import { writeAudit, type By } from './audit.ts';
import { allot } from './names.ts';
import type { Database, Sql, Value } from './sql.ts';

export type ReportState = 'pending' | 'complete' | 'failed' | 'expired';

export interface Report {
  id: number;
  /** A UUID, its name outside. */
  name: string;
  /** 128 random bits: whoever knows them may read its text. */
  link: string;
  /** The wall of who ordered it. */
  within: Within;
  makerKind: By['kind'];
  makerId: number;
  /** As the one who ordered it put it. */
  asked: unknown;
  state: ReportState;
  created: Micros;
  updated: Micros;
  /** So far: lines beside the header, and bytes of the whole text. */
  records: number;
  bytes: number;
  parts: number;
  /** How much of it is done, in percent. */
  share: number;
  /** After which record it goes on. */
  place: Place | null;
}

export type NewReport = Pick<Report, 'within' | 'makerKind' | 'makerId' | 'asked'>;

export interface ReportPart {
  /** Some of its text, gzipped (RFC 1952); null: nothing was found on this stretch. */
  body: Buffer | null;
  records: number;
  bytes: number;
  share: number;
  place: Place | null;
}

/** Most that wait or are being made at once, of one account. */
export const pendingMax = 100;

/** Whoever is behind the same wall is of one account; who is behind none sees all of them. */
export interface Reports {
  /** @throws ClientError 429 when the account has `most` reports, or too many that are not made yet */
  addReport(report: NewReport, most: number, by: By, now: Micros): Promise<Report>;
  report(name: string, within: Within): Promise<Report | undefined>;
  reportByLink(link: string): Promise<Report | undefined>;
  /** Newest first. */
  reports(within: Within, offset: number, limit: number): Promise<Report[]>;
  countReports(within: Within): Promise<number>;
  removeReport(id: number, by: By, now: Micros): Promise<boolean>;
  /** The oldest that nobody else makes; a runner without a sign of life since `deadBefore` makes nothing. */
  claimReport(runner: string, now: Micros, deadBefore: Micros): Promise<Report | undefined>;
  /** A sign of life; false when the report is not this runner's any more. */
  keepReportAlive(id: number, runner: string, now: Micros): Promise<boolean>;
  /** False, and nothing is written, when the report is not this runner's any more. */
  addReportPart(id: number, runner: string, part: ReportPart, now: Micros): Promise<boolean>;
  endReport(id: number, runner: string, state: 'complete' | 'failed', now: Micros): Promise<boolean>;
  /** For the next one to take. */
  releaseReport(id: number, runner: string): Promise<void>;
  /** Counted from 0. */
  reportPart(id: number, no: number): Promise<Buffer | undefined>;
  /** A slice: those from before `expired` lose their text, those from before `gone` go. Resolves to how much was done. */
  sweepReports(limits: { expired: Micros; gone: Micros }, now: Micros): Promise<number>;
}

export function reportsOn(database: Database): Reports {
  return {
    addReport: (report, most, by, now) => database.write((sql) => add(sql, report, most, by, now)),
    report: (name, within) =>
      one(database, ` AND \`name\` = ?${accountWhere(within)}`, [name, ...accountValues(within)]),
    reportByLink: (link) => one(database, ' AND `link` = ?', [link]),
    reports: (within, offset, limit) =>
      database.read(async (sql) => {
        const where = `${isThere}${accountWhere(within)} ORDER BY \`id\` DESC LIMIT ? OFFSET ?`;
        const rows = await sql.all<Row>(`${select} WHERE ${where}`, [...accountValues(within), limit, offset]);
        return rows.map(toReport);
      }),
    countReports: (within) => database.read((sql) => count(sql, accountWhere(within), accountValues(within))),
    removeReport: (id, by, now) => database.write((sql) => remove(sql, id, by, now)),
    claimReport: (runner, now, deadBefore) => database.write((sql) => claim(sql, runner, now, deadBefore)),
    keepReportAlive: (id, runner, now) =>
      database.write(async (sql) => {
        const text = `UPDATE \`report\` SET \`alive\` = ? WHERE ${isOurs}`;
        return (await sql.run(text, [now, id, runner])) > 0;
      }),
    addReportPart: (id, runner, part, now) => database.write((sql) => addPart(sql, id, runner, part, now)),
    endReport: (id, runner, state, now) =>
      database.write(async (sql) => {
        const share = state === 'complete' ? ', `share` = 100' : '';
        const set = `\`state\` = ?, \`updated\` = ?, \`runner\` = NULL, \`alive\` = NULL${share}`;
        return (await sql.run(`UPDATE \`report\` SET ${set} WHERE ${isOurs}`, [state, now, id, runner])) > 0;
      }),
    releaseReport: async (id, runner) => {
      const text = `UPDATE \`report\` SET \`runner\` = NULL, \`alive\` = NULL WHERE ${isOurs}`;
      await database.write((sql) => sql.run(text, [id, runner]));
    },
    reportPart: (id, no) =>
      database.read(async (sql) => {
        const text = 'SELECT `body` FROM `report_part` WHERE `report_id` = ? AND `no` = ?';
        return (await sql.all<{ body: Buffer }>(text, [id, no]))[0]?.body;
      }),
    sweepReports: (limits, now) => database.write((sql) => sweep(sql, limits, now)),
  };
}

type Row = Omit<Report, 'within' | 'asked' | 'place'> & { within: string; asked: string; place: string | null };

const select =
  'SELECT `id`, `name`, `link`, `within`, `maker_kind` AS `makerKind`, `maker_id` AS `makerId`, `asked`, `state`, ' +
  '`created`, `updated`, `records`, `bytes`, `parts`, `share`, `place` FROM `report`';
const isThere = "`state` <> 'removed'";
const isOurs = "`id` = ? AND `runner` = ? AND `state` = 'pending'";

function toReport({ within, asked, place, ...row }: Row): Report {
  return {
    ...row,
    within: JSON.parse(within) as Within,
    asked: JSON.parse(asked) as unknown,
    place: place === null ? null : (JSON.parse(place) as Place),
  };
}

/** The same for the same wall, however its companies are spelt and ordered. */
function accountOf(within: Within): string {
  const sorted = (names: readonly string[] | null) => names?.map((name) => name.toLowerCase()).toSorted() ?? null;
  const wall =
    within === null || !('extensions' in within)
      ? sorted(within)
      : { companies: sorted(within.companies), extensions: within.extensions.toSorted() };
  return createHash('sha256').update(JSON.stringify(wall)).digest('hex');
}

function accountWhere(within: Within): string {
  return within === null ? '' : ' AND `account` = ?';
}

function accountValues(within: Within): Value[] {
  return within === null ? [] : [accountOf(within)];
}

function one(database: Database, where: string, values: Value[]): Promise<Report | undefined> {
  return database.read(async (sql) => {
    const [row] = await sql.all<Row>(`${select} WHERE ${isThere}${where}`, values);
    return row && toReport(row);
  });
}

async function count(sql: Sql, where: string, values: Value[]): Promise<number> {
  const text = `SELECT COUNT(*) AS \`count\` FROM \`report\` WHERE ${isThere}${where}`;
  return (await sql.all<{ count: number }>(text, values))[0]!.count;
}

async function add(sql: Sql, given: NewReport, most: number, by: By, now: Micros): Promise<Report> {
  const id = await allot(sql, 'report', 1);
  const account = accountOf(given.within);
  if ((await count(sql, ' AND `account` = ?', [account])) >= most)
    throw new ClientError(429, `there are ${most} reports already (dialects.telnyx.reports): delete some first`);
  if ((await count(sql, " AND `account` = ? AND `state` = 'pending'", [account])) >= pendingMax)
    throw new ClientError(429, `${pendingMax} reports wait to be made, the most that may: try again later`);
  const { within, makerKind, makerId, asked } = given;
  const [name, link] = [randomUUID(), randomBytes(16).toString('base64url')];
  await sql.run(
    'INSERT INTO `report` (`id`, `name`, `link`, `account`, `within`, `maker_kind`, `maker_id`, `asked`, `state`, ' +
      '`created`, `updated`, `records`, `bytes`, `parts`, `share`) ' +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, 0, 0, 0, 0)",
    [id, name, link, account, JSON.stringify(within), makerKind, makerId, JSON.stringify(asked), now, now],
  );
  await writeAudit(sql, { at: now, by, action: 'report.added', object: `report ${name}` });
  return toReport((await sql.all<Row>(`${select} WHERE \`id\` = ?`, [id]))[0]!);
}

async function remove(sql: Sql, id: number, by: By, now: Micros): Promise<boolean> {
  const [row] = await sql.all<Row>(`${select} WHERE \`id\` = ? AND ${isThere}`, [id]);
  const text = `UPDATE \`report\` SET \`state\` = 'removed', \`updated\` = ?, \`runner\` = NULL WHERE \`id\` = ? AND ${isThere}`;
  if (!row || (await sql.run(text, [now, id])) === 0) return false;
  await writeAudit(sql, { at: now, by, action: 'report.removed', object: `report ${row.name}` });
  return true;
}

async function claim(sql: Sql, runner: string, now: Micros, deadBefore: Micros): Promise<Report | undefined> {
  const isFree = "`state` = 'pending' AND (`runner` IS NULL OR `runner` = ? OR `alive` < ?)";
  const [row] = await sql.all<Row>(`${select} WHERE ${isFree} ORDER BY \`id\` LIMIT 1`, [runner, deadBefore]);
  if (!row) return undefined;
  const claimed = await sql.run(`UPDATE \`report\` SET \`runner\` = ?, \`alive\` = ? WHERE \`id\` = ? AND ${isFree}`, [
    runner,
    now,
    row.id,
    runner,
    deadBefore,
  ]);
  return claimed > 0 ? toReport(row) : undefined;
}

async function addPart(
  sql: Sql,
  id: number,
  runner: string,
  { body, records, bytes, share, place }: ReportPart,
  now: Micros,
): Promise<boolean> {
  const [row] = await sql.all<{ parts: number }>(`SELECT \`parts\` FROM \`report\` WHERE ${isOurs}`, [id, runner]);
  const touched = await sql.run(
    'UPDATE `report` SET `records` = `records` + ?, `bytes` = `bytes` + ?, `parts` = `parts` + ?, `share` = ?, ' +
      `\`place\` = COALESCE(?, \`place\`), \`updated\` = ?, \`alive\` = ? WHERE ${isOurs}`,
    [records, bytes, body ? 1 : 0, share, place === null ? null : JSON.stringify(place), now, now, id, runner],
  );
  if (!row || touched === 0) return false;
  if (body)
    await sql.run('INSERT INTO `report_part` (`report_id`, `no`, `body`) VALUES (?, ?, ?)', [id, row.parts, body]);
  return true;
}

/** Parts of one transaction: some megabytes. */
const sweepParts = 100;

async function sweep(sql: Sql, { expired, gone }: { expired: Micros; gone: Micros }, now: Micros): Promise<number> {
  const over = await sql.run(
    "UPDATE `report` SET `state` = 'expired', `updated` = ?, `runner` = NULL WHERE `state` IN ('pending', 'complete') AND `created` < ?",
    [now, expired],
  );
  const parts = await sql.all<{ id: number; no: number }>(
    'SELECT `report_id` AS `id`, `no` FROM `report_part` JOIN `report` ON `report`.`id` = `report_id` ' +
      "WHERE `state` IN ('failed', 'expired', 'removed') LIMIT ?",
    [sweepParts],
  );
  await sql.each(
    'DELETE FROM `report_part` WHERE `report_id` = ? AND `no` = ?',
    parts.map(({ id, no }) => [id, no]),
  );
  if (parts.length > 0) return over + parts.length;
  const old = "(`state` IN ('failed', 'expired') AND `created` < ?)";
  return over + (await sql.run(`DELETE FROM \`report\` WHERE \`state\` = 'removed' OR ${old}`, [gone]));
}
