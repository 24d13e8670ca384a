// What the documents say of a route: its `config.operation`. Nothing of it takes part in answering: answers are sent as they are,
// and the tests compare every one of them with what is said here.
import type { RouteOptions } from 'fastify';
import type { TSchema } from 'typebox';
import type { Scope } from '../../store/tokens.ts';
import { Problem } from '../problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** null: on purpose in no document (what an address says to methods it does not have). */
    operation?: Operation | null;
  }
}

/** The chapters, in the order of the page. */
export const tags = {
  records: 'Call records: lists, searches, one by one, written and corrected.',
  calls: 'Conversations: one for all the records that a call has left.',
  stats: 'Calls counted: how many, answered, how long, by time, company, extension and more; and how many ran at once.',
  feed: 'What changed, as it happens. The WebSocket is described in /asyncapi.json, with its address.',
  companies:
    'Companies and extensions: names for what records speak of. DIDs, trunks and endpoints: what the rules look up.',
  rejects: 'Rows that could not be understood: to read, to try again, to discard.',
  proof: 'Whether every record is here, day by day and one by one.',
  session: 'Logging in from a browser.',
  users: 'Users, tokens and the audit, for admins who are bound to no companies.',
  jobs: 'Work that is done by the clock.',
  doctor: 'What is wrong beside the PBX, and the lines that mend it.',
  ipcortex: 'The API of the IPCortex PABX. Failures are 200 with `"result":"fail"`.',
  daemon: 'Is it alive, is it ready, its numbers, its documents. No token needed.',
} as const;

export interface Operation {
  /** Its name in generated clients; no other route has it. */
  id: string;
  /** A few words. */
  summary: string;
  /** Whatever more there is to know: units, limits, order. */
  description?: string;
  tag: keyof typeof tags;
  /** Who may ask; `admin!` is an admin, `read!` anybody, who is bound to no companies and extensions. */
  needs: Scope | 'read!' | 'admin!' | 'nobody';
  /** The body where the route's own schema does not say all of it. */
  body?: TSchema;
  /** What it answers when all goes well, and errors of its own that have a shape of their own, by status. */
  answers: Record<number, Answer>;
  /** Errors of its own, beside those every such route has (see `usual`): status → when. */
  errors?: Record<number, string>;
  /** none: errors are part of `answers`, as a vendor has it. */
  faults?: 'none';
}

export interface Answer {
  description: string;
  /** By media type; absent: no body. */
  content?: Record<string, TSchema>;
  /** What headers of it say. */
  headers?: Record<string, string>;
}

export function json(schema: TSchema, description: string, headers?: Record<string, string>): Answer {
  return { description, content: { 'application/json': schema }, ...(headers ? { headers } : {}) };
}

export function problem(description: string, schema: TSchema = Problem): Answer {
  return { description, content: { 'application/problem+json': schema } };
}

/** 204. */
export const done = (description: string): Answer => ({ description });

/** 201 with the address of what was made. */
export const made = (schema: TSchema, description: string): Answer =>
  json(schema, description, { location: 'path of what was made' });

const usual: Record<number, string> = {
  400: 'A parameter or the body is not as described; `errors` names each field, what was found and what was expected.',
  401: 'No token or session was shown, or one that is unknown, revoked or over.',
  403: 'The scope does not allow it, or a session cookie came from a page of another origin.',
  413: 'The body is larger than the server takes (`limits.body_bytes`, unless this route says less).',
  415: 'The body was not sent as application/json.',
  429: 'Too many requests in a minute (`limits.reads_per_minute`, `limits.writes_per_minute`); the header Retry-After says how many seconds to wait.',
  500: 'A fault of cdrd itself; its log says which.',
  503: 'The store or something else that is needed is away, or the server is full: try again later.',
};

/** Everything this route can answer, by status. */
export function answersOf(
  { answers, errors = {}, needs, faults }: Operation,
  route: RouteOptions,
): Record<number, Answer> {
  if (faults === 'none') return answers;
  const { querystring, params, body } = route.schema ?? {};
  // The server reads a body that comes with a DELETE, and judges it.
  const mayBring = ['POST', 'PATCH', 'PUT', 'DELETE'].includes(String(route.method));
  const always = [
    ...(querystring || params || body || mayBring ? [400] : []),
    ...(needs === 'nobody' ? [] : [401, 403, 429]),
    ...(mayBring ? [413, 415] : []),
    ...[500, 503],
  ];
  const sentences: Record<string, string> = { ...errors };
  for (const status of always) sentences[status] ??= usual[status]!;
  const problems = Object.entries(sentences).map(([status, description]): [string, Answer] => [
    status,
    problem(description),
  ]);
  return { ...Object.fromEntries(problems), ...answers };
}

/** Who may ask, in words. */
export function needsText(needs: Operation['needs']): string {
  if (needs === 'nobody') return 'Needs no token.';
  if (needs === 'read!') return 'Needs the scope read, of somebody who is bound to no companies or extensions.';
  if (needs === 'admin!') return 'Needs an admin who is bound to no companies.';
  return `Needs the scope ${needs}.`;
}
