// What a list of records may be asked: as query parameters, or as the body of a search.
import { Type, type Static, type TObject, type TProperties } from 'typebox';
import type { StoredCdr } from '../../../cdr/cdr.ts';
import { orders, type CdrFilter, type CdrQuery, type Order, type Place, type Within } from '../../../cdr/query.ts';
import { ClientError } from '../../../errors.ts';
import { AnyFilter, checkText, conditionSchemas, readFilter, toConditions } from '../../filter.ts';
import { demandOneWay } from '../../places.ts';
import { found, limitKey } from '../../validate.ts';
import { cursorAt, cursorOf, type Cursor } from './cursor.ts';

/** Longest filter in a URL, in characters; Node takes 16 KiB of headers, the URL in them three times as long when escaped. */
const filterMax = 4096;
const place = { minLength: 1, maxLength: 128 };

const limit = (pageRows: number, what = 'records') =>
  Type.Integer({
    minimum: 1,
    maximum: pageRows,
    default: Math.min(100, pageRows),
    [limitKey]: 'limits.page_rows',
    description: `most ${what} in the answer`,
  });
const order = Type.Optional(
  Type.Enum([...orders], { description: 'by id (the default) or by start and then id; - begins with the newest' }),
);

/** Conditions as query parameters, and one as JSON: the same for lists, changes and the event stream. */
export const filterParams = {
  ...conditionSchemas,
  filter: Type.Optional(Type.String({ minLength: 1, maxLength: filterMax, description: 'a filter in JSON' })),
};

/** @throws ClientError 400 */
export function toFilter({ filter, ...conditions }: Static<TObject<typeof filterParams>>): CdrFilter {
  const whole = { ...toConditions(conditions), ...(filter === undefined ? {} : { and: [readFilter(parsed(filter))] }) };
  checkText(whole);
  return whole;
}

/** What a list of such things may be asked in a query string. */
export const pageParams = <Conditions extends TProperties>(pageRows: number, what: string, conditions: Conditions) => ({
  after: Type.Optional(Type.String({ ...place, description: `only ${what} after this place in the order` })),
  limit: limit(pageRows, what),
  ...conditions,
  filter: Type.Optional(Type.String({ minLength: 1, maxLength: filterMax, description: 'a filter in JSON' })),
  before: Type.Optional(
    Type.String({
      ...place,
      description: `only ${what} before this place, the nearest ones; not together with after`,
    }),
  ),
  order,
});

export const listQuery = (pageRows: number) =>
  Type.Object(
    {
      ...pageParams(pageRows, 'records', conditionSchemas),
      raw: Type.Optional(
        Type.Enum(['0', '1'], { description: '1: as the sources told them, hidden ones too; for admins' }),
      ),
    },
    { additionalProperties: false },
  );

export const searchBody = (pageRows: number) => {
  const anyPlace = (description: string) =>
    Type.Optional(
      Type.Union([Type.String(place), Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), Type.Null()], {
        description,
      }),
    );
  return Type.Object(
    {
      filter: Type.Optional(AnyFilter),
      order,
      after: anyPlace('only records after this place in the order'),
      before: anyPlace('only records before this place, the nearest ones; not together with after'),
      limit: limit(pageRows),
      raw: Type.Optional(Type.Boolean({ description: 'as the sources told them, hidden ones too; for admins' })),
    },
    { additionalProperties: false, title: 'CdrSearch' },
  );
};

/** @throws ClientError 400 */
export function toQuery(given: Static<ReturnType<typeof listQuery>>, within: Within): CdrQuery {
  const { after, before, limit, order, raw, ...filter } = given;
  return {
    ...toFilter(filter),
    ...{ within, limit, raw: raw === '1' },
    ...placesOf(order ?? 'id', after, before),
  };
}

/** @throws ClientError 400 */
export function toSearch(given: Static<ReturnType<typeof searchBody>>, within: Within): CdrQuery {
  const { after, before, limit, order, filter, raw } = given;
  const conditions = filter === undefined ? {} : readFilter(filter);
  checkText(conditions);
  return {
    ...conditions,
    ...{ within, limit, raw: raw === true },
    ...placesOf(order ?? 'id', after?.toString(), before?.toString()),
  };
}

export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw fault('filter', `${found(json)} is not JSON`);
  }
}

export function placesOf(order: Order, after?: string, before?: string): Pick<CdrQuery, 'order' | 'after' | 'before'> {
  demandOneWay({ after, before });
  return {
    order,
    ...(after === undefined ? {} : { after: placeOf('after', after, order) }),
    ...(before === undefined ? {} : { before: placeOf('before', before, order) }),
  };
}

/** Ids as they are; `start:MICROS:ID` in base64url, which nobody should read. */
function placeOf(field: string, text: string, order: Order): Place {
  if (!order.endsWith('start')) {
    const id = Number(text);
    if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(id)) return id;
    throw fault(field, `${/^-?\d{1,20}$/.test(text) ? text : found(text)} is not a whole number from 0`);
  }
  const match = /^start:(-?\d{1,16}):(\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [start, id] = [Number(match?.[1]), Number(match?.[2])];
  if (Number.isSafeInteger(start) && Number.isSafeInteger(id)) return { start, id };
  throw fault(field, `${found(text)} is no place in the order by start: take it from an answer in that order`);
}

/** Where to go on from a page, forwards and backwards. */
export function cursorsOf(
  page: readonly Pick<StoredCdr, 'id' | 'start'>[],
  { order, after, before }: Pick<CdrQuery, 'order' | 'after' | 'before'>,
): Record<'after' | 'before', Cursor | null> {
  const cursor = (cdr: Pick<StoredCdr, 'id' | 'start'> | undefined, given: Place | undefined) =>
    cdr ? cursorOf(cdr, order) : given === undefined ? null : cursorAt(given);
  // A poller of an empty store goes on from the beginning.
  return { after: cursor(page.at(-1), after) ?? (order === 'id' ? 0 : null), before: cursor(page[0], before) };
}

function fault(field: string, message: string): ClientError {
  return new ClientError(400, `${field}: ${message}`, [{ field, message }]);
}
