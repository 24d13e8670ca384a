// Calls counted by what you ask for, and how many ran at once.
import type { RunningShape, StatsRowShape, StatsShape } from '../http/dialects/native/statsshape.ts';
import type { StatsParams } from '../http/dialects/native/statsparams.ts';
import { Export, type ExportOptions } from './export.ts';
import type { CallOptions, Requests } from './request.ts';

/** `by`: day, weekday, hour, quarter, company, extension, trunk, direction, outcome; absent: one sum. */
export type StatsQuery = Omit<StatsParams, 'by'> & { by?: string | readonly string[] };

export interface RunningQuery extends Omit<StatsParams, 'by'> {
  /** A quarter of an hour when absent. */
  step?: 'minute' | 'quarter' | 'hour' | 'day';
}

/** Call it for an answer. */
export interface Stats {
  (query: StatsQuery, call?: CallOptions): Promise<StatsShape>;
  /** Its rows as a stream. */
  export(query: StatsQuery, options?: ExportOptions): Export<StatsRowShape>;
  /** How many calls ran at once, a point for each step. */
  concurrency(query: RunningQuery, call?: CallOptions): Promise<RunningShape>;
  /** Its points as a stream. */
  exportConcurrency(query: RunningQuery, options?: ExportOptions): Export<RunningShape['points'][number]>;
}

export function statsOf(requests: Requests): Stats {
  const path = '/api/v1/stats';
  const given = ({ by, ...query }: StatsQuery) => ({
    ...query,
    ...(by === undefined ? {} : { by: typeof by === 'string' ? by : by.join(',') }),
  });
  const ask = (query: StatsQuery, call: CallOptions = {}): Promise<StatsShape> =>
    requests.ask('GET', path, { ...call, query: given(query) });
  return Object.assign(ask, {
    export: (query: StatsQuery, options: ExportOptions = {}) => {
      const exported = { method: 'GET' as const, path, given: given(query), by: 'after' as const, places: [] };
      return new Export<StatsRowShape>(requests, exported, options);
    },
    concurrency: (query: RunningQuery, call: CallOptions = {}): Promise<RunningShape> =>
      requests.ask('GET', `${path}/concurrency`, { ...call, query: { ...query } }),
    exportConcurrency: (query: RunningQuery, options: ExportOptions = {}) => {
      const asked = { path: `${path}/concurrency`, given: { ...query } };
      const exported = { method: 'GET' as const, ...asked, by: 'after' as const, places: [] };
      return new Export<RunningShape['points'][number]>(requests, exported, options);
    },
  });
}
