// Lines to cells. A value may hold line ends; a torn line must not swallow those behind it. csv-parse reads the cells.
import { parse } from 'csv-parse/sync';
import { messageOf } from '../../errors.ts';
import { faultOf, isIdle, unread, type Item, type Reader } from './item.ts';
import { lineMax, textOf, type Line } from './lines.ts';

/** How cells stand in a line. */
export interface Dialect {
  separator: string;
  /** null: nothing is quoted (`mysql --batch`). */
  quote: string | null;
  escape: string;
}

/** A value with more line ends than this is taken for a torn line. */
const joinMax = 32;

/** What the cells of a row mean; null when so many cells are no row. */
export type RowOf = (cells: readonly string[]) => Pick<Item, 'row' | 'system'> | null;

export interface CsvOptions {
  dialect: Dialect;
  timezone: string;
  rowOf: RowOf;
  /** For people: `16 to 21 columns`. */
  expected: string;
}

/**
 *      line complete ──▶ read together with others, by csv-parse
 *      line with an open quote ──▶ waits ──▶ closed by a later line, and so many cells are a row: a row
 *                                        └─▶ else: a reject by itself, the later ones are read anew
 */
export class CsvReader implements Reader {
  readonly #options: CsvOptions;
  #open: Line[] = [];

  constructor(options: CsvOptions) {
    this.#options = options;
  }

  take(lines: readonly Line[]): Item[] {
    const items: Item[] = [];
    let whole: Line[] = [];
    const flush = () => {
      if (whole.length > 0) items.push(...this.#readAll(whole));
      whole = [];
    };
    const left = [...lines].reverse();
    for (let line = left.pop(); line; line = left.pop()) {
      if (this.#open.length > 0) {
        const { item, again } = this.#join(line);
        if (item) items.push(item);
        left.push(...again.reverse());
        continue;
      }
      const fault = faultOf(line, lineMax);
      if (fault !== null) {
        flush();
        items.push(unread(line, fault, this.#options.timezone));
      } else if (isIdle(line)) continue;
      else if (this.#isClosed(textOf(line.bytes))) whole.push(line);
      else {
        flush();
        this.#open = [line];
      }
    }
    flush();
    return items;
  }

  end(): Item[] {
    const items: Item[] = [];
    while (this.#open.length > 0) {
      const [torn, ...again] = this.#open as [Line, ...Line[]];
      this.#open = [];
      items.push(this.#torn(torn), ...this.take(again));
    }
    return items;
  }

  /** One more line behind an open quote. */
  #join(line: Line): { item: Item | null; again: Line[] } {
    const lines = [...this.#open, line];
    const text = textOf(line.bytes);
    const isClosing = !this.#isClosed(text);
    const tear = () => {
      this.#open = [];
      return { item: this.#torn(lines[0]!), again: lines.slice(1) };
    };
    const isTooMuch = lines.length > joinMax || sizeOf(lines) > lineMax || faultOf(line, lineMax) !== null;
    if (isTooMuch) return tear();
    if (!isClosing) {
      this.#open = lines;
      return { item: null, again: [] };
    }
    const bytes = Buffer.concat(lines.flatMap((one, at) => (at === 0 ? [one.bytes] : [newline, one.bytes])));
    const { row } = this.#cells(textOf(bytes));
    if (!row) return tear();
    this.#open = [];
    return { item: { ...row, line: lines[0]!.number, raw: bytes }, again: [] };
  }

  #torn(line: Line): Item {
    return unread(line, 'opens a quote that is not closed: the line was torn', this.#options.timezone);
  }

  /** Whether every quote that opens in this text closes in it. */
  #isClosed(text: string): boolean {
    const { quote, escape } = this.#options.dialect;
    if (quote === null) return true;
    let count = 0;
    if (escape === quote) {
      for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) count++;
      return count % 2 === 0;
    }
    for (let at = 0; at < text.length; at++) {
      if (text[at] === escape && count % 2 === 1) at++;
      else if (text[at] === quote) count++;
    }
    return count % 2 === 0;
  }

  /** Complete lines; together, since csv-parse is slow to begin. */
  #readAll(lines: readonly Line[]): Item[] {
    const texts = lines.map(({ bytes }) => textOf(bytes));
    let all: string[][] = [];
    try {
      all = cellsOf(texts.join('\n'), this.#options.dialect);
    } catch {
      // One of them is no CSV: each by itself says which.
    }
    const isWhole = all.length === lines.length;
    return lines.map((line, at) => {
      const { row, fault } = isWhole ? this.#rowOf(all[at]!) : this.#cells(texts[at]!);
      return row ? { ...row, line: line.number, raw: line.bytes } : unread(line, fault ?? '', this.#options.timezone);
    });
  }

  #cells(text: string): Read {
    try {
      const [cells, ...others] = cellsOf(text, this.#options.dialect);
      return cells && others.length === 0 ? this.#rowOf(cells) : { row: null, fault: 'is more than one line of CSV' };
    } catch (error) {
      return { row: null, fault: `is no CSV: ${messageOf(error).replace(/ at line \d+/, '')}` };
    }
  }

  #rowOf(cells: readonly string[]): Read {
    const row = this.#options.rowOf(cells);
    if (row) return { row, fault: null };
    return { row, fault: `has ${cells.length} columns, expected ${this.#options.expected}` };
  }
}

interface Read {
  row: Pick<Item, 'row' | 'system'> | null;
  fault: string | null;
}

const newline = Buffer.from('\n');

function sizeOf(lines: readonly Line[]): number {
  return lines.reduce((sum, { bytes }) => sum + bytes.length + 1, 0);
}

/** The cells of each line. @throws csv-parse's own errors */
export function cellsOf(text: string, { separator, quote, escape }: Dialect): string[][] {
  const options = { delimiter: separator, record_delimiter: '\n', relax_column_count: true };
  if (quote !== null) return parse(text, { ...options, quote, escape });
  const lines = parse(text, { ...options, quote: false, escape: null });
  return lines.map((cells) => cells.map(unescaped));
}

/** As `mysql --batch` writes what would break its columns; `\N` is no value, in the same tongue. */
function unescaped(cell: string): string {
  if (!cell.includes('\\') || cell === '\\N') return cell;
  return cell.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
}

const escapes: Record<string, string> = { n: '\n', t: '\t', '0': '\0' };
