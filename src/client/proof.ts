// Whether every record is here, what comparisons with the tables have found, and the work that is done by the clock.
import type { Day, DayPage } from '../http/dialects/native/dayshape.ts';
import type { DoctorReport } from '../http/dialects/native/doctor.ts';
import type { Job, JobList } from '../http/dialects/native/jobs.ts';
import type { ReconcilePage, ReconcileReport } from '../http/dialects/native/reconciles.ts';
import { Export, type ExportOptions } from './export.ts';
import type { CallOptions, Requests } from './request.ts';

export interface DaysQuery {
  /** The first and the last day, like 2026-11-22. */
  from?: string;
  to?: string;
  /** Only days after this one. */
  after?: string;
  system?: string;
  /** Most days in the answer. */
  limit?: number;
}

/** By day and system, whether every record is here. */
export class Completeness {
  readonly #requests: Requests;
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  list(query: DaysQuery = {}, call: CallOptions = {}): Promise<DayPage> {
    return this.#requests.ask('GET', '/api/v1/completeness', { ...call, query: { ...query } });
  }

  /** Every day, page after page; without `from` and `to` the last seven. */
  async *all(query: DaysQuery = {}, call: CallOptions = {}): AsyncGenerator<Day, void, undefined> {
    let { after } = query;
    for (let more = true; more;) {
      const page = await this.list({ ...query, ...(after === undefined ? {} : { after }) }, call);
      yield* page.days;
      ({ after, more } = page);
    }
  }

  /** The whole list as a stream. A day has a line for each system, so its `place` is the day before the last: that one comes again whole. */
  export(query: DaysQuery = {}, options: ExportOptions = {}): Export<Day> {
    const exported = { method: 'GET', path: '/api/v1/completeness', given: { ...query }, by: 'after' } as const;
    return new Export(this.#requests, { ...exported, places: ['day'], again: dayBefore }, options);
  }
}

/** `2026-11-21` of `2026-11-22` */
function dayBefore(day: string | number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

export interface ReconcileQuery {
  before?: number;
  system?: string;
  limit?: number;
}

/** What comparisons of the tables with the store have found, the newest first. */
export class Reconciles {
  readonly #requests: Requests;
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  list(query: ReconcileQuery = {}, call: CallOptions = {}): Promise<ReconcilePage> {
    return this.#requests.ask('GET', '/api/v1/reconciles', { ...call, query: { ...query } });
  }

  /** Every report, page after page. */
  async *all(query: ReconcileQuery = {}, call: CallOptions = {}): AsyncGenerator<ReconcileReport, void, undefined> {
    let { before } = query;
    for (let more = true; more;) {
      const page = await this.list({ ...query, ...(before === undefined ? {} : { before }) }, call);
      yield* page.reconciles;
      before = page.reconciles.at(-1)?.id;
      ({ more } = page);
    }
  }

  /** The whole list as a stream, in the same order. */
  export(query: ReconcileQuery = {}, options: ExportOptions = {}): Export<ReconcileReport> {
    const exported = { method: 'GET', path: '/api/v1/reconciles', given: { ...query } } as const;
    return new Export(this.#requests, { ...exported, by: 'before', places: ['id'] }, options);
  }
}

/** Scheduled work. */
export class Jobs {
  readonly #requests: Requests;
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  async list(call: CallOptions = {}): Promise<Job[]> {
    return (await this.#requests.ask<JobList>('GET', '/api/v1/jobs', call)).jobs;
  }

  /** The whole list as a stream; it is short, and cannot go on after a cut. */
  export(options: ExportOptions = {}): Export<Job> {
    const exported = { method: 'GET', path: '/api/v1/jobs', given: {}, by: 'after', places: [] } as const;
    return new Export(this.#requests, exported, options);
  }

  get(name: string, call: CallOptions = {}): Promise<Job> {
    return this.#requests.ask('GET', `/api/v1/jobs/${encodeURIComponent(name)}`, call);
  }

  /** Begins it; `get` tells how it goes. @throws ApiError 409 while it runs already */
  run(name: string, call: CallOptions = {}): Promise<Job> {
    return this.#requests.ask('POST', `/api/v1/jobs/${encodeURIComponent(name)}/run`, call);
  }
}

/** Looks at Asterisk, its files, its table and at the daemon; for an admin bound to no companies. */
export function doctorOf(requests: Requests): (call?: CallOptions) => Promise<DoctorReport> {
  return (call = {}) => requests.ask('GET', '/api/v1/doctor', call);
}
