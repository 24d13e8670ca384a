// One file to rows: opened, its layout found, its lines read, equal rows counted. Holds a piece of the file, never all of it.
import { hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ClientError } from '../../errors.ts';
import { CsvReader } from './csv.ts';
import { isIdle, type Item, type Reader } from './item.ts';
import { JsonReader, objectOf } from './json.ts';
import { layoutOf, type Asked, type Format, type Layout } from './layout.ts';
import { readLines, textOf, type Line } from './lines.ts';
import { masterExpected, masterRows } from './master.ts';
import { namedRows } from './names.ts';
import { openFile } from './open.ts';
import { seamRows } from './seam.ts';
import { Twins } from './twins.ts';
import { minutesOff, ZoneWatch, type Contradiction } from './zone.ts';

export interface ReadOptions extends Asked {
  /** `-` is the standard input. */
  path: string;
  /** Of local times (IANA). */
  timezone: string;
  /** Whether the zone was said for this very file: else the file may contradict it. */
  isZoneSure: boolean;
  /** Whether rows without uniqueid get one made of channel and start. */
  derives: boolean;
  /** Whether nobody writes the file any more: then a last line without line end is a row. */
  isComplete: boolean;
  /** Of the files that one command gives, in their order; absent: the file stands alone. */
  twins?: Twins;
  stdin?: Readable;
}

/** What a file turned out to be; filled while it is read. */
export interface Reading {
  /** In the order of the file, some at a time. @throws ClientError */
  items: AsyncGenerator<Item[]>;
  /** null until it is known, and for a file without rows. */
  format: Format | null;
  /** The first line, where it names the columns. */
  head: Buffer | null;
  /** The last line that was left out because it had no line end; null when there was none. */
  unfinished: number | null;
  /** By how many minutes its first rows, in a zone that was said for it, are later than the epochs in their uniqueids; 0: they agree. */
  off: number;
  size: number | null;
  done: () => number;
}

/** @throws ClientError when it cannot be opened; what is in it is thrown by `items`. */
export function readFile(options: ReadOptions): Reading {
  const { bytes, size, done, identity } = openFile(options.path, options.stdin);
  const reading: Omit<Reading, 'items'> = { format: null, head: null, unfinished: null, off: 0, size, done };
  return Object.assign(reading, { items: markedOf(rowsOf(bytes, options, reading), options, reading, identity) });
}

/** So many first rows are asked together whether their zone is right; so many wait when it became doubtful. */
const zoneRows = 500;
/** No rows wait longer than for so many bytes. */
const waitingBytesMax = 4 * 1024 * 1024;

/**
 * The rows with their marks. The first ones wait until their zone is known to be right, later ones while it is doubtful,
 * for nothing is stored with wrong times; and the first until it is known whether they stand in the file before too.
 */
async function* markedOf(
  rows: AsyncIterable<Item[]>,
  options: ReadOptions,
  reading: Omit<Reading, 'items'>,
  identity: string | null,
): AsyncGenerator<Item[]> {
  const twins = options.twins ?? new Twins();
  const marked = (items: Item[]): Item[] => {
    for (const { row, system, raw } of items) {
      const line = hash('sha256', raw, 'hex').slice(0, 32);
      row.mark = row.faults ? { line } : { nth: twins.nthOf(row, system), line };
    }
    return items;
  };
  let isBegun = false;
  const release = (items: Item[], isWhole: boolean): Item[] => {
    if (isBegun) return marked(items);
    const minutes = minutesOff(items);
    if (!watch) reading.off = minutes;
    else if (minutes !== 0) refuse({ minutes, line: items[0]!.line }, false, options);
    isBegun = true;
    const isLog = reading.format === 'master' || reading.format === 'custom' || reading.format === 'jsonl';
    const good = items.filter(({ row }) => !row.faults);
    twins.begin({ identity, isLog, head: good.slice(0, seamRows), isWhole: isWhole && good.length <= seamRows });
    return marked(items);
  };
  const watch = options.isZoneSure ? null : new ZoneWatch();
  const headRows = Math.max(zoneRows, twins.headRows);
  let waiting: Item[] = [];
  let bytes = 0;
  for await (const items of rows) {
    for (const item of items) if (watch) refuse(watch.see(item), isBegun, options);
    waiting.push(...items);
    bytes += items.reduce((sum, { raw }) => sum + raw.length, 0);
    const rowsMost = isBegun ? (watch?.isOpen ? zoneRows : 0) : headRows;
    if (waiting.length < rowsMost && bytes < waitingBytesMax) continue;
    yield release(waiting, false);
    [waiting, bytes] = [[], 0];
  }
  if (watch) refuse(watch.end(), isBegun, options);
  if (waiting.length > 0) yield release(waiting, true);
}

async function* rowsOf(
  bytes: AsyncIterable<Buffer>,
  options: ReadOptions,
  reading: Omit<Reading, 'items'>,
): AsyncGenerator<Item[]> {
  let reader: Reader | null = null;
  for await (const piece of readLines(bytes)) {
    let lines = piece.filter((line) => isTaken(line, options, reading));
    if (!reader) {
      const layout = layoutOf(piece, options, options.path);
      if (!layout) continue;
      reading.format = layout.format;
      if (layout.hasHead) {
        const head = lines.findIndex((line) => !isIdle(line));
        reading.head = lines[head]?.bytes ?? null;
        lines = lines.slice(head + 1);
      }
      reader = readerOf(layout, options);
    }
    const items = reader.take(lines);
    if (items.length > 0) yield items;
  }
  const last = reader?.end() ?? [];
  if (last.length > 0) yield last;
}

/** A line without its end may be half of one: of what Asterisk is writing, or wrote when it died. */
function isTaken(line: Line, { isComplete }: ReadOptions, reading: Omit<Reading, 'items'>): boolean {
  if (line.isEnded || isComplete || isIdle(line)) return true;
  // An object that closes is whole; of CSV nobody can tell.
  const text = textOf(line.bytes);
  if (text.startsWith('{') && typeof objectOf(text) === 'object') return true;
  reading.unfinished = line.number;
  return false;
}

function readerOf({ format, dialect, columns, isOurs }: Layout, { timezone, derives }: ReadOptions): Reader {
  if (format === 'jsonl' || format === 'ndjson') return new JsonReader(format, timezone);
  if (!columns) {
    const rowOf = masterRows(timezone, derives);
    return new CsvReader({ dialect, timezone, rowOf, expected: masterExpected });
  }
  const rowOf = namedRows(columns, timezone, { isTable: format === 'table-csv', isOurs });
  return new CsvReader({ dialect, timezone, rowOf, expected: String(columns.length) });
}

/** @throws ClientError when there is a contradiction. */
function refuse(found: Contradiction | null, isBegun: boolean, { path, timezone }: ReadOptions): void {
  if (!found) return;
  const { minutes, line } = found;
  const hours = `${Math.abs(minutes / 60)} hour${Math.abs(minutes) === 60 ? '' : 's'}`;
  const [whose, taken] = isBegun
    ? [
        `the times from line ${line} on`,
        'nothing was taken from there on, and the times of what was taken before agree',
      ]
    : ['its times', 'nothing of it was taken'];
  throw new ClientError(
    400,
    `${path}: read in ${timezone}, ${whose} are ${hours} ${minutes > 0 ? 'later' : 'earlier'} than the epochs in ` +
      `${isBegun ? 'their' : 'its'} uniqueids; ${taken}. Say its zone: --timezone UTC for usegmtime=yes, else the PBX's, ` +
      `or --timezone ${timezone} if this is right`,
  );
}
