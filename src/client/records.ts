// Call records: lists, searches, exports, one by one, written and corrected. Shapes are those of the routes themselves: their types
// vanish where this runs.
import type { Static } from 'typebox';
import type {
  Cdr,
  CdrPage,
  ChangePage,
  Edit,
  EditPage,
  PostResult,
  PostResults,
} from '../http/dialects/native/answers.ts';
import type { PatchBody } from '../http/dialects/native/edit.ts';
import type { Explanation, Explanations } from '../http/dialects/native/explanation.ts';
import type { searchBody } from '../http/dialects/native/query.ts';
import type { NewCdr } from '../http/dialects/native/write.ts';
import type { GivenFilter } from '../http/filter.ts';
import { Export, placesBy, type Exported, type ExportOptions } from './export.ts';
import type { CallOptions, Requests } from './request.ts';

type Conditions = Omit<GivenFilter, 'and' | 'or' | 'not'>;
type Place = string | number;

/** All of it must hold. */
export interface CdrQuery extends Conditions {
  filter?: GivenFilter;
  order?: 'id' | '-id' | 'start' | '-start';
  after?: Place;
  before?: Place;
  /** Most records of a page. */
  limit?: number;
  /** As the sources told them, hidden ones too; for admins. */
  raw?: boolean;
}
export type CdrSearch = Partial<Omit<Static<ReturnType<typeof searchBody>>, 'filter'>> & { filter?: GivenFilter };
export type CdrPatch = Static<typeof PatchBody>;

export interface ChangesQuery extends Conditions {
  filter?: GivenFilter;
  after?: number;
  generation?: string;
  limit?: number;
  /** Seconds to wait for a change. */
  wait?: number;
}
export interface PageQuery {
  after?: number;
  limit?: number;
}

type Query = Record<string, string | number | boolean | undefined>;

/** As query parameters: a filter is JSON there. */
export function asQuery({ filter, raw, ...given }: { filter?: object; raw?: boolean }): Query {
  return {
    ...(given as Query),
    ...(filter === undefined ? {} : { filter: JSON.stringify(filter) }),
    ...(raw === undefined ? {} : { raw: raw ? 1 : 0 }),
  };
}

export class Cdrs {
  readonly #requests: Requests;
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** A page. */
  list(query: CdrQuery = {}, call: CallOptions = {}): Promise<CdrPage> {
    return this.#requests.ask('GET', '/api/v1/cdrs', { ...call, query: asQuery(query) });
  }

  /** A page, by a filter of any size. */
  search(body: CdrSearch, call: CallOptions = {}): Promise<CdrPage> {
    return this.#requests.ask('POST', '/api/v1/cdrs/search', { ...call, body });
  }

  /** Every record that the query asks for, page after page. */
  async *all(query: Omit<CdrQuery, 'before'> = {}, call: CallOptions = {}): AsyncGenerator<Cdr, void, undefined> {
    let page: CdrPage;
    let { after } = query;
    do {
      page = await this.list({ limit: 500, ...query, ...(after === undefined ? {} : { after }) }, call);
      yield* page.cdrs;
      after = page.after ?? undefined;
    } while (page.more);
  }

  /** The whole list as a stream; its `limit` may be as large as `limits.export_rows`. */
  export(query: Omit<CdrQuery, 'before'> = {}, options: ExportOptions = {}): Export<Cdr> {
    return this.#export({ method: 'GET', path: '/api/v1/cdrs', given: asQuery(query) }, query.order, options);
  }

  /** The same by a filter of any size. */
  exportSearch(body: Omit<CdrSearch, 'before'>, options: ExportOptions = {}): Export<Cdr> {
    return this.#export({ method: 'POST', path: '/api/v1/cdrs/search', given: { ...body } }, body.order, options);
  }

  get(id: number, { raw }: { raw?: boolean } = {}, call: CallOptions = {}): Promise<Cdr> {
    return this.#requests.ask('GET', `/api/v1/cdrs/${id}`, { ...call, query: raw ? { raw: 1 } : {} });
  }

  /** Stores one record; a known one is a duplicate. @throws ApiError 422 with each fault */
  add(record: Static<typeof NewCdr>, call: CallOptions = {}): Promise<PostResult> {
    return this.#requests.ask('POST', '/api/v1/cdrs', { ...call, body: record });
  }

  /** Stores records, each judged by itself: one result for each. */
  async addAll(records: readonly Static<typeof NewCdr>[], call: CallOptions = {}): Promise<PostResult[]> {
    const { results } = await this.#requests.ask<PostResults>('POST', '/api/v1/cdrs', { ...call, body: records });
    return results;
  }

  /** Writes beside the record. */
  edit(id: number, patch: CdrPatch, call: CallOptions = {}): Promise<Cdr> {
    return this.#requests.ask('PATCH', `/api/v1/cdrs/${id}`, { ...call, body: patch });
  }

  /** Hides it from everyone. */
  remove(id: number, call: CallOptions = {}): Promise<void> {
    return this.#requests.ask('DELETE', `/api/v1/cdrs/${id}`, call);
  }

  /** Who changed it, when, from what to what. */
  history(id: number, query: PageQuery & { raw?: boolean } = {}, call: CallOptions = {}): Promise<EditPage> {
    return this.#requests.ask('GET', `/api/v1/cdrs/${id}/history`, { ...call, query: asQuery(query) });
  }

  /** What changed after a place, with or without waiting. @throws ApiError 409 for a place that does not exist here */
  changes(query: ChangesQuery = {}, call: CallOptions = {}): Promise<ChangePage> {
    const extraMs = (query.wait ?? 0) * 1000;
    return this.#requests.ask('GET', '/api/v1/changes', { ...call, query: asQuery(query), extraMs });
  }

  /** The whole history as a stream. */
  exportHistory(id: number, query: PageQuery & { raw?: boolean } = {}, options: ExportOptions = {}): Export<Edit> {
    const exported = { method: 'GET', path: `/api/v1/cdrs/${id}/history`, given: asQuery(query) } as const;
    return this.#export(exported, undefined, options);
  }

  /** Its life: who showed it, how it was merged, who is believed. @throws ApiError 410 when retention has taken it */
  explain(id: number, call: CallOptions = {}): Promise<Explanation> {
    return this.#requests.ask('GET', `/api/v1/cdrs/${id}/explain`, call);
  }

  /** The lives of all records of a channel; none where there is no such record. */
  explainUniqueid(query: { uniqueid: string; system?: string }, call: CallOptions = {}): Promise<Explanations> {
    return this.#requests.ask('GET', '/api/v1/explain', { ...call, query: { ...query } });
  }

  #export<Row>(
    exported: Pick<Exported, 'method' | 'path' | 'given'>,
    order: CdrQuery['order'],
    options: ExportOptions,
  ): Export<Row> {
    return new Export(this.#requests, { ...exported, by: 'after', places: placesBy(order) }, options);
  }
}
