// GET /stats: counts of calls by what is asked for, of kept counts where there are such, else of a look at every call. And the curve
// of calls that run at once. Both through the tenant wall.
import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { StatsClock } from '../../../cdr/statsclock.ts';
import { scanReason, statsRowsMax, type StatsQuery } from '../../../cdr/statsquery.ts';
import { isoOf } from '../../../cdr/time.ts';
import { companiesWithin, companyKey, type Within } from '../../../cdr/wall.ts';
import type { CurveAsk } from '../../../store/running.ts';
import type { StatsAnswer } from '../../../store/statscan.ts';
import type { HttpContext } from '../../context.ts';
import { json, type Operation } from '../../documents/operation.ts';
import { exportList } from '../../export/routes.ts';
import { closeOtherMethods } from '../../methods.ts';
import type { Demand } from './routes.ts';
import { beginsOf, fault, statsParams, StatsParams, steps, toStatsQuery } from './statsparams.ts';
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
      'Counted at each full minute: calls that began before it and did not end before it. Of all calls, or of those of one company, kept counts ' +
      'answer; with any other condition, for users of single extensions and for several companies together a look at every call does, which ' +
      'may take `limits.stats_scan_seconds` and leaves out calls that began more than a day before `from`.',
    answers: { 200: json(RunningShape, 'A point for each step, also where no call ran.') },
    errors: {
      429: 'Too many such looks and exports at once (`limits.exports`), or too many requests in a minute; see Retry-After.',
    },
  },
} satisfies Record<string, Operation>;

const runningParams = {
  ...Type.Omit(StatsParams, ['by']).properties,
  step: Type.Enum([...steps], { default: 'quarter', description: 'how far the points are apart' }),
};
const RunningParams = Type.Object(runningParams, { additionalProperties: false });
type RunningParams = Static<typeof RunningParams>;

type RowTold = ReturnType<typeof rowTold>;

/** A look at every call sees those that run at `from` and began at most so long before. */
const longestHours = 24;

export function statsRoutes(api: FastifyInstance, context: HttpContext, demand: Demand): void {
  const { store } = context;
  const { onRequest, principalOf } = demand('read');

  const answer = async (
    query: StatsQuery,
  ): Promise<{ because: string | null; answer: StatsAnswer; rows: RowTold[] }> => {
    const clock = new StatsClock(query.from, query.until, query.zone);
    const because = scanReason(query, clock);
    const answer = because === null ? await store.stats(query, clock) : await scan(context, query);
    if (answer.isOver) {
      throw fault('by', `there are more than ${statsRowsMax} rows: ask for less time, or by less`);
    }
    return { because, answer, rows: answer.rows.map((row) => rowTold(row, clock)) };
  };

  const placed = <T extends { because: string | null }>(count: () => Promise<T>) => atOnePlace(store, count);

  api.get(
    '/stats',
    { onRequest, schema: { querystring: StatsParams }, config: { operation: operations.stats } },
    async (request): Promise<StatsShape> => {
      const query = toStatsQuery(request.query as StatsParams, principalOf(request).within);
      const { seq, because, answer: told, rows } = await placed(() => answer(query));
      return {
        ...{ source: because === null ? 'rollups' : 'scan', because, seq },
        ...{ from: isoOf(query.from), to: isoOf(query.until), zone: query.zone },
        ...{ total: sumsTold(told.total), rows },
      };
    },
  );

  exportList<RowTold>(api, context, {
    ...{ url: '/stats', onRequest, operation: operations.stats, query: statsParams },
    columns: statsColumns,
    shape: (row) => row,
    open: (request) => {
      // Computed whole for the first page.
      let rows: RowTold[] | null = null;
      return async (last, limit) => {
        rows ??= (await answer(toStatsQuery(request.query as StatsParams, principalOf(request).within))).rows;
        const next = last === undefined ? 0 : rows.indexOf(last) + 1;
        return rows.slice(next, next + limit);
      };
    },
  });

  const curve = async (given: RunningParams, within: Within): Promise<Omit<RunningShape, 'seq'>> => {
    const { step, ...asked } = given;
    const query = toStatsQuery(asked, within);
    const { from, until, zone } = query;
    for (const [field, at] of Object.entries({ from, to: until })) {
      if (at % 60_000_000 !== 0) throw fault(field, `${isoOf(at)} is not a full minute`);
    }
    const begins = beginsOf(from, until, step, zone);
    const because = curveReason(query);
    const points = because === null ? await kept(query, begins) : await looked(query, begins);
    const told = begins.map((at, place) => ({ at: isoOf(at), ...(points[place] ?? { calls: 0, peak: 0 }) }));
    return { source: because === null ? 'rollups' : 'scan', because, zone, step, points: told };
  };
  const kept = async (query: StatsQuery, begins: readonly number[]) => {
    const viewer = viewerOf(query);
    return viewer === undefined ? [] : store.running(viewer, begins, query.until);
  };
  const looked = async (query: StatsQuery, begins: readonly number[]) => {
    const earlier = { ...query, from: query.from - longestHours * 3_600_000_000 };
    return (await scan(context, earlier, { begins, until: query.until })).steps ?? [];
  };

  api.get(
    '/stats/concurrency',
    { onRequest, schema: { querystring: RunningParams }, config: { operation: operations.running } },
    (request): Promise<RunningShape> =>
      placed(() => curve(request.query as RunningParams, principalOf(request).within)),
  );
  exportList<RunningShape['points'][number]>(api, context, {
    ...{ url: '/stats/concurrency', onRequest, operation: operations.running, query: runningParams },
    columns: ['at', 'calls', 'peak'],
    shape: (point) => point,
    open: (request) => {
      let points: RunningShape['points'] | null = null;
      return async (last, limit) => {
        points ??= (await curve(request.query as RunningParams, principalOf(request).within)).points;
        const next = last === undefined ? 0 : points.indexOf(last) + 1;
        return points.slice(next, next + limit);
      };
    },
  });
  closeOtherMethods(api, '/stats', ['GET']);
  closeOtherMethods(api, '/stats/concurrency', ['GET']);
}

