// Rows that could not be understood: to read, to try again, to discard.
import type { PostResult } from '../http/dialects/native/answers.ts';
import type { DiscardSum, Reject, RejectPage, RetrySum } from '../http/dialects/native/rejects.ts';
import { Export, type ExportOptions } from './export.ts';
import type { CallOptions, Requests } from './request.ts';

/** All of it must hold. */
export interface RejectFilter {
  source?: string;
  system?: string;
  /** Last seen not before, and before this time. */
  from?: string;
  to?: string;
}
export interface RejectQuery extends RejectFilter {
  /** The oldest first, above this id; without it the newest first. */
  after?: number;
  before?: number;
  limit?: number;
}

const rejectsPath = '/api/v1/rejects';

export class Rejects {
  readonly #requests: Requests;
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  list(query: RejectQuery = {}, call: CallOptions = {}): Promise<RejectPage> {
    return this.#requests.ask('GET', rejectsPath, { ...call, query: { ...query } });
  }

  /** The whole list as a stream, in the same order. */
  export(query: RejectQuery = {}, options: ExportOptions = {}): Export<Reject> {
    const by = query.after === undefined ? ('before' as const) : ('after' as const);
    const exported = { method: 'GET' as const, path: rejectsPath, given: { ...query }, by, places: ['id'] };
    return new Export(this.#requests, exported, options);
  }

  get(id: number, call: CallOptions = {}): Promise<Reject> {
    return this.#requests.ask('GET', `${rejectsPath}/${id}`, call);
  }

  /** Hands the row over again. @throws ApiError 422 with each fault when it stays */
  retry(id: number, call: CallOptions = {}): Promise<Exclude<PostResult, { status: 'rejected' }>> {
    return this.#requests.ask('POST', `${rejectsPath}/${id}/retry`, call);
  }

  /** A part of them, the oldest first: ask again with the answered `after` while there are more. */
  retryAll(query: Omit<RejectQuery, 'before'> = {}, call: CallOptions = {}): Promise<RetrySum> {
    return this.#requests.ask('POST', `${rejectsPath}/retry`, { ...call, query: { ...query } });
  }

  /** For good. */
  discard(id: number, call: CallOptions = {}): Promise<void> {
    return this.#requests.ask('DELETE', `${rejectsPath}/${id}`, call);
  }

  /** A part of them, for good: ask again while there are more. Nothing given means all. */
  discardAll(query: RejectFilter & { limit?: number } = {}, call: CallOptions = {}): Promise<DiscardSum> {
    const isAll = Object.entries(query).every(([name, value]) => name === 'limit' || value === undefined);
    return this.#requests.ask('DELETE', rejectsPath, { ...call, query: { ...query, all: isAll ? 1 : undefined } });
  }
}
