// /cdrs/{id}/notes: the note people wrote beside a record, with who wrote it and when.
import type { FastifyInstance } from 'fastify';
import type { StoredCdr } from '../../../cdr/cdr.ts';
import type { Within } from '../../../cdr/query.ts';
import type { Edit } from '../../../store/edit.ts';
import type { HttpContext } from '../../context.ts';
import { closeOtherMethods } from '../../methods.ts';
import { oneCdr, shaperOf } from './cdrs.ts';
import { idIn } from './fault.ts';
import { demandHere, principalOf } from './gate.ts';
import { secondOf } from './shape.ts';

const editsAtOnce = 500;

export function registerNotes(api: FastifyInstance, context: HttpContext, base: string): void {
  const { dialects } = context;
  api.get<{ Params: { id: string } }>(
    `${base}/cdrs/:id/notes`,
    { onRequest: demandHere(context, 'read') },
    async (request) => {
      const { within } = principalOf(request);
      const cdr = await oneCdr(context, idIn(request.params.id, 'record'), within);
      const notes = await notesOf(context, cdr, within);
      if (dialects.voipstudio.notes === 'list') return { data: notes, total: notes.length };
      const [data] = await (await shaperOf(context, within))([cdr]);
      return { data: { ...data, notes }, links: {} };
    },
  );
  closeOtherMethods(api, `${base}/cdrs/:id/notes`, ['GET']);
}

/** A record has one note; its id is that of the edit that wrote it, null where the reader may not see that. */
async function notesOf({ store }: HttpContext, { id, note }: StoredCdr, within: Within): Promise<object[]> {
  if (note === null) return [];
  let last: Edit | undefined;
  for (let after = 0; ;) {
    const edits = await store.edits(id, after, editsAtOnce, within);
    last = edits.findLast(({ changes }) => 'note' in changes) ?? last;
    if (edits.length < editsAtOnce) break;
    after = edits.at(-1)!.id;
  }
  const author = last && (await store.findUser(last.by));
  return [
    {
      ...{ id: last?.id ?? null, cdr_id: id, user_id: author?.id ?? null, note },
      created_at: last ? secondOf(last.at) : null,
    },
  ];
}