/** Kept counts are read so often, until no change comes meanwhile. A look at every call is had once. */
const triesMax = 5;

/** What is counted, and the place it is of; null: changes came meanwhile. A commit moves the head and the counts in one transaction. */
async function atOnePlace<T extends { because: string | null }>(
  { head }: Pick<HttpContext['store'], 'head'>,
  count: () => Promise<T>,
): Promise<T & { seq: number | null }> {
  for (let tried = 1; ; tried += 1) {
    const before = await head();
    const told = await count();
    const isSame = before === (await head());
    if (isSame || told.because !== null || tried === triesMax) return { ...told, seq: isSame ? before : null };
  }
}

/** Why the kept comings and goings of a company, or of all, cannot answer; null when they can. */
function curveReason({ within, company, extension, trunk, direction, outcome, more }: StatsQuery): string | null {
  if (within !== null && 'extensions' in within) return 'no counts are kept of what a user of single extensions sees';
  if (within !== null && within.length > 1 && company === undefined)
    return 'no counts are kept of what several companies see together';
  const isNarrower = [extension, trunk, direction, outcome, more].some((condition) => condition !== undefined);
  return isNarrower ? 'comings and goings are kept of all calls and of those of a company only' : null;
}

/** Whose curve it is: null for all, undefined for a company that is not the reader's, or for a reader of none. */
function viewerOf({ within, company }: StatsQuery): string | null | undefined {
  if (within === null) return company ?? null;
  const handles = companiesWithin(within) ?? [];
  if (company === undefined) return handles[0];
  return handles.some((handle) => companyKey(handle) === companyKey(company)) ? company : undefined;
}

/** Beside the daemon, in the thread of exports, and counted as one of them. @throws ClientError 400, 429 */
async function scan(
  { exports, limits }: HttpContext,
  query: StatsQuery,
  curve: CurveAsk | null = null,
): Promise<StatsAnswer> {
  const running = exports.enter();
  try {
    const result = await exports.thread.scan({ scan: query, curve, mostMs: limits.stats_scan_seconds * 1000 });
    if (result !== null) return result;
  } finally {
    await running.end('finished', 0);
  }
  const message =
    `a look at every call of this time takes more than ${limits.stats_scan_seconds} s (limits.stats_scan_seconds): ` +
    'ask for less time, or for what counts are kept of';
  throw fault('from', message);
}
