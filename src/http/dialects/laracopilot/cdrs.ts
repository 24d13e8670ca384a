// /api/cdrs: all records, the newest first, as a stream; one, made by hand, written over, hidden.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { StoredCdr } from '../../../cdr/cdr.ts';
import type { Within } from '../../../cdr/query.ts';
import { byHand, rowOf } from '../../../ingest/byhand.ts';
import { ClientError } from '../../../errors.ts';
import type { HttpContext } from '../../context.ts';
import { byOfRequest, principals } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';
import { pagesOf, sendList } from '../jsonlist.ts';
import { isIn } from '../texts.ts';
import { demandHere } from './auth.ts';
import { Directory } from './directory.ts';
import { idIn, refuseModel } from './ids.ts';
import { Invalid } from './rules.ts';
import { toCdr, toFullCdr, wordsOf } from './shape.ts';
import { directionIn, dispositionIn, patchOf, readWish, type Wish } from './wish.ts';

const ListQuery = Type.Object({
  search: Type.Optional(Type.String({ description: 'in caller, destination, direction or disposition; without case' })),
});
/** Read at once; the next ones when these have left. */
const pageRows = 200;

export function registerCdrs(api: FastifyInstance, context: HttpContext): void {
  const { store, ingest, feed, auth, dialects } = context;
  const config = dialects.laracopilot;
  const reading = { onRequest: demandHere(context, 'read') };
  const writing = { onRequest: demandHere(context, 'write') };
  const withinOf = (request: FastifyRequest) => principals.get(request)!.within;

  const one = async (request: FastifyRequest): Promise<StoredCdr> => {
    const id = idIn(request, 'Cdr');
    return (await store.one(id, withinOf(request))) ?? refuseModel(request, 'Cdr');
  };
  /** What the record does not show of the wish is written over it. */
  const lay = async (request: FastifyRequest, cdr: StoredCdr, wish: Wish, directory: Directory): Promise<StoredCdr> => {
    const within = withinOf(request);
    const patch = patchOf(wish, cdr, directory);
    const now = Date.now() * 1000;
    const laid = await store.edit({ id: cdr.id, by: byOfRequest(request), now, within }, patch);
    feed.wake();
    return laid ?? refuseModel(request, 'Cdr');
  };

  api.get('/api/cdrs', { ...reading, schema: { querystring: ListQuery } }, async (request, reply) => {
    const { search = '' } = request.query as Static<typeof ListQuery>;
    const within = withinOf(request);
    const directory = await Directory.read(store, within);
    return sendList(reply, {
      head: '{"message":"CDRs fetched successfully.","data":[',
      pages: foundOf(context, within, (cdr) => isFound(cdr, search.trim(), directory)),
      shape: (cdr) => JSON.stringify(toFullCdr(cdr, directory, config)),
      tail: () => ']}',
    });
  });

  api.post('/api/cdrs', writing, async (request, reply) => {
    const principal = principals.get(request)!;
    const wish = await readWish(request.body, principal, context);
    const directory = await Directory.read(store, principal.within);
    // What is not in the record itself is written over it in the same transaction: a crash leaves all of it or nothing.
    const laid = { by: byOfRequest(request), patchOf: (cdr: StoredCdr) => patchOf(wish, cdr, directory) };
    const [outcome] = await ingest.post(byHand, [rowOf(writtenOf(wish))], principal.within, laid);
    if (outcome === undefined || !('id' in outcome)) throw rejected(outcome);
    auth.writes.tell(byOfRequest(request), [{ status: 'created' }]);
    const cdr = (await store.one(outcome.id, principal.within)) ?? refuseModel(request, 'Cdr');
    return reply.code(201).send({ message: 'CDR created successfully.', data: toCdr(cdr, directory, config) });
  });

  api.get('/api/cdrs/:cdr', reading, async (request) => {
    const cdr = await one(request);
    const directory = await Directory.read(store, withinOf(request));
    return { message: 'CDR loaded successfully.', data: toFullCdr(cdr, directory, config) };
  });

  for (const method of ['PUT', 'PATCH'] as const) {
    api.route({
      ...{ method, url: '/api/cdrs/:cdr' },
      ...writing,
      handler: async (request) => {
        const cdr = await one(request);
        const wish = await readWish(request.body, principals.get(request)!, context);
        const directory = await Directory.read(store, withinOf(request));
        const laid = await lay(request, cdr, wish, directory);
        return { message: 'CDR updated successfully.', data: toCdr(laid, directory, config) };
      },
    });
  }

  api.delete('/api/cdrs/:cdr', writing, async (request) => {
    const id = idIn(request, 'Cdr');
    const editing = { id, by: byOfRequest(request), now: Date.now() * 1000, within: withinOf(request) };
    if (!(await store.hide(editing))) refuseModel(request, 'Cdr');
    feed.wake();
    return { message: 'CDR deleted successfully.' };
  });

  closeOtherMethods(api, '/api/cdrs', ['GET', 'POST']);
  closeOtherMethods(api, '/api/cdrs/:cdr', ['GET', 'PUT', 'PATCH', 'DELETE']);
}

/** Records in the vendor's order, page by page. */
async function* foundOf(
  { store }: HttpContext,
  within: Within,
  wants: (cdr: StoredCdr) => boolean,
): AsyncGenerator<StoredCdr[], void> {
  const read = (last: StoredCdr | undefined, limit: number) =>
    store.list({ within, order: '-start', limit, ...(last ? { after: { start: last.start, id: last.id } } : {}) });
  for await (const page of pagesOf(read, pageRows)) yield page.filter(wants);
}

function isFound(cdr: StoredCdr, search: string, directory: Directory): boolean {
  if (search === '') return true;
  const { caller_number: caller, destination_number: called, direction, disposition } = wordsOf(cdr, directory);
  return isIn(search, [caller, called, direction, disposition]);
}

/** The record as it is stored; what of the wish is not in it is written over it. */
function writtenOf(wish: Wish) {
  const direction = directionIn(wish.direction);
  const isIn = direction === 'inbound';
  const end = wish.end ?? wish.start + wish.duration * 1e6;
  return {
    ...{ src: wish.src, dst: wish.dst, direction, disposition: dispositionIn(wish.disposition) },
    ...{ duration: wish.duration, billsec: wish.billsec, start: wish.start, end: wish.end },
    answer: wish.billsec === 0 ? null : Math.max(wish.start, end - wish.billsec * 1e6),
    company: isIn ? null : wish.tenant.handle,
    target: isIn ? wish.tenant.handle : null,
    extension: wish.extension?.number ?? null,
  };
}

function rejected(outcome: Awaited<ReturnType<HttpContext['ingest']['post']>>[number] | undefined): Error {
  if (outcome?.outcome === 'rejected') return new Invalid(outcome.reject.faults);
  return new ClientError(409, 'the record could not be stored');
}
