// Whether every record is here, what comparisons with the tables have found, and the work that is done by the clock.
import type { Day, DayPage } from '../http/dialects/native/dayshape.ts';
import type { Job, JobList } from '../http/dialects/native/jobs.ts';
import type { ReconcilePage, ReconcileReport } from '../http/dialects/native/reconciles.ts';
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
}

export interface ReconcileQuery {
  before?: number;
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

  get(name: string, call: CallOptions = {}): Promise<Job> {
    return this.#requests.ask('GET', `/api/v1/jobs/${encodeURIComponent(name)}`, call);
  }

  /** Begins it; `get` tells how it goes. @throws ApiError 409 while it runs already */
  run(name: string, call: CallOptions = {}): Promise<Job> {
    return this.#requests.ask('POST', `/api/v1/jobs/${encodeURIComponent(name)}/run`, call);
  }
}
