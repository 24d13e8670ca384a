// One line a request at log.level debug: its id, route, status, time and who asked. Never its address, which may carry what people look for.
import type { FastifyRequest } from 'fastify';
import type { Log } from '../log.ts';
import { principals } from './gate.ts';
import type { Metrics } from './metrics.ts';

/** The same metrics; what they observe is also logged, each request once. */
export function withRequestLog(metrics: Metrics, log: Log): Metrics {
  const told = new WeakSet<FastifyRequest>();
  return {
    ...metrics,
    observe: (request, status, elapsedMs) => {
      metrics.observe(request, status, elapsedMs);
      if (!log.isLevelEnabled('debug') || told.has(request)) return;
      told.add(request);
      log.debug(lineOf(request, status, elapsedMs), 'a request was answered');
    },
  };
}

function lineOf(request: FastifyRequest, status: number, elapsedMs: number): object {
  const { kind, id, name } = principals.get(request) ?? { kind: 'nobody', id: null, name: null };
  return {
    ...{ request: request.id, method: request.method, route: request.routeOptions.url ?? 'unknown', status },
    ...{ ms: Math.round(elapsedMs * 1000) / 1000, principal: { kind, id, name }, address: request.ip },
  };
}
