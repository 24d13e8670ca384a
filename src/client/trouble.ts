// What goes wrong when one asks cdrd: its answer was no. Lines that break are the platform's own errors (TypeError of fetch).
import type { Static } from 'typebox';
import type { Problem } from '../http/problem.ts';

/** RFC 9457, as cdrd says it; a place that is not of its store says more (`reason`, `generation`, `seq`). */
export type ProblemDocument = Static<typeof Problem> & { reason?: string; generation?: string; seq?: number };

/** cdrd answered with an error: what it said of it is `problem`, its HTTP status `status`. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly problem: ProblemDocument;

  constructor(problem: ProblemDocument) {
    super(problem.detail);
    this.status = problem.status;
    this.problem = problem;
  }
}

/** A problem for what came without one: a proxy's own page, a goodbye of the feed. */
export function problemFor(status: number, detail: string): ProblemDocument {
  return { type: 'about:blank', title: 'Error', status, detail };
}
