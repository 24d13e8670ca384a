// Statistics that only a look at every call can answer, in the thread of exports: page after page, with rests, within a time. One piece.
import { setTimeout as delay } from 'node:timers/promises';
import type { StatsQuery } from '../../cdr/statsquery.ts';
import type { Aside } from '../../store/aside.ts';
import type { CurveAsk } from '../../store/running.ts';
import type { StatsAnswer, StatsScan } from '../../store/statscan.ts';

export interface StatsScanOrder {
  scan: StatsQuery;
  /** Where calls that run at once are asked for. */
  curve?: CurveAsk | null;
  /** How long it may take, in ms. */
  mostMs: number;
}

/** null: it was not done in time. */
export type ScanResult = StatsAnswer | null;

/** Of the time a page took, it rests so much: others read the same disk, and calls come in. */
const restShare = 0.25;

export class ScanJob {
  credits: number;
  isClosed = false;
  readonly #scan: StatsScan;
  readonly #mostMs: number;
  #isDone = false;

  constructor(aside: Aside, { scan, curve, mostMs }: StatsScanOrder, credits: number) {
    this.credits = credits;
    this.#scan = aside.scan(scan, curve ?? null);
    this.#mostMs = mostMs;
  }

  async next(check: () => void): Promise<{ text: string; rows: number; last: null } | null> {
    if (this.#isDone) return null;
    this.#isDone = true;
    const begun = performance.now();
    const told = (result: ScanResult) => ({ text: JSON.stringify(result), rows: 0, last: null });
    for (;;) {
      check();
      const began = performance.now();
      const isMore = await this.#scan.next();
      if (!isMore || this.isClosed) return told(this.#scan.answer());
      const now = performance.now();
      if (now - begun > this.#mostMs) return told(null);
      await delay((now - began) * restShare);
    }
  }
}
