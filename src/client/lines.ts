// A stream of text to whole lines, and one cell of a line of CSV (RFC 4180). Knows nothing of what they mean.

export type Format = 'csv' | 'ndjson';

/** Longest line that is put together, in characters: what is longer is no export of ours. */
const lineMax = 16 * 1024 * 1024;

/** A line of CSV may have line ends within quotes. */
export class LineSplitter {
  readonly #end: string;
  #rest = '';

  constructor(format: Format) {
    this.#end = format === 'csv' ? '\r\n' : '\n';
  }

  /** What is not yet a whole line. */
  get rest(): string {
    return this.#rest;
  }

  /** The lines that are whole now, without their ends. @throws Error for a line without end */
  push(text: string): string[] {
    const lines: string[] = [];
    let line = '';
    const parts = (this.#rest + text).split(this.#end);
    const last = parts.pop()!;
    for (const part of parts) {
      line += part;
      if (this.#end === '\n' || isClosed(line)) {
        lines.push(line);
        line = '';
      } else {
        line += this.#end;
      }
    }
    this.#rest = line + last;
    if (this.#rest.length > lineMax) throw new Error(`a line of the export is longer than ${lineMax} characters`);
    return lines;
  }
}

/** A quote within a cell is two, so outside of all cells their number is even. */
function isClosed(text: string): boolean {
  let quotes = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) quotes += 1;
  return quotes % 2 === 0;
}

/** The cells of a line of CSV. */
export function cellsOf(line: string): string[] {
  const cells = `,${line}`.matchAll(/,(?:"([^"]*(?:""[^"]*)*)"|([^,]*))/g);
  return [...cells].map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain);
}
