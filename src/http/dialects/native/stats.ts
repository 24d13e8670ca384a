// GET /stats: counts of calls by what is asked for, of kept counts where there are such, else of a look at every call. And the curve
// of calls that run at once. Both through the tenant wall.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { StatsClock } from '../../../cdr/statsclock.ts';
import { scanReason, statsRowsMax, type StatsQuery } from '../../../cdr/statsquery.ts';
import { isoOf } from '../../../cdr/time.ts';
import { companyKey, type Within } from '../../../cdr/wall.ts';
import { ClientError } from '../../../errors.ts';
import type { StatsAnswer } from '../../../store/statscan.ts';
import type { HttpContext } from '../../context.ts';
import { json, type Operation } from '../../documents/operation.ts';
import { exportList } from '../../export/routes.ts';
import { closeOtherMethods } from '../../methods.ts';
import type { Demand } from './routes.ts';
import { beginsOf, fault, spanParams, statsParams, StatsParams, steps, toSpan, toStatsQuery } from './statsparams.ts';
import { rowTold, RunningShape, statsColumns, StatsShape, sumsTold } from './statsshape.ts';

const about = { tag: 'stats', needs: 'read' } as const;
const operations = {
  stats: {
    ...{ id: 'countCalls', summary: 'Calls counted by what you ask for', ...about },
    description:
      'A call counts where and when it began, and in a row of each company, extension or trunk that it has. By a company, or of one, ' +
      'it is what that company sees of it. Kept counts answer one of extension and trunk, with any of the others, by full quarters of an hour; ' +
      'everything else is found by a look at every call, which may take `limits.stats_scan_seconds`.',
    answers: { 200: json(StatsShape, 'The rows in the order of their keys.') },
    errors: {
      429: 'Too many such looks and exports at once (`limits.exports`), or too many requests in a minute; see Retry-After.',
    },
  },
  running: {
    ...{ id: 'concurrentCalls', summary: 'How many calls ran at once', ...about },
    description:
      'Counted at each full minute: calls that began before it and did not end before it. Not for users of single extensions; ' +
      'whoever is bound to several companies names one.',
    answers: { 200: json(RunningShape, 'A point for each step, also where no call ran.') },
  },
} satisfies Record<string, Operation>;

const RunningParams = Type.Object(
  {
    ...spanParams,
    step: Type.Enum([...steps], { default: 'quarter', description: 'how far the points are apart' }),
  },
  { additionalProperties: false },
);

export function statsRoutes(api: FastifyInstance, context: HttpContext, demand: Demand): void {
  const { store } = context;
  const { onRequest, principalOf } = demand('read');

  const answer = async (query: StatsQuery): Promise<{ because: string | null; answer: StatsAnswer }> => {
    const clock = new StatsClock(query.from, query.until, query.zone);
    const because = scanReason(query, clock);
    const answer = because === null ? await store.stats(query, clock) : await scan(context, query);
    if (answer.isOver) {
      throw fault('by', `there are more than ${statsRowsMax} rows: ask for less time, or by less`);
    }
    return { because, answer };
  };

  api.get(
    '/stats',
    { onRequest, schema: { querystring: StatsParams }, config: { operation: operations.stats } },
    async (request): Promise<StatsShape> => {
      const query = toStatsQuery(request.query as StatsParams, principalOf(request).within);
      const { because, answer: told } = await answer(query);
      return {
        ...{ source: because === null ? 'rollups' : 'scan', because },
        ...{ from: isoOf(query.from), to: isoOf(query.until), zone: query.zone },
        ...{ total: sumsTold(told.total), rows: told.rows.map(rowTold) },
      };
    },
  );

  exportList<ReturnType<typeof rowTold>>(api, context, {
    ...{ url: '/stats', onRequest, operation: operations.stats, query: statsParams },
    columns: statsColumns,
    shape: (row) => row,
    open: (request) => {
      // Computed whole for the first page.
      let rows: ReturnType<typeof rowTold>[] | null = null;
      return async (last, limit) => {
        rows ??= (
          await answer(toStatsQuery(request.query as StatsParams, principalOf(request).within))
        ).answer.rows.map(rowTold);
        const next = last === undefined ? 0 : rows.indexOf(last) + 1;
        return rows.slice(next, next + limit);
      };
    },
  });

  api.get(
    '/stats/concurrency',
    { onRequest, schema: { querystring: RunningParams }, config: { operation: operations.running } },
    async (request): Promise<RunningShape> => {
      const given = request.query as Static<typeof RunningParams>;
      const { from, until, zone } = toSpan(given);
      for (const [field, at] of Object.entries({ from, to: until })) {
        if (at % 60_000_000 !== 0) throw fault(field, `${isoOf(at)} is not a full minute`);
      }
      const viewer = viewerOf(principalOf(request).within, given.company);
      const begins = beginsOf(from, until, given.step, zone);
      const points = viewer === undefined ? [] : await store.running(viewer, begins, until);
      const told = begins.map((at, place) => ({ at: isoOf(at), ...(points[place] ?? { calls: 0, peak: 0 }) }));
      return { zone, step: given.step, points: told };
    },
  );
  closeOtherMethods(api, '/stats', ['GET']);
  closeOtherMethods(api, '/stats/concurrency', ['GET']);
}

/** Whose curve it is: null for all, undefined for a company that is not the reader's. @throws ClientError 400, 403 */
function viewerOf(within: Within, company: string | undefined): string | null | undefined {
  if (within !== null && 'extensions' in within) {
    throw new ClientError(403, 'the curve is of whole companies, and this user sees single extensions');
  }
  if (within === null) return company ?? null;
  if (company === undefined) {
    if (within.length === 1) return within[0];
    throw fault('company', `is missing, expected one of ${within.join(', ')}`);
  }
  return within.some((handle) => companyKey(handle) === companyKey(company)) ? company : undefined;
}

/** Beside the daemon, in the thread of exports, and counted as one of them. @throws ClientError 400, 429 */
async function scan({ exports, limits }: HttpContext, query: StatsQuery): Promise<StatsAnswer> {
  const running = exports.enter();
  try {
    const result = await exports.thread.scan({ scan: query, mostMs: limits.stats_scan_seconds * 1000 });
    if (result !== null) return result;
  } finally {
    await running.end('finished', 0);
  }
  const message =
    `a look at every call of this time takes more than ${limits.stats_scan_seconds} s (limits.stats_scan_seconds): ` +
    'ask for less time, or for what counts are kept of';
  throw fault('from', message);
}
