// /api/v1/reconciles: what comparisons of the tables with the store have found, the newest first; for admins.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { isoOf } from '../../../cdr/time.ts';
import type { Reconcile } from '../../../store/reconciles.ts';
import type { HttpContext } from '../../context.ts';
import { demandAdmin } from '../../gate.ts';
import { closeOtherMethods } from '../../methods.ts';

/** One report holds a line a day. */
const reportsMax = 100;
const Query = Type.Object(
  {
    before: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: Number.MAX_SAFE_INTEGER }),
    limit: Type.Integer({ minimum: 1, maximum: reportsMax, default: 20 }),
  },
  { additionalProperties: false },
);

export function registerReconciles(api: FastifyInstance, { store, auth }: HttpContext): void {
  api.get('/reconciles', { onRequest: demandAdmin(auth), schema: { querystring: Query } }, async (request) => {
    const { before, limit } = request.query as Static<typeof Query>;
    const reports = await store.reconciles(before, limit + 1);
    return { reconciles: reports.slice(0, limit).map(toNativeReconcile), more: reports.length > limit };
  });
  closeOtherMethods(api, '/reconciles', ['GET']);
}

export function toNativeReconcile({ started, ended, from, to, isDryRun, ...report }: Reconcile) {
  const times = { started: isoOf(started), ended: isoOf(ended), from: isoOf(from), to: isoOf(to) };
  return { ...report, ...times, dry_run: isDryRun };
}
