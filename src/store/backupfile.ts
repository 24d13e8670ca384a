// The file of a backup: gzipped lines of JSON, the same for SQLite and MariaDB, read here and written in backup.ts. Format 1:
//
//   {"format":"cdrd-backup","version":1,"cdrd":…,"made":…,"dialect":…,"schema":[migrations…],"rows":N}
//   {"table":"cdr","columns":["id",…]}          then its rows, each an array in the order of the columns: texts, numbers, null,
//                                               {"base64":…} for bytes
//   …                                           all tables
//   {"end":true,"tables":{"cdr":N,…},"sha256":…}   the sum of all bytes before this line, unpacked
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { ClientError, codeOf, messageOf } from '../errors.ts';
import type { Value } from './sql.ts';

export const formatName = 'cdrd-backup';
export const formatVersion = 1;

export interface Header {
  format: typeof formatName;
  version: number;
  /** The cdrd that wrote it. */
  cdrd: string;
  /** RFC 3339. */
  made: string;
  dialect: 'sqlite' | 'mysql';
  /** Names of the migrations the store had, oldest first. */
  schema: string[];
  /** Of all tables. */
  rows: number;
}

export interface Trailer {
  end: true;
  tables: Record<string, number>;
  sha256: string;
}

export type Part = { header: Header } | { table: string; columns: string[] } | { row: Value[] } | { trailer: Trailer };

/** The longest line: four texts of 16 MiB, MariaDB's widest, are more than a record ever has. */
const lineMax = 64 * 1024 * 1024;

/**
 * Reads a backup from its beginning to its end, which is checked: whoever has taken the trailer has had all of it, as it was written.
 * `seen` hears how much of the file was read, from 0 to 1. @throws ClientError 422 for a file that is none, is cut or was changed
 */
export async function* readBackup(file: string, seen: (share: number) => void = () => undefined): AsyncGenerator<Part> {
  const fail = (message: string): never => {
    throw new ClientError(422, `${file}: ${message}`);
  };
  const hash = createHash('sha256');
  const counts: Record<string, number> = {};
  let [table, width, number, isEnded] = ['', 0, 0, false];
  for await (const line of linesOf(file, seen, fail)) {
    number += 1;
    if (isEnded) fail(`line ${number} stands behind the end`);
    const value = parsed(line);
    if (number === 1) {
      const header = headerOf(value) ?? fail(`is no backup of cdrd: it does not begin with {"format":"${formatName}"`);
      if (header.version !== formatVersion)
        fail(
          `has the format ${header.version}, this cdrd reads ${formatVersion}: use the cdrd ${header.cdrd} that wrote it`,
        );
      yield { header };
    } else if (Array.isArray(value)) {
      const row = value.map(toValue);
      if (row.length !== width || !row.every((cell) => cell !== undefined))
        return fail(`line ${number} is no row of ${table}, expected ${width} texts and numbers`);
      counts[table] = (counts[table] ?? 0) + 1;
      yield { row };
    } else if (isTable(value)) {
      [table, width] = [value.table, value.columns.length];
      counts[table] = 0;
      yield value;
    } else if (isTrailer(value)) {
      const sum = hash.copy().digest('hex');
      if (value.sha256 !== sum) fail(`was changed or is damaged: its sum is ${sum}, expected ${value.sha256}`);
      if (JSON.stringify(value.tables) !== JSON.stringify(counts)) fail('does not have the rows that its end counts');
      isEnded = true;
      yield { trailer: value };
    } else fail(`line ${number} is neither a table nor a row`);
    hash.update(line).update('\n');
  }
  if (!isEnded) fail('ends in the middle: it was cut, or never finished');
}

/** A cell as it stands in the file. */
export function toCell(value: Value): unknown {
  return Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value;
}

/** undefined: it is none. Backups that were written before bytes had a form have them as Node's own `{"type":"Buffer","data":[…]}`. */
function toValue(cell: unknown): Value | undefined {
  if (cell === null || typeof cell === 'string' || typeof cell === 'number') return cell;
  const { base64, type, data } = cell as { base64?: unknown; type?: unknown; data?: unknown };
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64');
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data as number[]) : undefined;
}

async function* linesOf(
  file: string,
  seen: (share: number) => void,
  fail: (message: string) => never,
): AsyncGenerator<Buffer> {
  try {
    const { size } = statSync(file);
    const packed = createReadStream(file, { highWaterMark: 1024 * 1024 });
    let done = 0;
    packed.on('data', (part) => seen(Math.min(1, (done += part.length) / size)));
    const bytes = packed.pipe(createGunzip());
    packed.on('error', (error) => bytes.destroy(error));
    let rest: Buffer[] = [];
    let length = 0;
    for await (const part of bytes as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, from)) {
        const end = part.subarray(from, at);
        yield rest.length === 0 ? end : Buffer.concat([...rest, end]);
        [rest, length, from] = [[], 0, at + 1];
      }
      rest.push(part.subarray(from));
      length += part.length - from;
      if (length > lineMax) fail(`has a line of more than ${lineMax} bytes`);
    }
    if (length > 0) fail('ends in the middle: it was cut, or never finished');
  } catch (error) {
    if (error instanceof ClientError) throw error;
    if (codeOf(error) === 'Z_BUF_ERROR') fail('ends in the middle: it was cut, or never finished');
    if (codeOf(error)?.startsWith('Z_')) fail('is damaged, or is no backup of cdrd: it cannot be unpacked');
    throw new ClientError(400, `${file} cannot be read: ${messageOf(error)}`, [], { cause: error });
  }
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function headerOf(value: unknown): Header | undefined {
  const header = value as Header | undefined;
  const isOne = header?.format === formatName && Array.isArray(header.schema) && typeof header.rows === 'number';
  return isOne ? header : undefined;
}

function isTable(value: unknown): value is { table: string; columns: string[] } {
  const { table, columns } = (value ?? {}) as { table?: unknown; columns?: unknown };
  return typeof table === 'string' && Array.isArray(columns) && columns.every((name) => typeof name === 'string');
}

function isTrailer(value: unknown): value is Trailer {
  return (value as Partial<Trailer> | undefined)?.end === true;
}
