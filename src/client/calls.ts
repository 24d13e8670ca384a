// Calls: conversations instead of records; lists, exports, and one with its legs.
import type { pageOfCalls } from '../http/dialects/native/answers.ts';
import type { Call, WholeCall } from '../http/dialects/native/callshape.ts';
import type { Static } from 'typebox';
import type { GivenCallFilter } from '../http/callfilter.ts';
import type { LivePage } from '../http/dialects/native/livecalls.ts';
import { Export, placesBy, type ExportOptions } from './export.ts';
import { asQuery } from './records.ts';
import type { CallOptions, Requests } from './request.ts';

/** One that goes on now. */
export type LiveCall = Static<typeof LivePage>['calls'][number];
export type CallPage = Omit<Static<ReturnType<typeof pageOfCalls>>, 'calls'> & { calls: Call[] };

/** All of it must hold. */
export interface CallQuery extends Omit<GivenCallFilter, 'and' | 'or' | 'not'> {
  filter?: GivenCallFilter;
  /** Words that one of its records has; with `from` and `to`. Of lists and exports only. */
  text?: string;
  order?: 'id' | '-id' | 'start' | '-start';
  after?: string | number;
  before?: string | number;
  /** Most calls of a page. */
  limit?: number;
}

const callsPath = '/api/v1/calls';

export class Calls {
  readonly #requests: Requests;
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** A page. */
  list(query: CallQuery = {}, call: CallOptions = {}): Promise<CallPage> {
    return this.#requests.ask('GET', callsPath, { ...call, query: asQuery(query) });
  }

  /** Every call that the query asks for, page after page. */
  async *all(query: Omit<CallQuery, 'before'> = {}, call: CallOptions = {}): AsyncGenerator<Call, void, undefined> {
    let { after } = query;
    for (let more = true; more;) {
      const page = await this.list({ ...query, ...(after === undefined ? {} : { after }) }, call);
      yield* page.calls;
      after = page.after ?? undefined;
      ({ more } = page);
    }
  }

  /** The whole list as a stream; its `limit` may be as large as `limits.export_rows`. */
  export(query: Omit<CallQuery, 'before'> = {}, options: ExportOptions = {}): Export<Call> {
    const exported = { method: 'GET', path: callsPath, given: asQuery(query), by: 'after' } as const;
    return new Export(this.#requests, { ...exported, places: placesBy(query.order) }, options);
  }

  /** Those that go on now; `limit` is the most of them. */
  live(
    query: Omit<CallQuery, 'order' | 'after' | 'before' | 'text'> = {},
    call: CallOptions = {},
  ): Promise<Static<typeof LivePage>> {
    return this.#requests.ask('GET', `${callsPath}/live`, { ...call, query: asQuery(query) });
  }

  /** The same as a stream; what was cut is of a moment that is over, so it cannot go on. */
  exportLive(query: Omit<CallQuery, 'order' | 'after' | 'before'> = {}, options: ExportOptions = {}): Export<LiveCall> {
    const exported = { method: 'GET', path: `${callsPath}/live`, given: asQuery(query), by: 'after' } as const;
    return new Export(this.#requests, { ...exported, places: [] }, options);
  }

  /** With its legs and records; an id that a merge has swallowed leads to the call that swallowed it. */
  get(id: number, call: CallOptions = {}): Promise<WholeCall> {
    return this.#requests.ask('GET', `${callsPath}/${id}`, call);
  }
}
