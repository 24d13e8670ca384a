// A file, a compressed file or the standard input as a stream of bytes, with how far it has been read.
import { createReadStream, statSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ClientError, messageOf } from '../../errors.ts';

export interface Opened {
  /** @throws ClientError while it is read, when it cannot be read to its end. */
  bytes: AsyncIterable<Buffer>;
  /** Bytes on disk, compressed ones where it is compressed; null when nobody knows (a pipe). */
  size: number | null;
  /** How many of them were read. */
  done: () => number;
  /** The same under each name of the file; null for a pipe. */
  identity: string | null;
}

/** @param path - `-` is the standard input. @throws ClientError */
export function openFile(path: string, stdin: Readable = process.stdin): Opened {
  const size = fileSize(path);
  let done = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    const stream = path === '-' ? stdin : createReadStream(path);
    for await (const piece of stream as AsyncIterable<Buffer>) {
      done += piece.length;
      yield piece;
    }
  }
  return { bytes: named(path, unpacked(counted())), size, done: () => done, identity: identityOf(path) };
}

/** Bytes on disk; null for a pipe or the standard input. @throws ClientError */
export function fileSize(path: string): number | null {
  if (path === '-') return null;
  try {
    const found = statSync(path);
    if (found.isDirectory()) throw new ClientError(400, `${path} is a folder, expected a file`);
    return found.isFile() ? found.size : null;
  } catch (error) {
    throw error instanceof ClientError ? error : unreadable(path, error);
  }
}

function identityOf(path: string): string | null {
  const found = path === '-' ? undefined : statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? `${found.dev}:${found.ino}` : null;
}

function unreadable(path: string, error: unknown): ClientError {
  return new ClientError(400, `${path} cannot be read: ${messageOf(error)}`);
}

async function* named(path: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** gzip (RFC 1952 §2.3.1) begins with these two bytes. */
const magic = Buffer.from([0x1f, 0x8b]);

async function* unpacked(pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let begin = Buffer.alloc(0);
  while (begin.length < magic.length) {
    const next = await pieces.next();
    if (next.done) break;
    begin = Buffer.concat([begin, next.value]);
  }
  async function* all(): AsyncGenerator<Buffer> {
    if (begin.length > 0) yield begin;
    yield* pieces;
  }
  if (!begin.subarray(0, magic.length).equals(magic)) {
    yield* all();
    return;
  }
  const gunzip = createGunzip();
  // A fault on either side destroys both, and is thrown by the loop that reads.
  pipeline(Readable.from(all(), { objectMode: false }), gunzip, () => undefined);
  yield* gunzip as AsyncIterable<Buffer>;
}
