// One export to its client: headers, gzip, back-pressure, and an end that cannot be taken for a whole one when it is none.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { messageOf, Unavailable } from '../../errors.ts';
import type { HttpContext } from '../context.ts';
import { byOfRequest } from '../gate.ts';
import type { Asked, Outcome } from './exports.ts';
import { contentTypes, takesGzip, type Format } from './formats.ts';
import type { Piece } from './thread.ts';

/** The fastest: it halves what level 6 costs, and call records shrink to a fifth at any level. */
/** Handed to the connection at once: as exactly as this we know when its client took something the last time. */
const sliceBytes = 64 * 1024;
const gzipOptions = { level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024, writableHighWaterMark: 1 };

export interface Export extends Pick<Asked, 'list' | 'asked'> {
  format: Format;
  pieces: AsyncGenerator<Piece, void>;
}

/** Answers with the export. A fault before its first byte is thrown, as of any route; after it the connection is destroyed. */
export async function sendExport(
  { exports, limits, log }: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { list, asked, format, pieces }: Export,
): Promise<FastifyReply> {
  const isGzip = takesGzip(request.headers);
  const headers = { ...headersOf(list, format), ...(isGzip ? { 'content-encoding': 'gzip' } : {}) };
  // A stream, so that no length is told: that of the export is known at its end only.
  if (request.method === 'HEAD') return reply.headers(headers).send(Readable.from([]));
  const running = exports.enter();
  let rows = 0;
  let first: IteratorResult<Piece, void>;
  try {
    // What can fail, fails here, where it can still be told.
    first = await pieces.next();
    await running.begin({ by: byOfRequest(request), list, asked, format });
  } catch (error) {
    await pieces.return();
    await running.end('failed', 0);
    throw error;
  }
  let fault: unknown;
  async function* bytes(): AsyncGenerator<Uint8Array, void> {
    try {
      for (let next = first; !next.done; next = await pieces.next()) {
        const { bytes, rows: more } = next.value;
        yield bytes;
        rows += more;
        // It was taken (a high-water mark of 1 waits for that). Left to V8, tens of megabytes of such would gather.
        bytes.buffer.transfer(0);
      }
    } catch (error) {
      fault = error;
      throw error;
    } finally {
      await pieces.return();
    }
  }
  const { raw } = reply.headers(headers);
  raw.writeHead(200, reply.hijack().getHeaders() as OutgoingHttpHeaders);
  // Ours is exact; the server's own limit on silence may be shorter. A request of our own program has no such socket.
  if (raw.socket instanceof Socket) raw.setTimeout(0);
  const patience = newPatience(limits.export_stall_seconds);
  const isWhole = await pipe(bytes(), isGzip, raw, patience, AbortSignal.any([running.signal, patience.signal]));
  const [outcome, reason] = isWhole ? (['finished'] as const) : whyCut(fault, patience.signal, running.signal);
  if (outcome === 'failed')
    log.error({ list, rows, reason }, 'an export could not go on, its connection was destroyed');
  await running.end(outcome, rows, reason).catch((error: unknown) => {
    log.error({ err: error, list, rows, outcome }, 'the end of an export could not be audited, its beginning is');
  });
  return reply;
}

/** Resolves to false when it is not whole; then the connection is destroyed: the chunked encoding has no end, nor has the gzip. */
async function pipe(
  bytes: AsyncGenerator<Uint8Array, void>,
  isGzip: boolean,
  raw: ServerResponse,
  patience: Patience,
  signal: AbortSignal,
): Promise<boolean> {
  const destroy = () => void raw.destroy();
  signal.addEventListener('abort', destroy);
  try {
    const out = flushTo(raw, patience);
    if (isGzip) await pipeline(bytes, createGzip(gzipOptions), out);
    else await pipeline(bytes, out);
    patience.begins();
    await new Promise<void>((resolve, reject) => {
      raw.once('finish', resolve);
      raw.once('close', () => reject(new Error('closed before its end')));
      raw.end();
    });
    return true;
  } catch {
    raw.destroy();
    return false;
  } finally {
    patience.ends();
    signal.removeEventListener('abort', destroy);
  }
}

/** Takes the next piece when the one before has left for the kernel, slice by slice; its end leaves `raw` open. */
function flushTo(raw: ServerResponse, patience: Patience): Writable {
  const write = (bytes: Uint8Array, at: number, done: (error?: Error | null) => void): void => {
    patience.begins();
    raw.write(bytes.subarray(at, at + sliceBytes), (error) => {
      patience.ends();
      if (error || at + sliceBytes >= bytes.length) done(error);
      else write(bytes, at + sliceBytes, done);
    });
  };
  return new Writable({ highWaterMark: 1, write: (bytes: Uint8Array, _, done) => write(bytes, 0, done) });
}

/** How long a client may take nothing of what waits for it; our own silence is not its fault. */
interface Patience {
  /** Something waits for the client from now on. */
  begins(): void;
  /** It was taken. */
  ends(): void;
  /** Aborted when it took too long. */
  signal: AbortSignal;
}

function newPatience(seconds: number): Patience {
  const controller = new AbortController();
  const over = () =>
    controller.abort(new Unavailable(`the client took nothing for ${seconds} s (limits.export_stall_seconds)`));
  let timer: NodeJS.Timeout | undefined;
  const ends = () => clearTimeout(timer);
  return {
    begins: () => {
      ends();
      timer = setTimeout(over, seconds * 1000);
    },
    ends,
    signal: controller.signal,
  };
}

function whyCut(fault: unknown, stalled: AbortSignal, stopped: AbortSignal): [Outcome, string] {
  if (fault !== undefined) return ['failed', messageOf(fault)];
  if (stalled.aborted) return ['cut', messageOf(stalled.reason)];
  return ['cut', stopped.aborted ? 'the daemon was stopped' : 'the client went away'];
}

function headersOf(list: string, format: Format): Record<string, string> {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '');
  const name = list.slice(1).replace(/\W+/g, '-');
  return {
    'content-type': contentTypes[format],
    'content-disposition': `attachment; filename="${name}-${time}Z.${format}"`,
    vary: 'accept, accept-encoding',
  };
}
