// Retention as the configuration wants it, and anonymising as people ask for it: slice by slice, so that a run may end anywhere; readers of
// the feed hear of each. Between two slices there is a rest as long as the last one took: ingest has at least half of the store's time.
import { setTimeout as delay } from 'node:timers/promises';
import type { Micros } from '../cdr/cdr.ts';
import { nothingBefore, type Policy, type RetentionRules } from '../cdr/retention.ts';
import { companyKey } from '../cdr/query.ts';
import { ClientError } from '../errors.ts';
import type { Feed } from '../feed/feed.ts';
import type { By } from '../store/audit.ts';
import type { CopiesDone } from '../store/erasecopies.ts';
import type { EraseDone } from '../store/erasenumbers.ts';
import { demandNumber } from '../store/holds.ts';
import { handMax, type RetentionCounts, type RetentionDone, type RetentionPlace } from '../store/retention.ts';
import type { Store } from '../store/store.ts';
import type { RetentionConfig } from './config.ts';

/** Of the configuration. */
export function retentionRules({ retention_days, anonymise_days, companies }: RetentionConfig): RetentionRules {
  const days = (count: number | 'off') => (count === 'off' ? null : count);
  const usual: Policy = { remove: days(retention_days), anonymise: days(anonymise_days) };
  return {
    usual,
    companies: new Map(
      companies.map(({ company, retention_days: remove, anonymise_days: anonymise }) => [
        companyKey(company),
        {
          remove: remove === undefined ? usual.remove : days(remove),
          anonymise: anonymise === undefined ? usual.anonymise : days(anonymise),
        },
      ]),
    ),
  };
}

export interface RetentionAsk {
  after: RetentionPlace;
  isDryRun: boolean;
}

export interface EraseAsk {
  numbers: readonly string[];
  after: number;
  isDryRun: boolean;
}

/** Numbers that one run takes. */
export const numbersMax = 100;

/** How long a slice should take: ingest waits for it. MariaDB writes a record in 2 ms where SQLite takes 0.1. */
const sliceMs = 10;
/** Records of a slice at first, and at least: each slice has its own commit. */
const handMin = 1;
/** Longest rest between two slices. */
const restMaxMs = 1000;

type Kept = Pick<
  Store,
  'retain' | 'eraseNumbers' | 'eraseCopies' | 'raiseHorizons' | 'listHolds' | 'audit' | 'noteJob'
>;

export class Retention {
  readonly #store: Kept;
  readonly #feed: Pick<Feed, 'wake'>;
  readonly #rules: RetentionRules;
  /** Since the start of this process. */
  readonly counts: RetentionCounts = { removed: 0, anonymised: 0, held: 0 };
  /** Records of the next slice, by what the last one took. */
  #hand = handMin;
  /** The run by hand that goes on slice by slice, or was left. */
  #byHand: RetentionCounts & { started: Micros } = { started: 0, removed: 0, anonymised: 0, held: 0 };

  constructor(store: Kept, feed: Pick<Feed, 'wake'>, rules: RetentionRules) {
    this.#store = store;
    this.#feed = feed;
    this.#rules = rules;
  }

  /** Whether the configuration wants anything removed or anonymised by age. */
  get isOn(): boolean {
    const { usual, companies } = this.#rules;
    return [usual, ...companies.values()].some(({ remove, anonymise }) => remove !== null || anonymise !== null);
  }

  /**
   * `by`: who asked for a run of slices; the audit has its first one, and its end is the last run of the job `retention`. @throws what
   * the store throws; doing the slice again does no harm
   */
  async slice({ after, isDryRun }: RetentionAsk, now: Micros, by?: By): Promise<RetentionDone> {
    const began = performance.now();
    const done = await this.#store.retain({
      rules: this.#rules,
      after,
      now,
      isDryRun,
      ...(!isDryRun && { hand: this.#hand }),
    });
    if (isDryRun) return done;
    this.#pace(done, performance.now() - began);
    // A run, whoever asked for it, tells anew what is held; what it took adds up.
    if (after.id === 0) this.counts.held = 0;
    this.#count(done);
    if (!by) return done;
    if (after.id === 0) await this.#store.audit({ at: now, by, action: 'retention.run', object: 'records' });
    // With each slice, as whoever asks waits for all of it.
    await this.#raise(now);
    await this.#note(after.id === 0, done, now);
    return done;
  }

