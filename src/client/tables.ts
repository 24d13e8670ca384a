// Lists by id that admins keep: companies, extensions, DIDs, trunks, endpoints, users, tokens; and the audit, which nobody keeps but cdrd.
import type { Static, TSchema } from 'typebox';
import type { NewCompany, NewExtension, NewUser, TokenRequest, UserChange } from '../http/bodies.ts';
import type {
  AuditEntry,
  AuditPage,
  Company,
  Extension,
  ImportSum,
  NewTokenAnswer,
  Token,
  User,
} from '../http/dialects/native/people.ts';
import type { Did, Endpoint, Trunk } from '../http/dialects/native/things.ts';
import type { DidChange, EndpointChange, NewDid, NewEndpoint, NewTrunk, TrunkChange } from '../http/thingbodies.ts';
import { Export, type ExportOptions } from './export.ts';
import type { PageQuery } from './records.ts';
import type { CallOptions, Requests } from './request.ts';

type Page<Name extends string, Row> = Record<Name, Row[]> & { after: number; more: boolean };

/** A table by id: companies, extensions, DIDs, trunks, endpoints, users, tokens. */
export class Table<Name extends string, Row, New, Change, Made = Row, Query extends PageQuery = PageQuery> {
  readonly #requests: Requests;
  readonly #name: Name;
  constructor(requests: Requests, name: Name) {
    this.#requests = requests;
    this.#name = name;
  }

  list(query: Query = {} as Query, call: CallOptions = {}): Promise<Page<Name, Row>> {
    return this.#requests.ask('GET', this.#path(), { ...call, query: { ...(query as PageQuery) } });
  }

  /** Every row, page after page. */
  async *all(call: CallOptions = {}): AsyncGenerator<Row, void, undefined> {
    for (let after = 0, more = true; more;) {
      const page = await this.list({ after } as Query, call);
      yield* page[this.#name];
      ({ after, more } = page);
    }
  }

  /** The whole list as a stream. */
  export(query: Query = {} as Query, options: ExportOptions = {}): Export<Row> {
    const exported = { method: 'GET', path: this.#path(), given: { ...(query as PageQuery) } } as const;
    return new Export(this.#requests, { ...exported, by: 'after', places: ['id'] }, options);
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

  /**
   * Not users and tokens: takes a CSV file with a header line, all of it or nothing; again and again without doubles.
   * @throws ApiError 422 with each fault, by line and column
   */
  importCsv(file: string | Blob, { dryRun }: { dryRun?: boolean } = {}, call: CallOptions = {}): Promise<ImportSum> {
    const query = dryRun === undefined ? {} : { dry_run: dryRun ? 1 : 0 };
    return this.#requests.ask('POST', this.#path(), { ...call, query, csv: file });
  }

  #path(id?: number): string {
    return `/api/v1/${this.#name}${id === undefined ? '' : `/${id}`}`;
  }
}

/** `company`: only of this handle. */
export interface OfCompanyQuery extends PageQuery {
  company?: string;
}

interface Naming {
  name: string | null;
}
type Owned<Name extends string, Row, New extends TSchema, Change> = Table<
  Name,
  Row,
  Static<New>,
  Change,
  Row,
  OfCompanyQuery
>;
export type Companies = Table<'companies', Company, Static<typeof NewCompany>, Naming>;
export type Extensions = Owned<'extensions', Extension, typeof NewExtension, Naming>;
export type Dids = Owned<'dids', Did, typeof NewDid, Static<typeof DidChange>>;
export type Trunks = Owned<'trunks', Trunk, typeof NewTrunk, Static<typeof TrunkChange>>;
export type Endpoints = Owned<'endpoints', Endpoint, typeof NewEndpoint, Static<typeof EndpointChange>>;
export type Users = Omit<Table<'users', User, Static<typeof NewUser>, Static<typeof UserChange>>, 'importCsv'>;
export type Tokens = Omit<
  Table<'tokens', Token, Static<typeof TokenRequest>, never, NewTokenAnswer>,
  'change' | 'importCsv'
>;

export interface AuditQuery extends PageQuery {
  before?: number;
  action?: string;
  /** Of who acted. */
  name?: string;
  from?: string;
  to?: string;
}

/** Call it for a page. */
export interface Audit {
  (query?: AuditQuery, call?: CallOptions): Promise<AuditPage>;
  /** The whole audit as a stream, in the same order. */
  export(query?: AuditQuery, options?: ExportOptions): Export<AuditEntry>;
}

export function auditOf(requests: Requests): Audit {
  const path = '/api/v1/audit';
  const list = (query: AuditQuery = {}, call: CallOptions = {}): Promise<AuditPage> =>
    requests.ask('GET', path, { ...call, query: { ...query } });
  return Object.assign(list, {
    export: (query: AuditQuery = {}, options: ExportOptions = {}) => {
      const by = query.after === undefined ? ('before' as const) : ('after' as const);
      const exported = { method: 'GET' as const, path, given: { ...query }, by, places: ['id'] };
      return new Export<AuditEntry>(requests, exported, options);
    },
  });
}
