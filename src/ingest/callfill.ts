// After an upgrade: records from before there were calls get theirs, slice by slice, with as much rest as work, while everything else goes on.
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';

export interface CallFill {
  store: Pick<Store, 'fillCalls' | 'isPassing'>;
  log: Log;
  signal: AbortSignal;
}

/** The log says how far it is this often. */
const tellMs = 30_000;
/** How long a store that is away is left alone. */
const retryMs = 5000;

/** Resolves when every record has its call, or when the signal aborts; the next start goes on. Rejects when something of ours is broken. */
export async function fillCalls({ store, log, signal }: CallFill): Promise<void> {
  const began = performance.now();
  let told = began;
  let records = 0;
  while (!signal.aborted) {
    const from = performance.now();
    try {
      const filled = await store.fillCalls();
      if (filled === 0) break;
      if (records === 0) log.info('older records and calls are worked out anew, the newest first');
      records += filled;
    } catch (error) {
      if (!store.isPassing(error)) throw error;
      log.debug({ err: messageOf(error) }, 'calls could not be made of older records, trying again');
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
      continue;
    }
    const now = performance.now();
    if (now - told > tellMs) {
      told = now;
      log.info({ records }, 'older records and calls are worked out anew');
    }
    await delay(now - from, undefined, { signal }).catch(() => undefined);
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  if (records > 0 && !signal.aborted) log.info({ records, seconds }, 'every record has its call');
}
