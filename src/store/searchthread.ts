// The daemon's side of the thread of searches: pieces of long reads of an SQLite store run there, while the loop goes on. Started with the
// first of them, ended when there has been none for a while. What is read is the same as on the daemon's own connection: what is committed.
import type { Worker } from 'node:worker_threads';
import { messageOf, Unavailable } from '../errors.ts';
import type { Answer, Place, Question } from './searchside.ts';
import type { Sql, Value } from './sql.ts';
import { inodeOf } from './readonly.ts';
import { startThread } from './thread.ts';

/** How long a thread without work is kept, in ms: starting one takes a tenth of a second. */
const idleMs = 60_000;
/** What V8 may take for it: rows of one statement, of which callers bound the number. */
const resourceLimits = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 4, stackSizeMb: 2 };

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

export class SearchThread {
  readonly #place: Place;
  readonly #idleMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #last = 0;

  constructor(file: string, idle = idleMs) {
    this.#place = { file, inode: inodeOf(file) };
    this.#idleMs = idle;
  }

  /** Whether the thread is there. */
  get isRunning(): boolean {
    return this.#worker !== null;
  }

  /** Reads only; each statement sees what is committed when it begins. @throws Unavailable when the thread ends meanwhile */
  readonly sql: Sql = {
    dialect: 'sqlite',
    all: async <Row>(text: string, values: readonly Value[] = []) => {
      const { columns, cells } = await this.#ask(text, values);
      return rowsOf(columns, cells) as Row[];
    },
    lists: () => Promise.reject(new Error('the thread of searches tells objects')),
    run: () => Promise.reject(new Error('the thread of searches writes nothing')),
    each: () => Promise.reject(new Error('the thread of searches writes nothing')),
  };

  /** Ends the thread; what is being read fails. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  async #ask(sql: string, values: readonly Value[]): Promise<{ columns: string[]; cells: Value[] }> {
    const id = ++this.#last;
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, sql, values } satisfies Question);
    try {
      const answer = await new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
      if ('cells' in answer) return answer;
      throw Object.assign(new Error(answer.message), answer.code === undefined ? {} : { code: answer.code });
    } finally {
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#rest();
    }
  }

  #start(): Worker {
    const worker = startThread(new URL('./searchside.ts', import.meta.url), this.#place, resourceLimits);
    let fault: unknown;
    worker.on('message', (answer: Answer) => this.#waiting.get(answer.id)?.resolve(answer));
    worker.on('error', (error: unknown) => void (fault = error));
    worker.on('exit', () => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      const message = `the thread of searches ended${fault === undefined ? '' : `: ${messageOf(fault)}`}`;
      for (const { reject } of this.#waiting.values()) reject(new Unavailable(message, { cause: fault }));
    });
    return worker;
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const worker = this.#worker;
      this.#worker = null;
      worker?.postMessage(null);
    }, this.#idleMs).unref();
  }
}

/** Cells of all rows, one row after the other, as objects again. */
function rowsOf(columns: readonly string[], cells: readonly Value[]): Record<string, Value>[] {
  const rows = new Array<Record<string, Value>>(cells.length / (columns.length || 1));
  for (let at = 0, cell = 0; at < rows.length; at += 1) {
    const row: Record<string, Value> = {};
    for (const column of columns) row[column] = cells[cell++]!;
    rows[at] = row;
  }
  return rows;
}
