// What a list is asked: the vendor's query options, with or without `$`, in the address or in the body of a POST.
import { ClientError, type Fault } from '../../../errors.ts';
import { found } from '../../validate.ts';
import { fieldNames, isField } from './fields.ts';
import type { SortKey } from './holds.ts';
import { readFilter, type Filter } from './odata.ts';
import { readSearch, type Search } from './search.ts';

export interface Options {
  filter: Filter | null;
  search: Search | null;
  order: readonly SortKey[];
  /** Items that are passed over. */
  skip: number;
  top: number;
}

const names = ['filter', 'search', 'orderby', 'skip', 'top', 'count'] as const;
type Name = (typeof names)[number];
type Given = Partial<Record<Name, unknown>>;

const top = { least: 1, most: 100 };
const skipMost = 1_000_000_000;
const orderMost = 5;
/** The vendor's own examples are newest first. */
const usualOrder: readonly SortKey[] = [{ field: 'started_at', isFalling: true }];

/** Anything else that is there changes nothing. @throws ClientError 400, all faults at once */
export function readOptions(query: unknown, body: unknown): Options {
  const given = together(query, body);
  const faults: Fault[] = [];
  const read = <T>(name: Name, usual: T, reader: (value: unknown) => T): T => {
    try {
      return given[name] === undefined ? usual : reader(given[name]);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      faults.push(...error.faults);
      return usual;
    }
  };
  const options: Options = {
    filter: read('filter', null, (value) => (textOf('filter', value).trim() === '' ? null : readFilter(String(value)))),
    search: read('search', null, (value) => readSearch(textOf('search', value))),
    order: read('orderby', usualOrder, readOrder),
    skip: read('skip', 0, (value) => wholeOf('skip', value, 0, skipMost)),
    top: read('top', top.most, (value) => wholeOf('top', value, top.least, top.most)),
  };
  // It is counted always, as the vendor's list shows it.
  read('count', true, (value) => flagOf('count', value));
  if (faults.length > 0) throw refusal(faults);
  return options;
}

/** @throws ClientError 400 for what is said twice, and for a body that is no object */
function together(query: unknown, body: unknown): Given {
  if (body != null && (typeof body !== 'object' || Array.isArray(body)))
    throw refusal([{ field: 'body', message: `found ${found(body)}, expected an object of options` }]);
  const given: Given = {};
  for (const part of [query, body] as (Record<string, unknown> | null | undefined)[]) {
    for (const [key, value] of Object.entries(part ?? {})) {
      const name = names.find((one) => key === one || key === `$${one}`);
      if (name === undefined) continue;
      if (given[name] !== undefined || Array.isArray(value))
        throw refusal([{ field: name, message: 'found it twice, expected it once' }]);
      given[name] = value;
    }
  }
  return given;
}

function readOrder(value: unknown): readonly SortKey[] {
  const text = textOf('orderby', value);
  if (text.trim() === '') return usualOrder;
  const keys = text.split(',').map((part): SortKey => {
    const [name = '', way = 'asc', ...rest] = part.trim().split(/\s+/);
    if (!isField(name)) {
      const message = `found ${name === '' ? 'nothing' : name.slice(0, 40)}, expected a field, one of ${fieldNames.join(', ')}`;
      throw refusal([{ field: 'orderby', message }]);
    }
    if (rest.length > 0 || (way !== 'asc' && way !== 'desc')) {
      const message = `found "${[way, ...rest].join(' ').slice(0, 40)}" after ${name}, expected asc or desc`;
      throw refusal([{ field: 'orderby', message }]);
    }
    return { field: name, isFalling: way === 'desc' };
  });
  if (keys.length > orderMost)
    throw refusal([{ field: 'orderby', message: `found ${keys.length} fields, expected at most ${orderMost}` }]);
  return keys;
}

function textOf(field: Name, value: unknown): string {
  if (typeof value === 'string') return value;
  throw refusal([{ field, message: `found ${found(value)}, expected a text` }]);
}

function wholeOf(field: Name, value: unknown, least: number, most: number): number {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number;
  throw refusal([{ field, message: `found ${found(value)}, expected a whole number from ${least} to ${most}` }]);
}

function flagOf(field: Name, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw refusal([{ field, message: `found ${found(value)}, expected true or false` }]);
}

function refusal(faults: Fault[]): ClientError {
  return new ClientError(400, faults.map(({ field, message }) => `${field}: ${message}`).join('; '), faults);
}
