// What can be asked of cdrd, address by address. Shapes are those of the routes themselves: their types vanish where this runs.
import type { Did, Endpoint, Trunk } from '../http/dialects/native/things.ts';
import type { DidChange, EndpointChange, NewDid, NewEndpoint, NewTrunk, TrunkChange } from '../http/thingbodies.ts';
import type { Static } from 'typebox';
import type { NewCompany, NewExtension, NewUser, TokenRequest, UserChange } from '../http/bodies.ts';
import type { Cdr, CdrPage, ChangePage, EditPage, PostResult, PostResults } from '../http/dialects/native/answers.ts';
import type { PatchBody } from '../http/dialects/native/edit.ts';
import type { AuditPage, Company, Extension, NewTokenAnswer, Token, User } from '../http/dialects/native/people.ts';
import type { searchBody } from '../http/dialects/native/query.ts';
import type { NewCdr } from '../http/dialects/native/write.ts';
import type { GivenFilter } from '../http/filter.ts';
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
function asQuery({ filter, raw, ...given }: CdrQuery | (ChangesQuery & { raw?: boolean })): Query {
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
}

type Page<Name extends string, Row> = Record<Name, Row[]> & { after: number; more: boolean };

/** A table by id: companies, extensions, DIDs, trunks, endpoints, users, tokens. */
export class Table<Name extends string, Row, New, Change, Made = Row> {
  readonly #requests: Requests;
  readonly #name: Name;
  constructor(requests: Requests, name: Name) {
    this.#requests = requests;
    this.#name = name;
  }

  list(query: PageQuery = {}, call: CallOptions = {}): Promise<Page<Name, Row>> {
    return this.#requests.ask('GET', this.#path(), { ...call, query: { ...query } });
  }

  /** Every row, page after page. */
  async *all(call: CallOptions = {}): AsyncGenerator<Row, void, undefined> {
    for (let after = 0, more = true; more;) {
      const page = await this.list({ after }, call);
      yield* page[this.#name];
      ({ after, more } = page);
    }
  }

  get(id: number, call: CallOptions = {}): Promise<Row> {
    return this.#requests.ask('GET', this.#path(id), call);
  }

  add(body: New, call: CallOptions = {}): Promise<Made> {
    return this.#requests.ask('POST', this.#path(), { ...call, body });
  }

  change(id: number, body: Change, call: CallOptions = {}): Promise<Row> {
    return this.#requests.ask('PATCH', this.#path(id), { ...call, body });
  }

  /** Takes it away; a token is revoked. */
  remove(id: number, call: CallOptions = {}): Promise<void> {
    return this.#requests.ask('DELETE', this.#path(id), call);
  }

  #path(id?: number): string {
    return `/api/v1/${this.#name}${id === undefined ? '' : `/${id}`}`;
  }
}

interface Naming {
  name: string | null;
}
export type Companies = Table<'companies', Company, Static<typeof NewCompany>, Naming>;
export type Extensions = Table<'extensions', Extension, Static<typeof NewExtension>, Naming>;
export type Dids = Table<'dids', Did, Static<typeof NewDid>, Static<typeof DidChange>>;
export type Trunks = Table<'trunks', Trunk, Static<typeof NewTrunk>, Static<typeof TrunkChange>>;
export type Endpoints = Table<'endpoints', Endpoint, Static<typeof NewEndpoint>, Static<typeof EndpointChange>>;
export type Users = Table<'users', User, Static<typeof NewUser>, Static<typeof UserChange>>;
export type Tokens = Omit<Table<'tokens', Token, Static<typeof TokenRequest>, never, NewTokenAnswer>, 'change'>;
export type Audit = (query?: PageQuery & { before?: number }, call?: CallOptions) => Promise<AuditPage>;
