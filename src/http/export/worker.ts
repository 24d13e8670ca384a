// The thread of exports: reads records on a connection of its own and renders them, a piece for each credit it is given. Never writes.
import { setImmediate } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { clockOf } from '../../cdr/time.ts';
import { codeOf, messageOf } from '../../errors.ts';
import { openAside, type Aside, type Whereabouts } from '../../store/aside.ts';
import { isPassing } from '../../store/fault.ts';
import { standBack } from '../../store/thread.ts';
import type { Walk, WalkQuery } from '../../store/walk.ts';
import { cursorOf } from '../dialects/native/cursor.ts';
import { cdrColumns, toNative, toRaw } from '../dialects/native/shape.ts';
import { openSheet, type SheetOrder } from '../dialects/telnyx/sheet.ts';
import type { StoredCdr } from '../../cdr/cdr.ts';
import type { Place } from '../../cdr/query.ts';
import { ScanJob, type StatsScanOrder } from './scanjob.ts';
import { bytesOf, openRenderer, type Look, type Renderer } from './render.ts';

/** Records as an export is asked for; its query has its wall already. */
export interface CdrExport {
  query: WalkQuery;
  look: Look;
  /** Lines of a report in place of our own; in the order of `start`. */
  sheet?: SheetOrder;
}

/** To the thread. A credit is leave to send one piece. */
export type Order =
  | { type: 'open'; id: number; job: CdrExport | StatsScanOrder; credits: number }
  | { type: 'credit'; id: number }
  | { type: 'close'; id: number }
  | { type: 'end' };

/** From the thread; `over` and `fault` are the last word on an export. */
export type Told =
  | { type: 'piece'; id: number; bytes: Uint8Array<ArrayBuffer>; rows: number; last: Place | null }
  | { type: 'over'; id: number }
  | { type: 'fault'; id: number; message: string; code: string | undefined; isPassing: boolean };

/** Pieces of one export that may be under way or wait in the daemon: its first credits. */
export const ahead = 2;
/** A piece is sent when it has so many bytes; it has more by one page at most. */
const pieceBytes = 64 * 1024;
/** Records that a report looks at before it says how far it is, though nothing was found. */
const lookedMax = 20_000;
/** Records of one page: fewer where they are long. */
const pageRows = { first: 20, most: 250 };

class Job {
  credits: number;
  isClosed = false;
  readonly #walk: Walk;
  readonly #renderer: Renderer;
  readonly #linesOf: (cdrs: readonly StoredCdr[]) => Record<string, unknown>[];
  readonly #isReport: boolean;
  #rows = pageRows.first;
  #head: string;

  constructor(aside: Aside, { query, look, sheet: ordered }: CdrExport, credits: number) {
    this.credits = credits;
    this.#walk = aside.walk(query);
    this.#isReport = ordered !== undefined;
    if (ordered) {
      const { columns, linesOf } = openSheet(ordered);
      this.#renderer = openRenderer(look, columns);
      this.#head = this.#renderer.head;
      this.#linesOf = linesOf;
      return;
    }
    const columns = query.raw ? [...cdrColumns, 'hidden'] : cdrColumns;
    this.#renderer = openRenderer(look, columns);
    this.#head = this.#renderer.head;
    const clock = clockOf(look.zone);
    const shape = query.raw ? toRaw : toNative;
    const hasCursor = look.columns?.includes('cursor') ?? false;
    const lineOf = hasCursor
      ? (cdr: StoredCdr) => ({ ...shape(cdr, clock), cursor: cursorOf(cdr, query.order) })
      : (cdr: StoredCdr) => shape(cdr, clock);
    this.#linesOf = (cdrs) => cdrs.map(lineOf);
  }

  /** The next piece, null after the last one. */
  async next(check: () => void): Promise<{ text: string; rows: number; last: Place | null } | null> {
    let text = this.#head;
    let [rows, looked] = [0, 0];
    let last: Place | null = null;
    this.#head = '';
    let isOver = false;
    while (text.length < pieceBytes && !this.isClosed && !(this.#isReport && looked >= lookedMax)) {
      check();
      const page = await this.#walk.next(this.#rows);
      if (!page) {
        isOver = true;
        break;
      }
      const shown = this.#linesOf(page);
      const lines = this.#renderer.lines(shown);
      text += lines;
      rows += shown.length;
      looked += page.length;
      const end = page.at(-1);
      if (end) {
        last = { start: end.start, id: end.id };
        const fit = Math.floor(pieceBytes / (lines.length / page.length)) || 1;
        this.#rows = Math.max(1, Math.min(fit, pageRows.most, this.#rows * 4));
      }
      // Other exports have their turn, and word that a client is gone comes in.
      await setImmediate();
    }
    return isOver && text === '' ? null : { text, rows, last };
  }
}

/** Runs in the thread until it is told to end. */
export function run(port: MessagePort, where: Whereabouts): void {
  standBack();
  const jobs = new Map<number, Job | ScanJob>();
  /** Exports that wait for the store. */
  const waiting = new Set<number>();
  let opening: Promise<Aside> | undefined;
  const tell = (told: Told, moved: ArrayBuffer[] = []) => port.postMessage(told, moved);
  // The next export opens the store anew: a server that was away may be back.
  const forget = async () => {
    const aside = opening;
    opening = undefined;
    (await aside?.catch(() => undefined))?.close();
  };

  const fail = async (id: number, error: unknown) => {
    jobs.delete(id);
    if (jobs.size === 0) await forget();
    tell({ type: 'fault', id, message: messageOf(error), code: codeOf(error), isPassing: isPassing(error) });
  };

  /** Runs until the credits are used up; one at a time for each export. */
  const work = async (id: number, job: Job | ScanJob, aside: Aside) => {
    try {
      while (job.credits > 0 && !job.isClosed) {
        const piece = await job.next(aside.check);
        if (job.isClosed) return;
        if (piece === null) {
          jobs.delete(id);
          return tell({ type: 'over', id });
        }
        job.credits -= 1;
        const bytes = bytesOf(piece.text);
        tell({ type: 'piece', id, bytes, rows: piece.rows, last: piece.last }, [bytes.buffer]);
      }
    } catch (error) {
      await fail(id, error);
    }
  };

  const open = async (id: number, job: CdrExport | StatsScanOrder, credits: number) => {
    waiting.add(id);
    try {
      const aside = await (opening ??= openAside(where));
      if (!waiting.has(id)) return;
      aside.check();
      const opened = 'scan' in job ? new ScanJob(aside, job, credits) : new Job(aside, job, credits);
      jobs.set(id, opened);
      waiting.delete(id);
      await work(id, opened, aside);
    } catch (error) {
      await fail(id, error);
    } finally {
      waiting.delete(id);
    }
  };

  port.on('message', (order: Order) => {
    if (order.type === 'open') void open(order.id, order.job, order.credits);
    else if (order.type === 'end') void forget().then(() => port.close());
    else {
      if (order.type === 'close') waiting.delete(order.id);
      const job = jobs.get(order.id);
      if (!job) return;
      if (order.type === 'credit') {
        job.credits += 1;
        if (job.credits === 1) void opening?.then((aside) => work(order.id, job, aside));
      } else {
        job.isClosed = true;
        jobs.delete(order.id);
      }
    }
  });
}
