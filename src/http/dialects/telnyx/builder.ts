// Makes reports, one at a time, the oldest first: the thread of exports reads and renders, each part is kept with the place behind it. Whatever
// cuts a report (a crash, a stop, a store that is away), it goes on after its last part, here or in another daemon on the same store.
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Micros } from '../../../cdr/cdr.ts';
import { messageOf } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { Report } from '../../../store/reports.ts';
import type { Store } from '../../../store/store.ts';
import type { ExportThread } from '../../export/thread.ts';
import { wholeOf } from '../whole.ts';
import type { Asked } from './ask.ts';
import type { TelnyxConfig } from './config.ts';
import { narrowed, type SheetOrder } from './sheet.ts';

/** How often it looks for reports that other daemons took in, or left. */
const lookMs = 15_000;
/** On MariaDB, a runner without a sign of life for so long is dead; a living one gives one three times as often. */
const leaseMs = 30_000;
/** Text of one part, so of one transaction. */
const partBytes = 256 * 1024;
/** Times in a row that a report may come no further while the store is well; then it has failed. */
const triesMax = 5;

export interface BuilderOptions {
  store: Store;
  thread: ExportThread;
  log: Log;
  config: TelnyxConfig;
  /** Milliseconds. */
  now?: () => number;
  /** Milliseconds after which a silent runner is dead. */
  lease?: number;
}

/** Why a report cannot be made, whoever tries again. */
class Unmakable extends Error {}

export class ReportBuilder {
  /** Since the start. */
  readonly counts = { lines: 0, complete: 0, failed: 0 };
  readonly #options: Required<BuilderOptions>;
  readonly #runner = randomUUID();
  readonly #stop = new AbortController();
  /** By report: times that it came no further. */
  readonly #tries = new Map<number, number>();
  #work: Promise<void> | null = null;
  #isAsked = false;
  #isBlind = false;
  #beat: NodeJS.Timeout | undefined;

  constructor(options: BuilderOptions) {
    this.#options = { now: Date.now, lease: leaseMs, ...options };
  }

  /** Goes on with what was left, and looks again now and then. */
  start(): void {
    this.#beat = setInterval(() => this.wake(), lookMs).unref();
    this.wake();
  }

  /** There may be something to do. */
  wake(): void {
    this.#isAsked = true;
    this.#work ??= this.#run().finally(() => (this.#work = null));
  }

