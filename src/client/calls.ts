// Calls: conversations instead of records. Lists, exports, and one with its legs and records.
import type { Call, WholeCall } from '../http/dialects/native/callshape.ts';
import { Export, type ExportOptions } from './export.ts';
import type { CallOptions, Requests } from './request.ts';

type Place = string | number;

/** All of it must hold; the other conditions are those of the documents. */
export interface CallQuery {
  company?: string;
  extension?: string;
  outcome?: Call['outcome'];
  direction?: NonNullable<Call['direction']>;
  /** Starts of calls, RFC 3339. */
  from?: string;
  to?: string;
  [condition: string]: unknown;
  /** Conditions joined by and, or, not. */
  filter?: object;
  order?: 'id' | '-id' | 'start' | '-start';
  after?: Place;
  before?: Place;
  limit?: number;
}

export interface CallPage {
  calls: Call[];
  after: Place | null;
  before: Place | null;
  more: boolean;
}

export class Calls {
  readonly #requests: Requests;
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** A page. */
  list(query: CallQuery = {}, call: CallOptions = {}): Promise<CallPage> {
    return this.#requests.ask('GET', '/api/v1/calls', { ...call, query: this.#given(query) });
  }

  /** Every call that the query asks for, page after page. */
  async *all(query: Omit<CallQuery, 'before'> = {}, call: CallOptions = {}): AsyncGenerator<Call, void, undefined> {
    let page: CallPage;
    let { after } = query as CallQuery;
    do {
      page = await this.list({ limit: 500, ...query, ...(after === undefined ? {} : { after }) }, call);
      yield* page.calls;
      after = page.after ?? undefined;
    } while (page.more);
  }

  /** With its legs and records; a swallowed id leads to the call that swallowed it. */
  get(id: number, call: CallOptions = {}): Promise<WholeCall> {
    return this.#requests.ask('GET', `/api/v1/calls/${id}`, call);
  }

  /** The whole list as a stream. */
  export(query: Omit<CallQuery, 'before'> = {}, options: ExportOptions = {}): Export<Call> {
    const exported = { method: 'GET' as const, path: '/api/v1/calls', by: 'after' as const, hasCursor: false };
    return new Export(this.#requests, { ...exported, given: this.#given(query) }, options);
  }

  #given({ filter, ...query }: CallQuery): Record<string, string | number> {
    return { ...(query as object), ...(filter === undefined ? {} : { filter: JSON.stringify(filter) }) };
  }
}
