// Waiting for a condition, never for a time.
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves to the first value that is not undefined, null or false. The limit is a bound, not a measure: a busy machine is many times slower. */
export async function until<T>(
  look: () => T | Promise<T>,
  what: string,
  limitMs = 40_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found as NonNullable<Exclude<T, false>>;
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
    await delay(10);
  }
}
