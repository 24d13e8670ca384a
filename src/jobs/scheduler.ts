// Looks every minute which jobs are due, claims them in the store and runs them, each alone. What was due while the daemon was away is
// done once at the start; what was cut off is done again. No job knows of time, and no queue is kept: the store says what is owed. A job
// that has much to do before its time (`isOwed`) is begun at the next look.
//
//     waiting ──due, claimed──▶ running ──done|failed──▶ waiting (due: the next time)
//        ▲                        ├──shutdown──▶ stopped (still due: done at the next start)
//        └── no sign of life for leaseMs ┘  (the runner was killed: another one claims it)
import { randomUUID } from 'node:crypto';
import { schedule, setLogger, type ScheduledTask } from 'node-cron';
import type { Micros } from '../cdr/cdr.ts';
import { codeOf, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { isPassing, storeFault } from '../store/fault.ts';
import type { By } from '../store/audit.ts';
import type { JobClaim, JobEnd, JobReport, JobRow, JobStore } from '../store/jobs.ts';
import type { Job, JobEnding } from './job.ts';
import { Schedule } from './schedule.ts';

/** A run that gave no sign of life for so long is dead; a living one gives one every minute. */
export const leaseMs = 180_000;
/** What is owed before its time is done no sooner than this after the last run: an import would have it done over and over. */
const restMs = 600_000;

export interface JobState extends JobRow {
  /** As configured here. */
  cron: string;
  isRunning: boolean;
}

interface Run {
  runner: string;
  stop: AbortController;
  over: Promise<void>;
}

export interface SchedulerOptions {
  jobs: readonly Job[];
  /** Of the schedules (IANA). */
  timezone: string;
  store: JobStore;
  log: Log;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #schedules = new Map<string, Schedule>();
  readonly #running = new Map<string, Run>();
  #beat: ScheduledTask | undefined;
  #known: JobState[] = [];
  #isBlind = false;
  #isClosed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Makes the jobs known to the store; nothing runs before `start`. */
  async open(): Promise<void> {
    const { jobs, timezone, store } = this.#options;
    for (const { name, cron } of jobs) {
      if (cron !== 'off') this.#schedules.set(name, new Schedule(cron, timezone));
      await store.keepJob(name, cron === 'off' ? 'off' : `${cron} ${timezone}`, this.#next(name), now());
    }
    await this.list();
  }

  /** Does what is owed, and looks again every minute. */
  start(): void {
    const { log } = this.#options;
    const say = (message: string | Error) => log.debug({ cause: messageOf(message) }, 'node-cron says');
    setLogger({ info: say, debug: say, warn: say, error: say });
    this.#beat = schedule('* * * * *', () => this.look(), { name: 'cdrd', noOverlap: true });
    // A minute that came late is a minute all the same.
    this.#beat.on('execution:missed', () => this.look());
    void this.look();
  }

  /** One look: signs of life of what runs here, and what is due is begun. Never fails: the next look is in a minute. */
  async look(): Promise<void> {
    const { store, jobs, log } = this.#options;
    try {
      for (const [name, { runner, stop }] of this.#running) {
        if (!(await store.keepJobAlive(name, runner, now())))
          stop.abort(new Error('another daemon has taken the job over'));
      }
      for (const { name, due, isRunning, runner, ended } of await this.list()) {
        const job = jobs.find((one) => one.name === name);
        if (!job || due === null || isRunning || this.#isClosed) continue;
        const isRested = now() - (ended ?? 0) >= restMs * 1000;
        const isOwed = due > now() && isRested && (await job.isOwed?.());
        if (due > now() && !isOwed) continue;
        if (runner !== null) log.warn({ job: name }, 'a job was cut off in the middle, it is done again');
        await this.#begin(job, { isOwed });
      }
      this.#isBlind = false;
    } catch (error) {
      if (!this.#isBlind) log.warn({ cause: messageOf(error) }, 'scheduled work waits for the store');
      this.#isBlind = true;
    }
  }

  /** As the store has them: what other daemons did is there too, and what was begun apart from the schedule. */
  async list(): Promise<JobState[]> {
    const crons = new Map(this.#options.jobs.map(({ name, cron }) => [name, cron]));
    const rows = (await this.#options.store.jobs()).filter(({ name }) => crons.has(name));
    const isRunning = (row: JobRow) => row.runner !== null && !isDead(row);
    this.#known = rows.map((row) => ({ ...row, cron: crons.get(row.name)!, isRunning: isRunning(row) }));
    const jobs = new Map(this.#options.jobs.map((job) => [job.name, job]));
    return this.#known.map((state) => withApart(state, jobs.get(state.name)?.apart?.() ?? null));
  }

  get timezone(): string {
    return this.#options.timezone;
  }

  /** As they were at the last look. */
  get known(): readonly JobState[] {
    return this.#known;
  }

  /** Runs a job now, due or not. Resolves when it has begun: to false when it runs already, to undefined when there is none. */
  async run(name: string, by: By): Promise<boolean | undefined> {
    const job = this.#options.jobs.find((one) => one.name === name);
    return job && (await this.#begin(job, { by }));
  }

  /** When nothing of it runs here any more. */
  async idle(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ over }) => over));
  }

  /** Begins nothing more, cuts off what runs and waits for it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#beat?.destroy();
    for (const { stop } of this.#running.values()) stop.abort(new Error('the daemon stops'));
    await this.idle();
    for (const one of this.#schedules.values()) await one.close();
  }

  async #begin(job: Job, how: Pick<JobClaim, 'by' | 'isOwed'>): Promise<boolean> {
    if (job.isBusy?.()) return false;
    const runner = randomUUID();
    const at = now();
    const claim = { name: job.name, runner, now: at, deadBefore: at - leaseMs * 1000, ...how };
    if (this.#isClosed || !(await this.#options.store.claimJob(claim))) return false;
    const stop = new AbortController();
    if (this.#isClosed) stop.abort(new Error('the daemon stops'));
    const over = this.#execute(job, runner, stop.signal).finally(() => this.#running.delete(job.name));
    this.#running.set(job.name, { runner, stop, over });
    return true;
  }

  async #execute(job: Job, runner: string, signal: AbortSignal): Promise<void> {
    const { store, log } = this.#options;
    const { name } = job;
    const began = performance.now();
    const report: JobReport = {};
    let outcome: JobEnd['outcome'] = 'done';
    try {
      signal.throwIfAborted();
      await job.run(signal, (counts) => Object.assign(report, counts));
    } catch (error) {
      outcome = signal.aborted ? 'stopped' : 'failed';
      report['reason'] = messageOf(signal.aborted ? signal.reason : error);
      if (outcome === 'failed' && isPassing(error))
        log.error({ job: name, code: codeOf(error) }, `a job failed: ${storeFault(error)}`);
      else if (outcome === 'failed') log.error({ job: name, err: error }, 'a job failed');
    }
    const took = Math.round((performance.now() - began) * 1000);
    const due = outcome === 'stopped' ? undefined : this.#next(name);
    try {
      const isOurs = await store.endJob({ name, runner, ended: now(), outcome, report, took, due });
      if (isOurs && outcome === 'done') log.info({ job: name, ...report, seconds: took / 1e6 }, 'a job is done');
      await this.list();
    } catch (error) {
      log.warn({ job: name, cause: messageOf(error) }, 'the end of a job could not be noted: it will be done again');
    }
  }

  #next(name: string): Micros | null {
    return this.#schedules.get(name)?.next() ?? null;
  }
}

/** The last run, whoever began it and how; the counts and what is due are those of the schedule. */
function withApart(state: JobState, apart: JobEnding | null): JobState {
  if (apart === null || state.isRunning || apart.ended <= (state.ended ?? 0)) return state;
  return { ...state, ...apart, took: apart.ended - apart.started };
}

function isDead({ alive }: JobRow): boolean {
  return (alive ?? 0) < now() - leaseMs * 1000;
}

function now(): Micros {
  return Date.now() * 1000;
}
