// A list of any length in a JSON answer: read page by page, each when the one before has left. Nothing of it is held longer.
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';

export interface JsonList<T> {
  /** What stands before its items, down to the `[`. */
  head: string;
  pages: AsyncGenerator<readonly T[], void>;
  /** One item as JSON. */
  shape: (item: T) => string;
  /** From the `]` on; it knows how many items there were. */
  tail: (count: number) => string;
}

/** What fails at once is thrown, before the first byte; later the connection is cut, so that no part looks like the whole. */
export async function sendList<T>(reply: FastifyReply, list: JsonList<T>): Promise<FastifyReply> {
  const first = await list.pages.next();
  return reply.type('application/json; charset=utf-8').send(Readable.from(textOf(first, list)));
}

async function* textOf<T>(
  first: IteratorResult<readonly T[], void>,
  { head, pages, shape, tail }: JsonList<T>,
): AsyncGenerator<string, void> {
  yield head;
  let count = 0;
  for (let next = first; !next.done; next = await pages.next()) {
    const { value: items } = next;
    if (items.length === 0) continue;
    yield (count === 0 ? '' : ',') + items.map(shape).join(',');
    count += items.length;
  }
  yield tail(count);
}

/**
 * Pages until one is not full, at most `most` items in all. `read` is told where the page before has ended, and gives at most
 * `limit`.
 */
export async function* pagesOf<T>(
  read: (last: T | undefined, limit: number) => Promise<readonly T[]>,
  pageRows: number,
  most = Infinity,
): AsyncGenerator<readonly T[], void> {
  let last: T | undefined;
  for (let left = most; left > 0;) {
    const limit = Math.min(pageRows, left);
    const page = await read(last, limit);
    yield page;
    last = page.at(-1);
    left -= page.length;
    if (page.length < limit) return;
    // The database answers within this very turn of the loop: others are to have one in between.
    await setImmediate();
  }
}
