// The daemon's side of the thread of exports: started with the first one, ended when there has been none for a while.
import type { Worker } from 'node:worker_threads';
import type { Place } from '../../cdr/query.ts';
import { codeOf, messageOf, Unavailable } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Whereabouts } from '../../store/aside.ts';
import { startThread } from '../../store/thread.ts';
import type { ScanResult, StatsScanOrder } from './scanjob.ts';
import { ahead, type CdrExport, type Order, type Told } from './worker.ts';

/** Whole lines of an export. */
export interface Piece {
  /** All of a buffer of its own. */
  bytes: Uint8Array<ArrayBuffer>;
  rows: number;
  /** Of records read by start: the last that was looked at; absent or null: none was. */
  last?: Place | null;
}

/** How long a thread without work is kept, in ms: starting one takes a tenth of a second. */
const idleMs = 10_000;
/** What V8 may take for it; pages, texts and pieces are bounded (worker.ts), so this is never reached unless something is broken. */
const resourceLimits = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 4, stackSizeMb: 2 };

/** One export as the daemon sees it. */
interface Line {
  told: Told[];
  wake: (() => void) | null;
}

export class ExportThread {
  readonly #where: Whereabouts;
  readonly #log: Log;
  readonly #idleMs: number;
  readonly #lines = new Map<number, Line>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #last = 0;

  constructor(where: Whereabouts, log: Log, idle = idleMs) {
    this.#where = where;
    this.#log = log;
    this.#idleMs = idle;
  }

  /** Whether the thread is there. */
  get isRunning(): boolean {
    return this.#worker !== null;
  }

  /** Pieces as fast as they are taken; leaving the loop ends the export. @throws Unavailable, or what broke the thread */
  async *read(job: CdrExport | StatsScanOrder): AsyncGenerator<Piece, void> {
    const id = ++this.#last;
    const line: Line = { told: [], wake: null };
    this.#lines.set(id, line);
    let isLive = true;
    try {
      clearTimeout(this.#idle);
      this.#worker ??= this.#start();
      this.#worker.postMessage({ type: 'open', id, job, credits: ahead } satisfies Order);
      for (;;) {
        const told = line.told.shift();
        if (!told) {
          await new Promise<void>((resolve) => (line.wake = resolve));
          continue;
        }
        if (told.type === 'piece') {
          yield { bytes: told.bytes, rows: told.rows, last: told.last };
          this.#worker?.postMessage({ type: 'credit', id } satisfies Order);
          continue;
        }
        isLive = false;
        if (told.type === 'over') return;
        throw faultOf(told);
      }
    } finally {
      this.#lines.delete(id);
      if (isLive) this.#worker?.postMessage({ type: 'close', id } satisfies Order);
      this.#rest();
    }
  }

  /** Statistics that are found by a look at every call. @throws as `read` does */
  async scan(order: StatsScanOrder): Promise<ScanResult> {
    let text = '';
    for await (const { bytes } of this.read(order)) text += Buffer.from(bytes).toString();
    return JSON.parse(text) as ScanResult;
  }

  /** Ends the thread; exports that still run fail. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = startThread(new URL('./worker.ts', import.meta.url), this.#where, resourceLimits);
    let fault: unknown;
    worker.on('message', (told: Told) => this.#hear(told.id, told));
    worker.on('error', (error: unknown) => void (fault = error));
    worker.on('exit', () => {
      if (fault !== undefined)
        this.#log.error({ err: fault }, 'the thread of exports broke, the next export starts another');
      if (this.#worker !== worker) return;
      this.#worker = null;
      const message = `the thread of exports ended${fault === undefined ? '' : `: ${messageOf(fault)}`}`;
      const code = fault === undefined ? undefined : codeOf(fault);
      for (const id of this.#lines.keys()) this.#hear(id, { type: 'fault', id, message, code, isPassing: true });
    });
    return worker;
  }

  #hear(id: number, told: Told): void {
    const line = this.#lines.get(id);
    line?.told.push(told);
    line?.wake?.();
  }

  /** After the last export: waits for another, then lets the thread go with all it holds. */
  #rest(): void {
    if (this.#lines.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const worker = this.#worker;
      this.#worker = null;
      worker?.postMessage({ type: 'end' } satisfies Order);
    }, this.#idleMs).unref();
  }
}

function faultOf({ message, code, isPassing }: Extract<Told, { type: 'fault' }>): Error {
  if (isPassing) return new Unavailable(`the store cannot be read: ${message}`);
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
