// What a list is asked: page, limit, sort, dir, filter. Anything else in the query string changes nothing, as with the vendor.
import type { FastifyRequest } from 'fastify';
import { found } from '../../validate.ts';
import { fault } from './fault.ts';
import { readFilter, type Properties, type Test } from './filter.ts';

/** Most rows of a page: clients ask for more and are given these. */
const limits = { usual: 25, most: 5000 };
const pagesMax = 1_000_000_000;

export interface Wish {
  /** From 1. */
  page: number;
  limit: number;
  sort: string;
  isFalling: boolean;
  tests: Test[];
}

/** `sortable` are the names a list is sorted by; it begins with the newest id unless it is told. @throws ClientError 400 */
export function readWish({ query }: FastifyRequest, properties: Properties, sortable: readonly string[]): Wish {
  const given = query as Record<string, unknown>;
  const one = (name: string): string | undefined => {
    const value = given[name];
    if (value === undefined || typeof value === 'string') return value === '' ? undefined : value;
    throw fault(name, 'is given twice');
  };
  const { sort = 'id', isFalling } = sortOf(one('sort'), one('dir'));
  if (!sortable.includes(sort))
    throw fault('sort', `${found(sort)} is not known, expected one of ${sortable.join(', ')}`);
  return {
    page: wholeOf('page', one('page') ?? '1', pagesMax),
    limit: Math.min(limits.most, wholeOf('limit', one('limit') ?? String(limits.usual), Number.MAX_SAFE_INTEGER)),
    ...{ sort, isFalling, tests: readFilter(one('filter'), properties) },
  };
}

function wholeOf(field: string, text: string, most: number): number {
  const number = Number(text);
  if (/^\d{1,16}$/.test(text) && number >= 1 && number <= most) return number;
  throw fault(field, `${found(text)} is not a whole number from 1`);
}

/** `sort=calldate&dir=ASC`, or as ExtJS writes it: `sort=[{"property":"calldate","direction":"ASC"}]`. */
function sortOf(sort: string | undefined, dir: string | undefined): { sort: string | undefined; isFalling: boolean } {
  if (!sort?.startsWith('['))
    return { sort, isFalling: isFallingIn('dir', dir ?? (sort === undefined ? 'DESC' : 'ASC')) };
  let list: unknown;
  try {
    list = JSON.parse(sort);
  } catch {
    throw fault('sort', `${found(sort)} is not JSON`);
  }
  const [first, ...more] = list as unknown[];
  if (more.length > 0) throw fault('sort', `has ${more.length + 1} parts, expected one`);
  const { property, direction = 'ASC' } = (first ?? {}) as Record<string, unknown>;
  if (typeof property !== 'string') throw fault('sort.0.property', `${found(property)} is not the name of a property`);
  return { sort: property, isFalling: isFallingIn('sort.0.direction', direction) };
}

function isFallingIn(field: string, direction: unknown): boolean {
  const word = typeof direction === 'string' ? direction.toUpperCase() : '';
  if (word === 'ASC' || word === 'DESC') return word === 'DESC';
  throw fault(field, `${found(direction)} is not ASC or DESC`);
}