  /** Twice as many records or half of them. One that had few to take, or waited for ingest, says little. */
  #pace({ removed, anonymised }: RetentionDone, took: number): void {
    if (took > sliceMs) this.#hand = Math.max(handMin, Math.floor(this.#hand / 2));
    else if (removed + anonymised >= this.#hand) this.#hand = Math.min(handMax, this.#hand * 2);
  }

  async #note(isFirst: boolean, done: RetentionDone, now: Micros): Promise<void> {
    if (isFirst) this.#byHand = { started: now, removed: 0, anonymised: 0, held: 0 };
    const { started, ...sum } = this.#byHand;
    for (const what of ['removed', 'anonymised', 'held'] as const) sum[what] += done[what];
    this.#byHand = { started, ...sum };
    if (done.after === null) await this.#store.noteJob({ name: 'retention', started, ended: now, report: sum });
  }

  /** All that is due `now`, with rests; `told` hears the sums so far. @throws when `signal` aborts, between two slices */
  async run(
    signal: AbortSignal,
    told: (sum: RetentionCounts) => void,
    by: By,
    now: Micros = Date.now() * 1000,
  ): Promise<void> {
    const sum: RetentionCounts = { removed: 0, anonymised: 0, held: 0 };
    told(sum);
    if (!this.isOn) return;
    let after: RetentionPlace | null = { start: 0, id: 0 };
    while (after !== null) {
      const began = performance.now();
      const done: RetentionDone = await this.slice({ after, isDryRun: false }, now);
      for (const what of ['removed', 'anonymised', 'held'] as const) sum[what] += done[what];
      told(sum);
      ({ after } = done);
      signal.throwIfAborted();
      await delay(Math.min(restMaxMs, performance.now() - began), undefined, { signal });
    }
    while ((await this.#raise(now)) > 0) signal.throwIfAborted();
    const { removed, anonymised } = sum;
    if (removed + anonymised > 0)
      await this.#store.audit({ at: now, by, action: 'retention.run', object: 'records', detail: { ...sum } });
  }

  /**
   * What is removed does not come back: where nobody keeps anything so old, by the horizon; else by the tombstones. Resolves to how
   * many tombstones went because the horizon says the same; 0: there are no more.
   */
  async #raise(now: Micros): Promise<number> {
    const horizon = nothingBefore(this.#rules, now);
    // An old record of what is held may still come in.
    if (horizon === null || (await this.#store.listHolds()).length > 0) return 0;
    return this.#store.raiseHorizons(horizon);
  }

  /** @throws ClientError 400 for what is no number, and for the number of an extension */
  async eraseSlice({ numbers, after, isDryRun }: EraseAsk, by: By, now: Micros): Promise<EraseDone> {
    const digits = digitsIn(numbers);
    const first = after === 0 && !isDryRun ? { by } : {};
    const done = await this.#store.eraseNumbers({ numbers: digits, after, isDryRun, now, ...first });
    if (!isDryRun) this.#count({ removed: 0, anonymised: done.anonymised, held: 0 });
    return done;
  }

  /** The same in what was made of records, once these are done: reports, what the audit says was asked. @throws ClientError 400 */
  eraseCopies({ numbers, after, isDryRun }: EraseAsk, now: Micros): Promise<CopiesDone> {
    return this.#store.eraseCopies({ numbers: digitsIn(numbers), after, isDryRun, now });
  }

  #count({ removed, anonymised, held }: RetentionCounts): void {
    this.counts.removed += removed;
    this.counts.anonymised += anonymised;
    this.counts.held += held;
    if (removed + anonymised > 0) this.#feed.wake();
  }
}

function digitsIn(numbers: readonly string[]): string[] {
  if (numbers.length === 0 || numbers.length > numbersMax)
    throw new ClientError(400, `number: ${numbers.length} were given, expected 1 to ${numbersMax}`);
  return [...new Set(numbers.map(demandNumber))];
}
