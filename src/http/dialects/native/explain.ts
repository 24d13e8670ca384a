// GET /cdrs/{id}/explain: the life of one record. GET /explain?uniqueid=: the lives of all records of a channel.
//
// Who may see a record may see its life: which sources showed it, when and by which rule it was merged, who edited it. What a
// source said where it was not believed is the raw record, so the words of contradictions, what the rules derived before
// people corrected it, from what, and hidden records are for the scope admin. Rejects are rows that nobody could give to a company:
// they are for an admin who is bound to none.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { explain } from '../../../cdr/explain.ts';
import { uniqueidMax } from '../../../cdr/fields.ts';
import { isoOf } from '../../../cdr/time.ts';
import { ClientError } from '../../../errors.ts';
import { livesMax } from '../../../store/explain.ts';
import type { HttpContext } from '../../context.ts';
import { json, type Operation } from '../../documents/operation.ts';
import { closeOtherMethods } from '../../methods.ts';
import { Explanation, Explanations, toNativeTaken, toRejectSeen } from './explanation.ts';
import { idParams } from './read.ts';
import type { Demand } from './routes.ts';

const operation: Operation = {
  id: 'explainCdr',
  summary: 'The life of one record',
  description:
    'Which sources showed it, when, and why as this record; where they disagree and who is believed; edits and changes. ' +
    'What each source said, which rule gave each fact from what, and rejects of its uniqueid, are for admins.',
  ...{ tag: 'proof', needs: 'read' },
  answers: { 200: json(Explanation, 'Its life.') },
  errors: { 404: 'There is no such record, or it is not yours to see.', 410: 'It was taken away by retention.' },
};

const SearchQuery = Type.Object(
  {
    uniqueid: Type.String({ minLength: 1, maxLength: uniqueidMax, description: "party A's channel at birth" }),
    system: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'only records of this Asterisk' })),
  },
  { additionalProperties: false },
);
const searching: Operation = {
  id: 'explainUniqueid',
  summary: 'The lives of all records of one uniqueid',
  description:
    `As /cdrs/{id}/explain tells them, by id, at most ${livesMax}. Where there is none to see, the list is empty; ` +
    'to an admin who is bound to no companies it says then where retention may have taken them.',
  ...{ tag: 'proof', needs: 'read' },
  answers: { 200: json(Explanations, 'Their lives.') },
};

export function explainRoutes(api: FastifyInstance, { store, ingest }: HttpContext, demand: Demand): void {
  const { onRequest, principalOf } = demand('read');

  api.get('/cdrs/:id/explain', { onRequest, schema: { params: idParams }, config: { operation } }, async (request) => {
    const { id } = request.params as Static<typeof idParams>;
    const { scope, within } = principalOf(request);
    const isAdmin = scope === 'admin';
    const life = await store.life(id, within, isAdmin);
    if (life) {
      const told = explain(life, { words: isAdmin, reasons: isAdmin ? await ingest.trace(life) : null });
      if (!isAdmin || within !== null) return told;
      return { ...told, rejects: (await store.rejectsOf(told.uniqueid)).map(toRejectSeen) };
    }
    // That there was a record of another company is nobody's business.
    const isGone = within === null && !(await store.life(id, null, true));
    const last = isGone ? (await store.changesOf(id)).at(-1) : undefined;
    if (last?.op !== 'deleted') throw new ClientError(404, `there is no record ${id}`);
    throw new ClientError(
      410,
      `the record ${id} was taken away at ${isoOf(last.at)}; nothing of it is kept but its number`,
    );
  });
  closeOtherMethods(api, '/cdrs/:id/explain', ['GET']);

  const search = { onRequest, schema: { querystring: SearchQuery }, config: { operation: searching } };
  api.get('/explain', search, async (request) => {
    const { uniqueid, system } = request.query as Static<typeof SearchQuery>;
    const { scope, within } = principalOf(request);
    const isAdmin = scope === 'admin';
    const ids = await store.idsOf(uniqueid, system);
    const records: ReturnType<typeof explain>[] = [];
    // One after the other: this one answer must not take the store from everybody else.
    for (const id of ids) {
      const life = await store.life(id, within, isAdmin);
      if (life) records.push(explain(life, { words: isAdmin }));
    }
    const told = { records, more: ids.length === livesMax };
    if (!isAdmin || within !== null) return told;
    const rejects = (await store.rejectsOf(uniqueid)).filter(({ source }) => isOf(source, system));
    const taken = records.length > 0 ? [] : await store.takenOf(uniqueid);
    return {
      ...told,
      rejects: rejects.map(toRejectSeen),
      taken: taken.filter((of) => system === undefined || of.system === system).map(toNativeTaken),
    };
  });
  closeOtherMethods(api, '/explain', ['GET']);
}

/** A source is named SYSTEM/KIND. */
function isOf(source: string, system: string | undefined): boolean {
  return system === undefined || source.slice(0, source.lastIndexOf('/')) === system;
}
