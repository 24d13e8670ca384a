// Reports of reconciles, and what a reconcile needs to know of the records: who has shown each of them.
import type { Micros } from '../cdr/cdr.ts';
import type { Sight } from '../cdr/sight.ts';
import { allot } from './names.ts';
import { sightsOf } from './row.ts';
import type { Database, Sql } from './sql.ts';

/** One day of the table's clock. */
export interface ReconcileDay {
  /** `2026-11-22` */
  day: string;
  /** Rows the table counted before; null where counting would scan the table. */
  counted: number | null;
  /** Rows that were read and compared. */
  read: number;
  /** Records of this system that the store had before; of them those the table had shown. */
  stored: number;
  shown: number;
  /** Rows that were not in the store; now they are, unless it was a trial. */
  missing: number;
  /** Rows that somebody had changed; the records follow, unless it was a trial. */
  changed: number;
  /** Records that the table has shown, whoever told them too, and that it has no more. They stay. */
  gone: number;
}

export interface Reconcile {
  /** 0 until it is stored. */
  id: number;
  system: string;
  started: Micros;
  ended: Micros;
  from: Micros;
  /** Excluded. */
  to: Micros;
  /** Nothing was brought. */
  isDryRun: boolean;
  state: 'done' | 'stopped' | 'failed';
  /** Why it is not done; of one that is done, why table and store differ although nothing is missing, what was left out, what came before. */
  detail: string | null;
  read: number;
  missing: number;
  changed: number;
  gone: number;
  /** Rows that are no records (see the rejects), and rows of records that retention has taken. */
  rejected: number;
  expired: number;
  /** Records of the window that the table has never shown (AMI or a writer did). */
  unseen: number;
  days: ReconcileDay[];
  /** The first of each kind, by id. */
  examples: { missing: number[]; changed: number[]; gone: number[] };
}

/** More reports of one system than this are not kept: a year of nights, and some by hand. */
const keptReports = 500;

export interface Reconciles {
  /** Keeps a report and numbers it. */
  saveReconcile(report: Omit<Reconcile, 'id'>): Promise<Reconcile>;
  /** Newest first, below `before`; of one system or of all. */
  reconciles(before: number, limit: number, system?: string): Promise<Reconcile[]>;
  /** The newest of a system that came to its end and was no dry run; null: there is none. */
  lastReconcile(system: string): Promise<Reconcile | null>;
  /** How many records of a system with starts in [from, to) a source has shown. */
  shown(system: string, source: string, from: Micros, to: Micros): Promise<number>;
  /** A page of the records of a system by start and id, and who has shown them. */
  seen(system: string, span: SeenSpan, limit: number): Promise<Seen[]>;
}

export function reconcilesOn(database: Database): Reconciles {
  return {
    saveReconcile: (report) => database.write((sql) => saveReconcile(sql, report)),
    reconciles: (...which) => database.read((sql) => listReconciles(sql, ...which)),
    lastReconcile: (system) => database.read((sql) => lastReconcile(sql, system)),
    shown: (system, source, from, to) => database.read((sql) => countShown(sql, system, source, from, to)),
    seen: (system, span, limit) => database.read((sql) => listSeen(sql, system, span, limit)),
  };
}

async function saveReconcile(sql: Sql, report: Omit<Reconcile, 'id'>): Promise<Reconcile> {
  const id = await allot(sql, 'reconcile', 1);
  await sql.run('INSERT INTO `reconcile` (`id`, `system`, `started`, `report`) VALUES (?, ?, ?, ?)', [
    ...[id, report.system, report.started, JSON.stringify({ ...report, id: undefined })],
  ]);
  const [last] = await sql.all<{ id: number }>(
    'SELECT `id` FROM `reconcile` WHERE `system` = ? ORDER BY `id` DESC LIMIT 1 OFFSET ?',
    [report.system, keptReports],
  );
  if (last) await sql.run('DELETE FROM `reconcile` WHERE `system` = ? AND `id` <= ?', [report.system, last.id]);
  return { ...report, id };
}

/** Newest first, below `before`. */
async function listReconciles(sql: Sql, before: number, limit: number, system?: string): Promise<Reconcile[]> {
  const rows = await sql.all<{ id: number; report: string }>(
    `SELECT \`id\`, \`report\` FROM \`reconcile\` WHERE \`id\` < ? ${system === undefined ? '' : 'AND `system` = ? '}ORDER BY \`id\` DESC LIMIT ?`,
    [before, ...(system === undefined ? [] : [system]), limit],
  );
  return rows.map(({ id, report }) => ({ ...(JSON.parse(report) as Reconcile), id }));
}

/** Most reports that are looked through: others of a system are dry runs, or were cut off. */
const lookedThrough = 50;

async function lastReconcile(sql: Sql, system: string): Promise<Reconcile | null> {
  const rows = await sql.all<{ id: number; report: string }>(
    'SELECT `id`, `report` FROM `reconcile` WHERE `system` = ? ORDER BY `id` DESC LIMIT ?',
    [system, lookedThrough],
  );
  const reports = rows.map(({ id, report }) => ({ ...(JSON.parse(report) as Reconcile), id }));
  return reports.find(isInEarnest) ?? null;
}

/** What it found was brought, all of it. */
export function isInEarnest({ state, isDryRun }: Pick<Reconcile, 'state' | 'isDryRun'>): boolean {
  return state === 'done' && !isDryRun;
}

/** A record as a reconcile looks at it. */
export interface Seen {
  id: number;
  uniqueid: string;
  sequence: number | null;
  start: Micros;
  created: Micros;
  sights: Sight[];
  /** Anonymised: no row is known to be this record any more. */
  isErased: boolean;
}

/** Starts in [from, to), after the last record of the page before. */
export interface SeenSpan {
  from: Micros;
  to: Micros;
  after?: Pick<Seen, 'id' | 'start'>;
}

/** Until migration 0005 the sources of a record were names between spaces. */
async function countShown(sql: Sql, system: string, source: string, from: Micros, to: Micros): Promise<number> {
  const [row] = await sql.all<{ count: number | string }>(
    'SELECT COUNT(*) AS `count` FROM `cdr` WHERE `system_id` = (SELECT `id` FROM `system` WHERE `name` = ?) ' +
      'AND `start` >= ? AND `start` < ? ' +
      "AND (INSTR(`sources`, ?) > 0 OR (`sources` NOT LIKE '[%' AND INSTR(`sources`, ?) > 0))",
    [system, from, to, `[${JSON.stringify(source)},`, source],
  );
  return Number(row?.count ?? 0);
}

/** A page of the records of a system by start and id. */
async function listSeen(sql: Sql, system: string, { from, to, after }: SeenSpan, limit: number): Promise<Seen[]> {
  const rows = await sql.all<Omit<Seen, 'sights' | 'isErased'> & { sources: string; erased: number }>(
    'SELECT `cdr`.`id`, `uniqueid`, `sequence`, `start`, `created`, `sources`, `erased` FROM `cdr` ' +
      'WHERE `system_id` = (SELECT `id` FROM `system` WHERE `name` = ?) AND `start` >= ? AND `start` < ? ' +
      'AND (`start` > ? OR `cdr`.`id` > ?) ORDER BY `start`, `cdr`.`id` LIMIT ?',
    [system, after?.start ?? from, to, after?.start ?? from - 1, after?.id ?? 0, limit],
  );
  return rows.map(({ sources, erased, ...row }) => ({ ...row, sights: sightsOf({ sources }), isErased: erased > 0 }));
}
