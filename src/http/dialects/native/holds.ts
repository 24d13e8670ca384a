// /api/v1/holds: whose records nobody removes or anonymises. For admins who are bound to nothing.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { isoOf } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';
import type { Hold as StoredHold } from '../../../store/holds.ts';
import { IdParams } from '../../bodies.ts';
import type { HttpContext } from '../../context.ts';
import { done, json, made, type Operation } from '../../documents/operation.ts';
import { byOfRequest, demandAdmin } from '../../gate.ts';
import { NewHold, wholeHold } from '../../holdbodies.ts';
import { closeOtherMethods } from '../../methods.ts';
import { count, text, time } from './answers.ts';

const closed = { additionalProperties: false };
export const Hold = Type.Object(
  {
    id: count('of the hold', 1),
    company: text('handle of the company that is held; null: a number is'),
    number: text('digits of the number that is held; null: a company is'),
    reason: text('why, for people'),
    by: Type.String({ description: 'who made it' }),
    created: time('when it was made'),
  },
  { ...closed, title: 'Hold' },
);
export type Hold = Static<typeof Hold>;
export const HoldList = Type.Object({ holds: Type.Array(Hold) }, { ...closed, title: 'HoldList' });
export type HoldList = Static<typeof HoldList>;

const about = { tag: 'records', needs: 'admin!' } as const;
const operations = {
  list: {
    ...{ id: 'listHolds', summary: 'All holds', ...about },
    answers: { 200: json(HoldList, 'All there are, the oldest first.') },
  },
  add: {
    ...{ id: 'addHold', summary: 'Holds the records of a company or a number', ...about },
    description:
      'Retention removes nothing of calls that are held, and nobody anonymises them, until the hold is removed.',
    answers: { 201: made(Hold, 'The hold.') },
    errors: { 409: 'It is held already, or there are too many holds.' },
  },
  remove: {
    ...{ id: 'removeHold', summary: 'Removes a hold', ...about },
    description: 'What is due goes with the next run of the job `retention`.',
    answers: { 204: done('It is removed.') },
    errors: { 404: 'There is no such hold.' },
  },
} satisfies Record<string, Operation>;

const now = () => Date.now() * 1000;

export function registerHolds(api: FastifyInstance, { store, auth }: HttpContext): void {
  const onRequest = demandAdmin(auth);
  api.get('/holds', { onRequest, config: { operation: operations.list } }, async () => ({
    holds: (await store.listHolds()).map(toNativeHold),
  }));
  api.post(
    '/holds',
    { onRequest, schema: { body: NewHold }, config: { operation: operations.add } },
    async (request, reply) => {
      const hold = await store.addHold(wholeHold(request.body as NewHold), byOfRequest(request), now());
      return reply.code(201).header('location', '/api/v1/holds').send(toNativeHold(hold));
    },
  );
  api.delete(
    '/holds/:id',
    { onRequest, schema: { params: IdParams }, config: { operation: operations.remove } },
    async (request, reply) => {
      const { id } = request.params as Static<typeof IdParams>;
      if (!(await store.removeHold(id, byOfRequest(request), now())))
        throw new ClientError(404, `there is no hold ${id}`);
      return reply.code(204).send();
    },
  );
  closeOtherMethods(api, '/holds', ['GET', 'POST']);
  closeOtherMethods(api, '/holds/:id', ['DELETE']);
}

export function toNativeHold({ created, ...hold }: StoredHold): Hold {
  return { ...hold, created: isoOf(created) };
}
