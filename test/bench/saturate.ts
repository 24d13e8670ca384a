// As many events as the other side can take, and never so many that its buffer runs over.
import { setTimeout as delay } from 'node:timers/promises';
import { Broken } from '../../src/errors.ts';
import { blockOf } from './events.ts';

/** Events sent and not yet done: below the 10,000 rows of `buffer_rows`, far above one batch of 500. */
const windowRows = 8000;
/** The bytes of such a window, and more. */
export const windowBytes = 64 * 1024 * 1024;
const blockRows = 100;
const stallMs = 30_000;

/**
 * Keeps the window full for so many seconds, waits for the rest, and resolves to the records per second of it all.
 * `done` says how many events the other side is through with, and is asked each `lookMs`: where that costs the other side something, rarely.
 * @throws Broken when it stands still
 */
export async function saturate(
  send: (bytes: string) => void,
  done: () => number | Promise<number>,
  { seconds, lookMs }: { seconds: number; lookMs: number },
): Promise<number> {
  const began = performance.now();
  let sent = 0;
  let last = 0;
  let moved = began;
  for (;;) {
    const now = await done();
    const at = performance.now();
    const isOver = at - began >= seconds * 1000;
    if (isOver && now === sent) return sent / ((at - began) / 1000);
    if (now !== last) [last, moved] = [now, at];
    if (at - moved > stallMs) throw new Broken(`${now} of ${sent} events were done, then none for ${stallMs} ms`);
    for (; !isOver && sent - now < windowRows; sent += blockRows) send(blockOf(sent, blockRows));
    await delay(lookMs);
  }
}
