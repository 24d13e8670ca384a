// What people write beside a record: PATCH and DELETE. The raw record stays as its sources told it.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import type { Patch } from '../../../cdr/overlay.ts';
import { ClientError } from '../../../errors.ts';
import type { HttpContext } from '../../context.ts';
import { done, json, type Operation } from '../../documents/operation.ts';
import { Cdr } from './answers.ts';
import type { Editing } from '../../../store/edit.ts';
import { demandScope, type Principal } from '../../auth.ts';
import { byOfRequest } from '../../gate.ts';
import { idParams } from './read.ts';
import type { Demand } from './routes.ts';
import { toNative } from './shape.ts';

const optional = (maxLength: number, minLength: number, description: string) =>
  Type.Optional(Type.Union([Type.String({ minLength, maxLength }), Type.Null()], { description }));
const party = (description: string) => optional(255, 1, `${description}; null takes the correction back`);

export const PatchBody = Type.Object(
  {
    note: optional(4096, 0, 'null or empty takes it away'),
    tags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 50, description: 'in place of all others' }),
    ),
    company: party('the calling company'),
    target: party('the called company'),
    extension: party('the local party'),
    peer_extension: party('the other local party of an internal record'),
    hidden: Type.Optional(
      Type.Literal(false, { description: 'brings a hidden record back; alone in its body, with the scope admin' }),
    ),
  },
  { additionalProperties: false, title: 'CdrPatch' },
);

const about = { tag: 'records', needs: 'write' } as const;
const noRecord = 'There is no such record, or it is not yours to see.';
const editing: Operation = {
  ...{ id: 'editCdr', summary: 'Writes beside a record: note, tags, corrections', ...about },
  description:
    'The record itself stays as its sources told it; everyone sees it with what is written here. ' +
    'A writer bound to companies can neither give a record to others nor take it from them (403).',
  answers: { 200: json(Cdr, 'The record as everyone sees it now.') },
  errors: { 404: noRecord, 422: 'There are too many different tags or companies.' },
};
const hiding: Operation = {
  ...{ id: 'hideCdr', summary: 'Hides a record from everyone', ...about },
  description:
    'Also from all its companies: a writer who is bound to some of them only is refused (403). An admin brings it back with PATCH {"hidden": false}.',
  answers: { 204: done('It is hidden.') },
  errors: { 404: noRecord },
};

export function editRoutes(api: FastifyInstance, { store, feed }: HttpContext, demand: Demand): void {
  const { onRequest, principalOf } = demand('write');
  const restore = async (given: Editing, rest: object, principal: Principal) => {
    demandScope(principal, 'admin');
    if (Object.keys(rest).length > 0) {
      const message = 'brings the record back and stands alone: write the rest in a second PATCH';
      throw new ClientError(400, `hidden: ${message}`, [{ field: 'hidden', message }]);
    }
    await store.hide(given, false);
  };

  api.patch(
    '/cdrs/:id',
    { onRequest, schema: { params: idParams, body: PatchBody }, config: { operation: editing } },
    async (request) => {
      const { id } = request.params as Static<typeof idParams>;
      const principal = principalOf(request);
      const { within } = principal;
      const { hidden, ...body } = request.body as Static<typeof PatchBody>;
      const given = { id, by: byOfRequest(request), now: Date.now() * 1000, within };
      if (hidden === false) await restore(given, body, principal);
      const cdr = await store.edit(given, toPatch(body));
      if (!cdr) throw new ClientError(404, `there is no record ${id}`);
      feed.wake();
      return toNative(cdr);
    },
  );

  api.delete(
    '/cdrs/:id',
    { onRequest, schema: { params: idParams }, config: { operation: hiding } },
    async (request, reply) => {
      const { id } = request.params as Static<typeof idParams>;
      const { within } = principalOf(request);
      const isHidden = await store.hide({ id, by: byOfRequest(request), now: Date.now() * 1000, within });
      if (!isHidden) throw new ClientError(404, `there is no record ${id}`);
      feed.wake();
      return reply.code(204).send();
    },
  );
}

/** @throws ClientError 400 for what is nothing but spaces. */
function toPatch({
  note,
  tags,
  peer_extension: peerExtension,
  ...parties
}: Omit<Static<typeof PatchBody>, 'hidden'>): Patch {
  const given = Object.entries({ ...parties, peerExtension }).filter(([, value]) => value !== undefined);
  const corrections = given.map(([name, value]) => [name, value && named(name, value)]);
  return {
    ...(note === undefined ? {} : { note: note?.toWellFormed() || null }),
    ...(tags === undefined ? {} : { tags: tags.map((tag, at) => named(`tags.${at}`, tag)) }),
    ...(Object.fromEntries(corrections) as Patch),
  };
}

function named(name: string, text: string): string {
  const trimmed = text.trim().toWellFormed();
  if (trimmed !== '') return trimmed;
  const field = name === 'peerExtension' ? 'peer_extension' : name;
  const message = 'is nothing but spaces';
  throw new ClientError(400, `${field}: ${message}`, [{ field, message }]);
}
