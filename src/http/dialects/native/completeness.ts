// GET /completeness: by day and system, whether every record is here. It speaks of all tenants at once.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { dayAfter, isDay } from '../../../cdr/time.ts';
import type { Day } from '../../../completeness/days.ts';
import { dayTold } from '../../../completeness/shape.ts';
import { ClientError } from '../../../errors.ts';
import type { HttpContext } from '../../context.ts';
import { exportList } from '../../export/routes.ts';
import { demandUnbound } from '../../gate.ts';
import { json, type Operation } from '../../documents/operation.ts';
import { closeOtherMethods } from '../../methods.ts';
import { Day as DayShape, DayPage } from './dayshape.ts';

/** Days in one answer. */
export const daysMax = 31;
const day = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 64, description }));

export const CompletenessQuery = Type.Object(
  {
    from: day('the first day, like 2026-11-22, in the zone of each system; default: six days before `to`'),
    to: day('the last day; default: today'),
    after: day('only days after this one: where the answer before ended'),
    system: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'only this system' })),
    limit: Type.Integer({ minimum: 1, maximum: daysMax, default: daysMax, description: 'most days in the answer' }),
  },
  { additionalProperties: false },
);

const operation: Operation = {
  id: 'completeness',
  summary: 'Whether every record is here, by day and system',
  description:
    'Compares what AMI and the table have shown, and counts holes in the numbers of Asterisk. Days go on after the `after` of the answer.',
  ...{ tag: 'proof', needs: 'read!' },
  answers: { 200: json(DayPage, 'By day, then by system.') },
};

export function completenessRoutes(api: FastifyInstance, context: HttpContext): void {
  const { auth, completeness } = context;
  const onRequest = demandUnbound(auth);

  api.get(
    '/completeness',
    { onRequest, schema: { querystring: CompletenessQuery }, config: { operation } },
    async (request) => {
      const { limit, ...given } = request.query as Static<typeof CompletenessQuery>;
      const { first, last } = spanOf(given, context);
      const end = [dayAfter(first, limit - 1), last].sort()[0]!;
      const days = first > last ? [] : await completeness.days({ first, last: end, system: given.system });
      return {
        days: days.map((one) => dayTold(one)),
        after: first > last ? last : end,
        more: end < last && first <= last,
      };
    },
  );
  const { from, to, after, system } = CompletenessQuery.properties;
  exportList<Day>(api, context, {
    ...{ url: '/completeness', onRequest, operation, query: { from, to, after, system } },
    columns: Object.keys(DayShape.properties),
    open: (request) => {
      const given = request.query as Omit<Static<typeof CompletenessQuery>, 'limit'>;
      const span = spanOf(given, context);
      const read: Day[] = [];
      let next = span.first;
      return async (_last, limit) => {
        while (read.length < limit && next <= span.last) {
          const end = [dayAfter(next, daysMax - 1), span.last].sort()[0]!;
          read.push(...(await completeness.days({ first: next, last: end, system: given.system })));
          next = dayAfter(end);
        }
        return read.splice(0, limit);
      };
    },
    shape: dayTold,
  });
  closeOtherMethods(api, '/completeness', ['GET']);
}

/** The days that are asked for, none when the first is after the last. @throws ClientError 400 */
function spanOf(
  { from, to, after, system }: Omit<Static<typeof CompletenessQuery>, 'limit'>,
  { completeness, systems }: HttpContext,
): { first: string; last: string } {
  for (const [field, text] of Object.entries({ from, to, after })) {
    if (text !== undefined && !isDay(text)) throw fault(field, `"${text}" is no day like 2026-11-22`);
  }
  if (system !== undefined && !systems.has(system)) {
    throw fault('system', `"${system}" is not configured, expected one of ${[...systems.keys()].join(', ')}`);
  }
  const last = to ?? completeness.today();
  const begin = from ?? dayAfter(last, -6);
  if (begin > last) throw fault('from', `${begin} is after the last day ${last}`);
  return { first: after !== undefined && after >= begin ? dayAfter(after) : begin, last };
}

function fault(field: string, message: string): ClientError {
  return new ClientError(400, `${field}: ${message}`, [{ field, message }]);
}
