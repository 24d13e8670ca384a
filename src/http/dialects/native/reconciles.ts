// /api/v1/reconciles: what comparisons of the tables with the store have found, the newest first; for admins.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { isoOf, type Clock } from '../../../cdr/time.ts';
import type { Reconcile } from '../../../store/reconciles.ts';
import type { HttpContext } from '../../context.ts';
import { exportList } from '../../export/routes.ts';
import { demandAdmin } from '../../gate.ts';
import { json, type Operation } from '../../documents/operation.ts';
import { closeOtherMethods } from '../../methods.ts';
import { count, orNull, text, time } from './answers.ts';

/** One report holds a line a day. */
const reportsMax = 100;
/** A name that no configuration has is no fault: reports outlive their system. */
const systemMax = 64;
const Query = Type.Object(
  {
    before: Type.Integer({
      ...{ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: Number.MAX_SAFE_INTEGER },
      description: 'only reports with a lower id',
    }),
    system: Type.Optional(Type.String({ maxLength: systemMax, description: 'only reports of this Asterisk' })),
    limit: Type.Integer({ minimum: 1, maximum: reportsMax, default: 20, description: 'most reports in the answer' }),
  },
  { additionalProperties: false },
);

const closed = { additionalProperties: false };
const ReconcileDay = Type.Object(
  {
    day: Type.String({ description: "like 2026-11-22, of the table's clock" }),
    counted: orNull(count('rows'), 'rows the table counted before; null: counting would scan it'),
    read: count('rows that were read and compared'),
    stored: count('records of the system that the store had before'),
    shown: count('of them those the table had shown'),
    missing: count('rows that were not in the store'),
    changed: count('rows that somebody had changed'),
    gone: count('records that the table has shown, and has no more'),
  },
  { ...closed, title: 'ReconcileDay' },
);
const ids = (description: string) => Type.Array(Type.Integer(), { description });
export const ReconcileReport = Type.Object(
  {
    id: count('of the report', 1),
    system: Type.String({ description: 'the Asterisk' }),
    started: time('when it began'),
    ended: time('when it ended'),
    from: time('compared from here'),
    to: time('to here, excluded'),
    dry_run: Type.Boolean({ description: 'true: nothing was brought' }),
    state: Type.Enum(['done', 'stopped', 'failed'], { description: 'how it ended' }),
    detail: text(
      'why it is not done; of one that is done, why table and store differ although nothing is missing, what was left out, and what had come before',
    ),
    read: count('rows that were read and compared'),
    missing: count('rows that were not in the store; now they are, unless it was a trial'),
    changed: count('rows that somebody had changed; the records follow, unless it was a trial'),
    gone: count('records that the table has shown, and has no more; they stay'),
    rejected: count('rows that are no records'),
    expired: count('rows of records that retention has taken'),
    unseen: count('records that the table has never shown'),
    days: Type.Array(ReconcileDay),
    examples: Type.Object(
      { missing: ids('of the table'), changed: ids('of the table'), gone: ids('of the table') },
      { ...closed, description: 'the first of each kind, by id' },
    ),
  },
  { ...closed, title: 'ReconcileReport', description: 'What a comparison of a table with the store has found.' },
);
export type ReconcileReport = Static<typeof ReconcileReport>;
export const ReconcilePage = Type.Object(
  {
    reconciles: Type.Array(ReconcileReport),
    more: Type.Boolean({ description: 'whether there are older ones' }),
  },
  { ...closed, title: 'ReconcilePage' },
);
export type ReconcilePage = Static<typeof ReconcilePage>;
const operation: Operation = {
  ...{ id: 'listReconciles', summary: 'What comparisons of the tables with the store have found' },
  description: 'The newest first.',
  ...{ tag: 'proof', needs: 'admin!' },
  answers: { 200: json(ReconcilePage, 'A page.') },
};

export function registerReconciles(api: FastifyInstance, context: HttpContext): void {
  const { store, auth } = context;
  const onRequest = demandAdmin(auth);
  api.get('/reconciles', { onRequest, schema: { querystring: Query }, config: { operation } }, async (request) => {
    const { before, limit, system } = request.query as Static<typeof Query>;
    const reports = await store.reconciles(before, limit + 1, system);
    return {
      reconciles: reports.slice(0, limit).map((report) => toNativeReconcile(report)),
      more: reports.length > limit,
    };
  });
  exportList<Reconcile>(api, context, {
    ...{
      url: '/reconciles',
      onRequest,
      operation,
      query: { before: Query.properties.before, system: Query.properties.system },
    },
    columns: Object.keys(ReconcileReport.properties),
    open: (request) => {
      const { before, system } = request.query as Static<typeof Query>;
      return (last, limit) => store.reconciles(last?.id ?? before, limit, system);
    },
    shape: toNativeReconcile,
  });
  closeOtherMethods(api, '/reconciles', ['GET']);
}

export function toNativeReconcile(
  { started, ended, from, to, isDryRun, ...report }: Reconcile,
  clock: Clock = isoOf,
): ReconcileReport {
  const times = { started: clock(started), ended: clock(ended), from: clock(from), to: clock(to) };
  return { ...report, ...times, dry_run: isDryRun };
}
