// What a file is, by what stands at its beginning and what was said of it. Guesses only what its content proves.
import { ClientError } from '../../errors.ts';
import { cellsOf, type Dialect } from './csv.ts';
import { isIdle } from './item.ts';
import { isOurs, objectOf } from './json.ts';
import { textOf, type Line } from './lines.ts';
import { sampleColumns } from './mapping.ts';
import { columnsOf, masterColumns } from './master.ts';
import { isExport, isHead, namesIn } from './names.ts';

export const formats = ['master', 'custom', 'table-csv', 'jsonl', 'ndjson'] as const;
/** cdr_csv's, cdr_custom's, a table with names in its first line, lines of JSON of others, lines of JSON of ours. */
export type Format = (typeof formats)[number];

export interface Asked {
  format?: Format;
  /** Of cdr_custom; see mapping.ts. */
  columns?: readonly string[];
  /** Between the columns; found by itself where the first line names them. */
  separator?: string;
}

export interface Layout {
  format: Format;
  dialect: Dialect;
  /** null: by their place (master), or named in each line (JSON). */
  columns: readonly string[] | null;
  /** Whether the first line names the columns. */
  hasHead: boolean;
  /** Whether that is the first line of an export of ours. */
  isOurs: boolean;
}

/** Of a file whose first line is a row. */
const nameless = { columns: null, hasHead: false, isOurs: false };

const separators = [',', ';', '\t', '|'];

/** @param lines - its first ones; null when none of them says anything. @throws ClientError */
export function layoutOf(lines: readonly Line[], asked: Asked, file: string): Layout | null {
  const first = lines.find((line) => !isIdle(line));
  if (!first) return null;
  refuseOthers(first.bytes, file);
  const format = asked.format ?? (asked.columns ? 'custom' : undefined);
  const text = textOf(first.bytes);
  const plain = (some: Format): Layout => ({ format: some, dialect: dialectOf(','), ...nameless });
  if (format === 'jsonl' || format === 'ndjson') return plain(format);
  if (format === undefined && text.trimStart().startsWith('{')) {
    const values = objectOf(text);
    return plain(typeof values === 'object' && isOurs(values) ? 'ndjson' : 'jsonl');
  }
  if (format !== 'master') {
    for (const separator of asked.separator ? [asked.separator] : separators) {
      const dialect = dialectOf(separator);
      const cells = tryCells(text, dialect);
      if (!isHead(cells)) continue;
      const columns = asked.columns ?? namesIn(cells);
      return { format: format ?? 'table-csv', dialect, columns, hasHead: true, isOurs: isExport(cells) };
    }
  }
  if (format === 'table-csv') {
    throw new ClientError(400, `${file}: its first line does not name the columns (uniqueid, start or calldate, …)`);
  }
  const dialect = dialectOf(asked.separator ?? ',');
  if (format === 'master') return { format, dialect, ...nameless };
  if (asked.columns) return { format: 'custom', dialect, ...nameless, columns: asked.columns };
  const rows = lines
    .filter((line) => line.isEnded && !isIdle(line))
    .map((line) => tryCells(textOf(line.bytes), dialect));
  if (format === undefined && rows.some(isMaster)) return plain('master');
  const width = rows.find(isSample)?.length;
  if (width !== undefined) return { format: 'custom', dialect, ...nameless, columns: sampleColumns.slice(0, width) };
  throw new ClientError(400, unknown(file, tryCells(text, dialect).length));
}

/** Quotes are doubled everywhere; `mysql --batch` separates by tabs and quotes nothing. */
function dialectOf(separator: string): Dialect {
  return { separator, quote: separator === '\t' ? null : '"', escape: '"' };
}

function tryCells(text: string, dialect: Dialect): string[] {
  try {
    return cellsOf(text, dialect)[0] ?? [];
  } catch {
    return [];
  }
}

function isMaster(cells: readonly string[]): boolean {
  return columnsOf(cells) !== null && isRow(masterColumns, cells);
}

function isSample(cells: readonly string[]): boolean {
  const isWidth = cells.length === sampleColumns.length || cells.length === sampleColumns.length - 1;
  return isWidth && isRow(sampleColumns, cells);
}

/** Whether values stand where these columns have them. */
function isRow(columns: readonly string[], cells: readonly string[]): boolean {
  const cell = (name: string) => cells[columns.indexOf(name)] ?? '';
  return (
    /^(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d|\d{9,10}(\.\d+)?$)/.test(cell('start')) &&
    /^\d+(\.\d+)?$/.test(cell('duration')) &&
    /^\d+(\.\d+)?$/.test(cell('billsec')) &&
    /^([A-Z ]+|\d{1,2})$/.test(cell('disposition'))
  );
}

const others: [beginning: RegExp, message: string][] = [
  [/^(\xff\xfe|\xfe\xff)/, 'is UTF-16; save it as UTF-8'],
  [/^PK\p{Cc}\p{Cc}/u, 'is a zip file or a spreadsheet; unpack it, or export it as CSV'],
  [/^SQLite format 3/, 'is an SQLite database; read it as a table of the system (table.url: sqlite:FILE)'],
  [
    /^(\s*\/\*|--|CREATE |INSERT |DROP )/i,
    'is an SQL dump; load it into a database and read it as a table, or export it as CSV',
  ],
  [/^\s*\[/, 'is a JSON list; one object a line is expected, as "jq -c .[] FILE" makes it'],
];

function refuseOthers(bytes: Buffer, file: string): void {
  const text = bytes.subarray(0, 100).toString('latin1');
  const found = others.find(([beginning]) => beginning.test(text));
  if (found) throw new ClientError(400, `${file} ${found[1]}`);
}

function unknown(file: string, width: number): string {
  return (
    `${file}: its first line (${width} column${width === 1 ? '' : 's'}) is neither a row of cdr_csv, nor one of cdr_custom's sample, nor names ` +
    `of columns, nor JSON. Say what it is: --columns NAMES or --mapping LINE for cdr_custom, or --format ${formats.join('|')}`
  );
}
