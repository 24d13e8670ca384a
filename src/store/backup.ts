// A backup: all of a store in one file (backupfile.ts), taken while the daemon goes on. Whole or not at all: it gets its name when it is done.
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ClientError, messageOf, Unavailable } from '../errors.ts';
import { formatName, formatVersion, toCell, type Header, type Trailer } from './backupfile.ts';
import { openSnapshot, type Snapshot } from './snapshot.ts';

export interface BackupAsk {
  url: string;
  file: string;
  /** Of cdrd. */
  version: string;
  /** Milliseconds. */
  now: number;
  /** Whether a file that is there may be written over. */
  isForced: boolean;
  signal: AbortSignal;
  /** `share` of the rows, from 0 to 1. */
  seen: (share: number, rows: number) => void;
}

export interface Backup {
  file: string;
  rows: number;
  records: number;
  bytes: number;
  /** The last migration of the store. */
  schema: string;
}

/** Bytes that are packed in one go. */
const pieceBytes = 64 * 1024;

/**
 * Nothing of the file is seen before all of it is on the disk. @throws ClientError 409 when there is one, Unavailable when the
 * store cannot be read or the file not written, AbortError
 */
export async function writeBackup(ask: BackupAsk): Promise<Backup> {
  const { url, file, isForced, signal } = ask;
  if (existsSync(file) && !isForced) throw new ClientError(409, `${file} is there already: another name, or --force`);
  const part = `${file}.part`;
  const snapshot = await openSnapshot(url);
  try {
    if (snapshot.schema.length === 0) throw new Unavailable('there is nothing in the store yet');
    // Password hashes and phone numbers are nobody else's.
    const out = createWriteStream(part, { mode: 0o600 });
    const counts: Record<string, number> = {};
    const lines = Readable.from(piecesOf(snapshot, ask, counts), { objectMode: false });
    await pipeline(lines, createGzip(), out, { signal });
    await toDisk(part);
    renameSync(part, file);
    await toDisk(dirname(file));
    const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return { file, rows, records: counts['cdr'] ?? 0, bytes: out.bytesWritten, schema: snapshot.schema.at(-1)! };
  } catch (error) {
    rmSync(part, { force: true });
    if (signal.aborted || error instanceof Unavailable) throw error;
    throw new Unavailable(`the backup ${file} cannot be written: ${messageOf(error)}`, { cause: error });
  } finally {
    snapshot.close();
  }
}

/** `counts` are those of the tables when it has ended. */
async function* piecesOf(
  snapshot: Snapshot,
  { version, now, seen }: BackupAsk,
  counts: Record<string, number>,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let [lines, length]: [string[], number] = [[], 0];
  const add = (value: unknown) => {
    const text = JSON.stringify(value);
    lines.push(text);
    length += text.length + 1;
  };
  const piece = (): Buffer => {
    const bytes = Buffer.from(lines.length === 0 ? '' : `${lines.join('\n')}\n`);
    [lines, length] = [[], 0];
    hash.update(bytes);
    return bytes;
  };
  const { dialect, schema, tables } = snapshot;
  const total = tables.reduce((sum, { rows }) => sum + rows, 0);
  const header: Header = {
    ...{ format: formatName, version: formatVersion, cdrd: version, made: new Date(now).toISOString() },
    ...{ dialect, schema: [...schema], rows: total },
  };
  add(header);
  let done = 0;
  for (const table of tables) {
    add({ table: table.name, columns: table.columns });
    counts[table.name] = 0;
    for await (const row of snapshot.rows(table)) {
      add(row.map(toCell));
      counts[table.name]! += 1;
      done += 1;
      if (length < pieceBytes) continue;
      yield piece();
      seen(done / Math.max(1, total), done);
    }
  }
  yield piece();
  const trailer: Trailer = { end: true, tables: counts, sha256: hash.copy().digest('hex') };
  add(trailer);
  yield piece();
}

async function toDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}
