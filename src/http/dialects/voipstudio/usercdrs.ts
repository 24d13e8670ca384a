// /users/{id}/cdrs.csv: all records of a user, streamed, as that user sees them: what it was called for came in.
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { User } from '../../../store/users.ts';
import type { HttpContext } from '../../context.ts';
import { bytesOf, openRenderer } from '../../export/render.ts';
import { sendExport } from '../../export/send.ts';
import type { Piece } from '../../export/thread.ts';
import { closeOtherMethods } from '../../methods.ts';
import { shaperOf } from './cdrs.ts';
import { userWithin, wallOfUser } from './directory.ts';
import { idIn, noSuch } from './fault.ts';
import { demandHere, principalOf } from './gate.ts';
import { cdrProperties, wantedBy } from './properties.ts';
import { cdrColumns } from './shape.ts';
import { readWish, type Wish } from './wish.ts';

const rowsAtOnce = 500;
/** Cells that a spreadsheet would run as a formula are guarded. */
const look = { format: 'csv', columns: null, zone: 'UTC', hasHeader: true, isGuarded: true } as const;

export function registerUserCdrs(api: FastifyInstance, context: HttpContext, base: string): void {
  const url = `${base}/users/:id/cdrs.csv`;
  const onRequest = demandHere(context, 'read');
  api.get(url, { onRequest }, async (request, reply): Promise<FastifyReply> => {
    const { within } = principalOf(request);
    const id = idIn((request.params as { id: string }).id, 'user');
    const user = await userWithin(context.store, id, within);
    if (!user) throw noSuch('user', id);
    const wish = readWish(request, cdrProperties, ['id', 'calldate']);
    const pieces = piecesOf(context, request, user, wish);
    const asked = { filter: (request.query as { filter?: string }).filter ?? null };
    return sendExport(context, request, reply, { list: `/users/${id}/cdrs`, asked, format: 'csv', pieces });
  });
  closeOtherMethods(api, url, ['GET']);
}

async function* piecesOf(
  context: HttpContext,
  request: FastifyRequest,
  user: User,
  { tests, sort, isFalling }: Wish,
): AsyncGenerator<Piece, void> {
  const { store } = context;
  const { within } = principalOf(request);
  const { filter, columns } = await wantedBy(tests, store, within);
  const shape = await shaperOf(context, within, user);
  const { most } = await store.edge();
  const renderer = openRenderer(look, cdrColumns);
  const byStart = sort === 'calldate';
  const query = {
    ...filter,
    columns: { all: [columns, { column: 'id', is: '<=', value: most } as const] },
    within: wallOfUser(user, within),
    order: `${isFalling ? '-' : ''}${byStart ? 'start' : 'id'}` as const,
  };
  let { head } = renderer;
  let after: number | { start: number; id: number } | undefined;
  for (;;) {
    const cdrs = await store.list({ ...query, limit: rowsAtOnce, ...(after === undefined ? {} : { after }) });
    const text = head + renderer.lines(await shape(cdrs));
    // The database answers within this very turn of the loop: others are to have one in between.
    await setImmediate();
    if (text !== '') yield { bytes: bytesOf(text), rows: cdrs.length };
    head = '';
    const last = cdrs.at(-1);
    if (cdrs.length < rowsAtOnce || !last) return;
    after = byStart ? { start: last.start, id: last.id } : last.id;
  }
}
