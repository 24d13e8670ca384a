// A list as a whole, line by line, with as little of it in memory as one part of the stream. When the line breaks, it goes on after
// the last whole line by itself: nothing is missing, and no line comes twice.
import { cellsOf, LineSplitter, type Format } from './lines.ts';
import type { CallOptions, Request, Requests } from './request.ts';
import { ApiError } from './trouble.ts';
import { pause } from './wait.ts';

export interface ExportOptions extends CallOptions {
  /** Lines of JSON when absent. */
  format?: Format;
  /** These, in this order; all when absent. Without `id` (in an order by start without `cursor`) it cannot go on after a cut. */
  columns?: readonly string[];
  /** IANA name of the zone of its times: UTC when absent. */
  zone?: string;
  /** CSV: `off` leaves out the line of names. */
  header?: 'on' | 'off';
  /** CSV: `off` leaves cells as they are that a spreadsheet would run. */
  guard?: 'on' | 'off';
  /** How often in a row it may fail to go on: 5 when absent, 0 for not at all. */
  tries?: number;
  /** First and longest wait before going on: 500 and 30,000 when absent. */
  retryMs?: { first: number; most: number };
}

/** What is exported. */
export interface Exported {
  method: 'GET' | 'POST';
  /** Of the list. */
  path: string;
  given: Record<string, unknown> & { limit?: number };
  /** By which of its parameters it goes on. */
  by: 'after' | 'before';
  /** Columns that name the place of a line, the first that is there: by start, an id is no place. None: it cannot go on after a cut. */
  places: readonly string[];
  /** Several lines may be of one place: what it asks with so that all of that place come again; those that came are left out. */
  again?: (place: string | number) => string;
}

/** Of records and calls, in this order. */
export function placesBy(order: string | undefined): readonly string[] {
  return order?.endsWith('start') === true ? ['cursor'] : ['cursor', 'id'];
}

const usual = { tries: 5, retryMs: { first: 500, most: 30_000 } };

/**
 * Iterate over it, or over `lines` or `rows`, once. Leaving the loop ends it.
 * Every form throws ApiError when cdrd refuses, TypeError or TimeoutError when it could not go on, or the reason of the signal.
 */
export class Export<Row> implements AsyncIterable<string> {
  readonly #requests: Requests;
  readonly #exported: Exported;
  readonly #options: ExportOptions;
  readonly #format: Format;
  #isUsed = false;
  #isBegun = false;
  /** Names of the columns of CSV, once they are known. */
  #names: readonly string[] | undefined;
  #count = 0;
  /** The last line that came, and the last that was handed out. */
  #came: string | null = null;
  #told: string | null = null;
  /** Lines that came last and are of one place, where several may be. */
  #same = 0;

  constructor(requests: Requests, exported: Exported, options: ExportOptions) {
    this.#requests = requests;
    this.#exported = exported;
    this.#options = options;
    this.#format = options.format ?? 'ndjson';
    this.#names = options.columns;
  }

