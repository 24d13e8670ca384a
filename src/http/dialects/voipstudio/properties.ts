// What records can be filtered by, and the records each test means. Only what a database can look at: a filter is counted exactly.
import type { ColumnFilter } from '../../../cdr/columns.ts';
import type { Kin } from '../../../cdr/kin.ts';
import type { CdrFilter, Within } from '../../../cdr/query.ts';
import type { Store } from '../../../store/store.ts';
import { isIn } from '../texts.ts';
import { userWithin } from './directory.ts';
import { fault } from './fault.ts';
import { stretchOf, type Kind, type Test } from './filter.ts';
import { recordsOf, type WordField } from './words.ts';

export const cdrProperties = {
  ...{ id: 'number', call_id: 'number', calldate: 'date', duration: 'number', billsec: 'number' },
  ...{ src: 'text', dst: 'text', clid: 'text', info: 'text' },
  ...{ type: 'word', disposition: 'word', destination: 'word', context: 'word' },
  ...{ live_id: 'list', parent_live_id: 'list', root_live_id: 'list', user_id: 'list', labels: 'list' },
} as const satisfies Record<string, Kind>;

/** Words of the vendor that nothing here shows: no record has them. */
export const neverShown: Record<WordField, readonly string[]> = {
  type: [],
  disposition: ['ON_HOLD'],
  destination: ['webcall', 'callmeback'],
  context: [],
};

export interface Wanted {
  filter: CdrFilter;
  columns: ColumnFilter;
}

/** @throws ClientError 400 */
export async function wantedBy(tests: readonly Test[], store: Store, within: Within): Promise<Wanted> {
  const filters: CdrFilter[] = [];
  const columns: ColumnFilter[] = [];
  for (const test of tests) {
    const { filter, column } = await readTest(test, store, within);
    if (filter) filters.push(filter);
    if (column) columns.push(column);
  }
  return { filter: { and: filters }, columns: { all: columns } };
}

interface Part {
  filter?: CdrFilter;
  column?: ColumnFilter;
}

async function readTest(test: Test, store: Store, within: Within): Promise<Part> {
  const { property, value } = test;
  switch (property as keyof typeof cdrProperties) {
    case 'id':
    case 'call_id':
      return { column: numberTest('id', test) };
    case 'duration':
    case 'billsec':
      return { column: numberTest(property as 'duration', test) };
    case 'calldate':
      return { filter: dateTest(test) };
    case 'src':
    case 'dst':
    case 'clid':
      return { column: textTest(property as 'src', test) };
    case 'info':
      return { column: textTest('userfield', test) };
    case 'type':
    case 'disposition':
    case 'destination':
    case 'context':
      return { column: wordTest(property as WordField, test) };
    case 'live_id':
      return kinTest(test, store, within, ({ live }) => live);
    case 'parent_live_id':
      return kinTest(test, store, within, ({ parent }) => parent);
    case 'root_live_id':
      return kinTest(test, store, within, ({ root }) => root);
    case 'user_id':
      return userTest(test, store, within);
    case 'labels':
      return { filter: { tag: value } };
  }
}

const signs = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=', like: '=' } as const;

function numberTest(column: 'id' | 'duration' | 'billsec', { operator, number }: Test): ColumnFilter {
  return { column, is: signs[operator], value: number };
}

function textTest(column: 'src' | 'dst' | 'clid' | 'userfield', { operator, value }: Test): ColumnFilter {
  return { column, is: operator === 'like' ? 'has' : '=', value };
}

/** Dates are shown in whole seconds, and compared as they are shown. */
function dateTest({ operator, value, number }: Test): CdrFilter {
  const second = Math.floor(number / 1e6) * 1e6;
  const isWhole = second === number;
  const next = second + 1e6;
  const [from, until] = operator === 'like' ? stretchOf(value)! : [second, next];
  switch (operator) {
    case 'eq':
      return isWhole ? { from, until } : { or: [] };
    case 'like':
      return { from, until };
    case 'gt':
      return { from: next };
    case 'gte':
      return { from: isWhole ? second : next };
    case 'lt':
      return { until: isWhole ? second : next };
    case 'lte':
      return { until: next };
  }
}

function wordTest(field: WordField, { operator, value, field: place }: Test): ColumnFilter {
  const known = Object.entries(recordsOf[field]);
  if (operator === 'like')
    return {
      any: known.filter(([word]) => isIn(value, [word])).map(([, records]) => records),
    };
  const words = [...known.map(([word]) => word), ...neverShown[field]];
  if (!words.includes(value))
    throw fault(place, `${JSON.stringify(value.slice(0, 80))} is not one of ${words.join(', ')}`);
  return recordsOf[field][value] ?? { any: [] };
}

/** Records whose kin has this number; they are all of the call of the record that has it for its id. */
async function kinTest(
  { field, value }: Test,
  store: Store,
  within: Within,
  of: (kin: Kin) => number | null,
): Promise<Part> {
  const kin = await store.kin([idOf(field, value)], within);
  const ids = [...kin].filter(([, one]) => of(one) === Number(value)).map(([id]) => id);
  return { column: { column: 'id', is: 'in', value: ids } };
}

/** Records whose local party is this user's: the caller of what goes out, the called one of what comes in. */
async function userTest({ field, value }: Test, store: Store, within: Within): Promise<Part> {
  const user = await userWithin(store, idOf(field, value), within);
  if (!user) return { column: { any: [] } };
  const column: ColumnFilter = {
    any: user.extensions.map((number) => ({ column: 'extension', is: '=', value: number })),
  };
  if (user.companies === null) return { column };
  return { column, filter: { or: user.companies.map((company) => ({ company })) } };
}

function idOf(field: string, value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw fault(field, `${JSON.stringify(value.slice(0, 80))} is not an id`);
}
