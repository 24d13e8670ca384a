// What is asked of rejects, over the network and over the daemon's own socket alike.
import { Type, type Static } from 'typebox';
import type { RejectFilter, RejectPage } from '../store/rejects.ts';
import { toConditions } from './filter.ts';
import { demandOneWay } from './places.ts';

/** Raw texts can be long: rejects of one answer, or of one retry or discard by filter. */
export const rejectsMax = 1000;

const id = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const closed = { additionalProperties: false };
const filter = {
  source: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: 'name of the source, like pbx1/ami' }),
  ),
  system: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'name of the Asterisk: rejects of its sources, and written records that name it',
    }),
  ),
  from: Type.Optional(
    Type.String({
      maxLength: 40,
      description: 'last seen not before this time: RFC 3339, or a day (UTC) like 2026-11-22',
    }),
  ),
  to: Type.Optional(Type.String({ maxLength: 40, description: 'last seen before this time, or before this day' })),
};
const limitTo = (most: number, usual: number) =>
  Type.Integer({ minimum: 1, maximum: most, default: Math.min(usual, most), description: 'at most so many' });
const after = Type.Optional(Type.Integer({ ...id, description: 'only rejects above this id, the oldest first' }));

export const listRejectsQuery = (most: number) =>
  Type.Object(
    {
      after,
      before: Type.Optional(
        Type.Integer({ ...id, description: 'only rejects below this id, the newest first; not together with after' }),
      ),
      limit: limitTo(most, 100),
      ...filter,
    },
    closed,
  );

export const retryQuery = (most: number) => Type.Object({ after, limit: limitTo(most, most), ...filter }, closed);

export const discardQuery = (most: number) =>
  Type.Object(
    {
      all: Type.Optional(Type.Enum(['1'], { description: 'needed where nothing else says which' })),
      limit: limitTo(most, most),
      ...filter,
    },
    closed,
  );

type Query = Static<ReturnType<typeof listRejectsQuery>>;
type Given = { [Name in keyof Query]?: Query[Name] | undefined };

/** @throws ClientError 400 for a time that is none */
export function toRejectFilter({ source, system, from, to }: Given): RejectFilter {
  const times = toConditions({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
  return {
    ...(source === undefined ? {} : { source }),
    ...(system === undefined ? {} : { system }),
    ...(times.from === undefined ? {} : { from: times.from }),
    ...(times.until === undefined ? {} : { until: times.until }),
  };
}

/** @throws ClientError 400 for a time that is none, or a page that goes both ways */
export function toRejectPage(given: Given): RejectPage {
  const { after, before } = given;
  demandOneWay({ after, before });
  return {
    ...toRejectFilter(given),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
}