  /** The place of the last line that was handed out, for an export that goes on there (`after`; of the newest first `before`); null: none. */
  get place(): string | number | null {
    const place = this.#placeOf(this.#told);
    return place === null ? null : (this.#exported.again?.(place) ?? place);
  }

  /** Its text, in parts that end where a line ends: what a file should hold. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    const end = this.#format === 'csv' ? '\r\n' : '\n';
    for await (const lines of this.#parts()) {
      this.#told = lines.at(-1)!;
      yield lines.join(end) + end;
    }
  }

  /** Line by line, without line ends; of CSV the first is that of the names. */
  async *lines(): AsyncGenerator<string, void, undefined> {
    for await (const lines of this.#parts()) {
      for (const line of lines) {
        this.#told = line;
        yield line;
      }
    }
  }

  /** Row by row; of CSV there are only lines. Fields are those of `columns`. */
  async *rows(): AsyncGenerator<Partial<Row>, void, undefined> {
    if (this.#format === 'csv') throw new Error('an export as csv has lines, and no rows: ask for ndjson');
    for await (const line of this.lines()) yield JSON.parse(line) as Partial<Row>;
  }

  /** Whole lines, as many as came together. */
  async *#parts(): AsyncGenerator<string[], void, undefined> {
    if (this.#isUsed) throw new Error('an export can be read once: ask for another');
    this.#isUsed = true;
    const { tries = usual.tries, retryMs: { first, most } = usual.retryMs, signal } = this.#options;
    for (let failures = 0; !this.#isBegun || this.#left !== 0;) {
      try {
        for await (const lines of this.#once()) {
          failures = 0;
          yield lines;
        }
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (!this.#mayGoOn(error) || failures >= tries) throw error;
        failures += 1;
        await pause(Math.random() * Math.min(most, first * 2 ** failures), signal ?? new AbortController().signal);
      }
    }
  }

  async *#once(): AsyncGenerator<string[], void, undefined> {
    const { method, path } = this.#exported;
    const splitter = new LineSplitter(this.#format);
    let known = this.#same;
    for await (const text of this.#requests.read(method, `${path}.${this.#format}`, this.#request())) {
      this.#isBegun = true;
      const all = splitter.push(text);
      const lines = all.slice(known);
      known -= all.length - lines.length;
      if (lines.length === 0) continue;
      if (this.#hasNames && this.#count === 0) this.#names = cellsOf(lines[0]!);
      if (this.#exported.again) lines.forEach((line) => this.#countSame(line));
      this.#came = lines.at(-1)!;
      this.#count += lines.length;
      yield lines;
    }
    if (splitter.rest !== '') throw new TypeError('the export ended within a line');
  }

  /** From the beginning, or after what has come. */
  #request(): Request {
    const { columns, zone, guard, signal } = this.#options;
    const place = this.#placeOf(this.#came);
    const asked: Record<string, unknown> = {
      ...this.#exported.given,
      ...(this.#left === undefined ? {} : { limit: this.#left + this.#same }),
      ...(place === null ? {} : { [this.#exported.by]: this.#exported.again?.(place) ?? place }),
      ...{
        zone,
        guard,
        header: this.#came === null ? this.#options.header : this.#format === 'csv' ? 'off' : undefined,
      },
    };
    const stop = signal ? { signal } : {};
    if (this.#exported.method === 'POST') return { ...stop, body: { ...asked, columns } };
    return { ...stop, query: { ...(asked as Request['query']), columns: columns?.join(',') } };
  }

  get #hasNames(): boolean {
    return this.#format === 'csv' && this.#options.header !== 'off';
  }

  /** Lines that are still wanted; undefined: all. */
  get #left(): number | undefined {
    const { limit } = this.#exported.given;
    return limit === undefined ? undefined : limit - Math.max(0, this.#count - (this.#hasNames ? 1 : 0));
  }

  #countSame(line: string): void {
    const place = this.#placeOf(line);
    this.#same = place === null ? 0 : place === this.#placeOf(this.#came) ? this.#same + 1 : 1;
    this.#came = line;
  }

  #mayGoOn(error: unknown): boolean {
    const hasRows = this.#count > (this.#hasNames ? 1 : 0);
    if (!this.#isBegun || (hasRows && this.#placeOf(this.#came) === null)) return false;
    if (error instanceof ApiError) return [429, 503].includes(error.status);
    return error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError');
  }

  #placeOf(line: string | null): string | number | null {
    if (line === null) return null;
    const names = this.#exported.places;
    if (this.#format === 'ndjson') {
      const row = JSON.parse(line) as Record<string, string | number | undefined>;
      return names.map((name) => row[name]).find((place) => place !== undefined) ?? null;
    }
    const cells = cellsOf(line);
    const at = names.map((name) => this.#names?.indexOf(name) ?? -1).find((index) => index !== -1);
    const cell = at === undefined ? undefined : cells[at];
    // The line of names is no place.
    return cell === undefined || cell === this.#names![at!] ? null : cell;
  }
}
