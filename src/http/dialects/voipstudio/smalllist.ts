// Lists that are in memory as a whole: filtered, sorted and paged like those of records, by what is shown.
import type { FastifyRequest } from 'fastify';
import { isIn } from '../texts.ts';
import type { Properties, Test } from './filter.ts';
import { dateOf, stretchOf } from './filter.ts';
import { compare } from './snapshots.ts';
import { readWish } from './wish.ts';

type Row = Record<string, unknown>;

/** @throws ClientError 400 */
export function listed(
  request: FastifyRequest,
  properties: Properties,
  rows: readonly Row[],
): { data: Row[]; total: number } {
  const { page, limit, sort, isFalling, tests } = readWish(request, properties, Object.keys(properties));
  const found = rows.filter((row) => tests.every((test) => holds(row[test.property], test)));
  found.sort((a, b) => compare(a[sort], b[sort]) * (isFalling ? -1 : 1));
  return { data: found.slice((page - 1) * limit, page * limit), total: found.length };
}

function holds(value: unknown, { operator, value: text, number }: Test): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'boolean') return value === (number === 1);
  const date = typeof value === 'string' && /^\d{4}-\d\d-\d\d /.test(value) ? dateOf(value) : undefined;
  if (operator === 'like' && date !== undefined) {
    const [from, until] = stretchOf(text) ?? [Infinity, 0];
    return date >= from && date < until;
  }
  const shown = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  if (operator === 'like') return isIn(text, [shown]);
  if (typeof value !== 'number' && date === undefined) return shown === text;
  const is = date ?? (value as number);
  switch (operator) {
    case 'eq':
      return is === number;
    case 'gt':
      return is > number;
    case 'gte':
      return is >= number;
    case 'lt':
      return is < number;
    case 'lte':
      return is <= number;
  }
}
