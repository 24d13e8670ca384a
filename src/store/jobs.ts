// Scheduled work: when each job is due, who runs it, and what became of it. A job is claimed by a conditional update: of several daemons
// on one store one gets it. `due` moves only when a run has ended, so a job whose runner died is still owed.
import type { Micros } from '../cdr/cdr.ts';
import { writeAudit, type By } from './audit.ts';
import { allot } from './names.ts';
import type { Sql } from './sql.ts';

export type JobOutcome = 'done' | 'failed' | 'stopped';
/** What a run has to say: counts, or why it failed. */
export type JobReport = Record<string, number | string>;

export interface JobRow {
  name: string;
  /** The schedule `due` was worked out from. */
  schedule: string;
  /** null: only when somebody asks. */
  due: Micros | null;
  /** The run that has it now, and its last sign of life. */
  runner: string | null;
  alive: Micros | null;
  /** Of the run that goes on, or of the last one. */
  started: Micros | null;
  ended: Micros | null;
  outcome: JobOutcome | null;
  report: JobReport | null;
  /** How long the last run took. */
  took: Micros | null;
  succeeded: Micros | null;
  runs: number;
  failures: number;
}

export interface JobClaim {
  name: string;
  /** A random name of this very run. */
  runner: string;
  now: Micros;
  /** A runner that gave no sign of life since then is dead. */
  deadBefore: Micros;
  /** Somebody asks for it now, due or not; audited. */
  by?: By | undefined;
  /** There is much to do: it begins before its time. */
  isOwed?: boolean | undefined;
}

export interface JobEnd {
  name: string;
  runner: string;
  ended: Micros;
  outcome: JobOutcome;
  report: JobReport;
  took: Micros;
  /** undefined: still owed, as before. */
  due?: Micros | null | undefined;
}

/** A run that came to its end apart from the schedule. */
export type JobNote = Pick<JobEnd, 'name' | 'ended' | 'report'> & { started: Micros };

/** The part of the store that the jobs need. */
export interface JobStore {
  jobs(): Promise<JobRow[]>;
  /** Makes the row of a job; a new schedule counts from now on, but what is owed by the old one stays owed. */
  keepJob(name: string, schedule: string, due: Micros | null, now: Micros): Promise<void>;
  /** Resolves to false when it is not due any more, or another run has it. */
  claimJob(claim: JobClaim): Promise<boolean>;
  /** A sign of life; false when the run was taken for dead and another has the job. */
  keepJobAlive(name: string, runner: string, now: Micros): Promise<boolean>;
  /** False when another has the job. */
  endJob(end: JobEnd): Promise<boolean>;
  /** Somebody did by hand what the job does: that is its last run, unless one goes on. What is due stays. */
  noteJob(note: JobNote): Promise<void>;
}

export async function listJobs(sql: Sql): Promise<JobRow[]> {
  type Row = Omit<JobRow, 'report'> & { report: string | null };
  const rows = await sql.all<Row>('SELECT * FROM `job` ORDER BY `name`');
  return rows.map((row) => ({
    ...row,
    report: row.report === null ? null : (JSON.parse(row.report) as JobReport),
  }));
}

export async function keepJob(
  sql: Sql,
  name: string,
  schedule: string,
  due: Micros | null,
  now: Micros,
): Promise<void> {
  // The lock of all that is made at a start: two daemons must not both make the row.
  await allot(sql, 'source', 0);
  const [known] = await sql.all<Pick<JobRow, 'schedule' | 'due'>>(
    'SELECT `schedule`, `due` FROM `job` WHERE `name` = ?',
    [name],
  );
  if (!known) {
    await sql.run('INSERT INTO `job` (`name`, `schedule`, `due`) VALUES (?, ?, ?)', [name, schedule, due]);
    return;
  }
  if (known.schedule === schedule) return;
  const isOwed = due !== null && known.due !== null && known.due <= now;
  const next = isOwed ? known.due : due;
  await sql.run('UPDATE `job` SET `schedule` = ?, `due` = ? WHERE `name` = ?', [schedule, next, name]);
}

export async function claimJob(sql: Sql, { name, runner, now, deadBefore, by, isOwed }: JobClaim): Promise<boolean> {
  const isAnyTime = by !== undefined || isOwed === true;
  const isDue = isAnyTime ? '' : ' AND `due` <= ?';
  const claimed = await sql.run(
    `UPDATE \`job\` SET \`runner\` = ?, \`alive\` = ?, \`started\` = ? WHERE \`name\` = ? AND (\`runner\` IS NULL OR \`alive\` < ?)${isDue}`,
    [runner, now, now, name, deadBefore, ...(isAnyTime ? [] : [now])],
  );
  if (claimed > 0 && by) await writeAudit(sql, { at: now, by, action: 'job.started', object: `job ${name}` });
  return claimed > 0;
}

export async function keepJobAlive(sql: Sql, name: string, runner: string, now: Micros): Promise<boolean> {
  return (await sql.run('UPDATE `job` SET `alive` = ? WHERE `name` = ? AND `runner` = ?', [now, name, runner])) > 0;
}

export async function endJob(sql: Sql, { name, runner, ended, outcome, report, took, due }: JobEnd): Promise<boolean> {
  const isDone = outcome === 'done';
  const touched = await sql.run(
    'UPDATE `job` SET `runner` = NULL, `ended` = ?, `outcome` = ?, `report` = ?, `took` = ?, `runs` = `runs` + 1, ' +
      `\`failures\` = \`failures\` + ?${isDone ? ', `succeeded` = ?' : ''}${due === undefined ? '' : ', `due` = ?'} ` +
      'WHERE `name` = ? AND `runner` = ?',
    [
      ...[ended, outcome, JSON.stringify(report), took, outcome === 'failed' ? 1 : 0],
      ...[...(isDone ? [ended] : []), ...(due === undefined ? [] : [due]), name, runner],
    ],
  );
  return touched > 0;
}

export async function noteJob(sql: Sql, { name, started, ended, report }: JobNote): Promise<void> {
  await sql.run(
    "UPDATE `job` SET `started` = ?, `ended` = ?, `outcome` = 'done', `report` = ?, `took` = ?, `succeeded` = ?, `runs` = `runs` + 1 " +
      'WHERE `name` = ? AND `runner` IS NULL',
    [started, ended, JSON.stringify(report), ended - started, ended, name],
  );
}