  /** When nothing is left to do now. */
  async idle(): Promise<void> {
    while (this.#work) await this.#work;
  }

  /** Lets go of what it is at; another goes on with it. */
  async close(): Promise<void> {
    clearInterval(this.#beat);
    this.#stop.abort();
    await this.idle();
  }

  async #run(): Promise<void> {
    const { store, log, lease } = this.#options;
    while (this.#isAsked && !this.#stop.signal.aborted) {
      this.#isAsked = false;
      try {
        for (;;) {
          // A store in a file is one daemon's: whoever had its reports before is dead.
          const silence = store.dialect === 'sqlite' ? -1 : lease * 1000;
          const report = await store.claimReport(this.#runner, this.#micros(), this.#micros() - silence);
          if (this.#isBlind) log.info('reports are made again');
          this.#isBlind = false;
          if (!report || !(await this.#make(report))) break;
        }
      } catch (error) {
        if (!this.#isBlind) log.warn({ cause: messageOf(error) }, 'reports wait for the store');
        this.#isBlind = true;
      }
    }
  }

  /** False when it must wait. @throws what the store throws */
  async #make(report: Report): Promise<boolean> {
    const { store, log, lease } = this.#options;
    const { id, name } = report;
    const alive = setInterval(() => {
      store.keepReportAlive(id, this.#runner, this.#micros()).catch(() => undefined);
    }, lease / 3);
    const began = performance.now();
    try {
      const { lines, isOurs } = await this.#write(report);
      if (!isOurs || !(await store.endReport(id, this.#runner, 'complete', this.#micros()))) return true;
      this.counts.complete += 1;
      this.#tries.delete(id);
      const seconds = Math.round(performance.now() - began) / 1000;
      log.info({ report: name, lines, seconds }, 'a report is complete');
      return true;
    } catch (error) {
      return await this.#judge(report, error);
    } finally {
      clearInterval(alive);
    }
  }

  /** What becomes of a report that could not be written to its end: released, or failed. */
  async #judge({ id, name }: Report, error: unknown): Promise<boolean> {
    const { store, log } = this.#options;
    if (this.#stop.signal.aborted) {
      await store.releaseReport(id, this.#runner);
      return false;
    }
    const tries = (this.#tries.get(id) ?? 0) + 1;
    if (!(error instanceof Unmakable) && store.isPassing(error)) {
      // A store that is away is waited for; what breaks while it is well is not for ever.
      await store.probe();
      this.#tries.set(id, tries);
      if (tries < triesMax) {
        log.warn({ report: name, cause: messageOf(error), tries }, 'a report was cut, it goes on later');
        await store.releaseReport(id, this.#runner);
        return false;
      }
    }
    this.#tries.delete(id);
    if (!(await store.endReport(id, this.#runner, 'failed', this.#micros()))) return true;
    this.counts.failed += 1;
    const detail = error instanceof Unmakable ? {} : { err: error };
    log.error({ report: name, ...detail }, `a report failed: ${messageOf(error)}`);
    return true;
  }

  /** Part after part; `isOurs` false: it was removed, has expired or is another's by now. */
  async #write(report: Report): Promise<{ lines: number; isOurs: boolean }> {
    const { store, thread, config } = this.#options;
    const { id, within, place, created } = report;
    const asked = report.asked as Asked;
    const sheet: SheetOrder = {
      ...{ asked, within, currency: config.currency, rates: await store.rates(null) },
      trunks: await wholeOf((after, limit) => store.things('trunk', within, after, limit)),
    };
    const from = Math.max(asked.start, created - config.report_window_days * 86_400e6);
    const query = {
      ...{ ...narrowed(sheet, from), within, order: 'start' as const },
      ...(place === null ? {} : { after: place }),
    };
    const look = {
      ...{ format: 'csv' as const, columns: null, zone: 'UTC', isGuarded: true, arePlusNumbersPlain: true },
      hasHeader: report.parts === 0,
    };
    let lines = report.records;
    let part = { texts: [] as Uint8Array[], bytes: 0, records: 0, last: place };
    const keep = async () => {
      const { texts, bytes, records, last } = part;
      part = { texts: [], bytes: 0, records: 0, last };
      const body = bytes === 0 ? null : await promisify(gzip)(Buffer.concat(texts));
      const share = last === null || typeof last === 'number' ? 0 : shareOf(from, asked.end, last.start);
      const made = { body, bytes, records, share, place: last };
      const isOurs = await store.addReportPart(id, this.#runner, made, this.#micros());
      if (isOurs) this.counts.lines += records;
      this.#tries.delete(id);
      return isOurs;
    };
    for await (const { bytes, rows, last } of thread.read({ query, look, sheet })) {
      this.#stop.signal.throwIfAborted();
      lines += rows;
      if (lines > config.report_rows)
        throw new Unmakable(`it has more than ${config.report_rows} lines (dialects.telnyx.report_rows)`);
      part.texts.push(bytes);
      part.bytes += bytes.length;
      part.records += rows;
      part.last = last ?? part.last;
      // A stretch without a line is progress too.
      if ((part.bytes >= partBytes || bytes.length === 0) && !(await keep())) return { lines, isOurs: false };
    }
    return { lines, isOurs: part.bytes === 0 || (await keep()) };
  }

  #micros(): Micros {
    return this.#options.now() * 1000;
  }
}

/** In percent of the time that the report is about; what is done in earnest is told by its end. */
function shareOf(from: Micros, end: Micros, at: Micros): number {
  return Math.max(0, Math.min(99, Math.floor(((at - from) / (end - from)) * 100)));
}
