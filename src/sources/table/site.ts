// One table as everything that reads it shares it: where it is, in which zone, by which clock and at which pace.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import { checkedZone, placeOf, type Place, type TableConfig } from './config.ts';
import { flavourOf, type Flavour, type Former } from './flavour.ts';
import { Pace } from './pace.ts';
import { openReader, type TableReader } from './reader.ts';
import { withoutUnfilled } from './unfilled.ts';

/** What a source needs of time; tests turn it by hand. */
export interface TableClock {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Resolves after `ms`, or at once when the signal is aborted; never rejects. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface TableOptions {
  system: string;
  /** The system's zone (IANA), used when the table names none. */
  timezone: string;
  config: TableConfig;
  log: Log;
  clock?: TableClock;
}

export interface Site {
  system: string;
  config: TableConfig;
  place: Place;
  timezone: string;
  log: Log;
  clock: TableClock;
  pace: Pace;
  /** Of this run or by the cursor. */
  memory: Former;
}

const realClock: TableClock = {
  now: Date.now,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

/** @throws ConfigError for a URL or zone that can never work. */
export function siteOf({ system, timezone, config, log, clock = realClock }: TableOptions): Site {
  const place = placeOf(config.url);
  const own = log.child({ source: `${system}/table` });
  const pace = new Pace(config, own, clock);
  const zone = checkedZone(config.timezone ?? timezone);
  return { system, config, place, timezone: zone, log, clock, pace, memory: { idColumn: null, unfilled: [] } };
}

/** Opens the table, does `work` and closes it; cut off when `signal` is aborted. @throws Unavailable, what `work` throws. */
export async function visit<T>(
  { place, config, timezone, log, pace, memory }: Site,
  signal: AbortSignal,
  work: (reader: TableReader, flavour: Flavour) => Promise<T>,
): Promise<T> {
  const reader = openReader(place, config, log);
  const cut = (): void => void reader.close();
  signal.addEventListener('abort', cut);
  try {
    const flavour = flavourOf(await reader.shape(), config, timezone, memory);
    memory.idColumn = flavour.idColumn ?? memory.idColumn;
    if (flavour.hasSequence) memory.unfilled = flavour.unfilled;
    return await work(withoutUnfilled(pace.over(reader, signal), flavour), flavour);
  } finally {
    signal.removeEventListener('abort', cut);
    await reader.close();
  }
}

/** Waits after failures in a row: 1 s, 2 s, 4 s … up to a minute. A PBX may come long after us. */
export function retryMs(failures: number): number {
  return Math.min(1000 * 2 ** failures, 60_000);
}
