// Many clients of a feed in a process of their own (bare/hear.ts), and how long a number of bytes takes to reach them.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Broken } from '../../src/errors.ts';
import { adminToken } from '../support/daemon.ts';
import { startChild } from './cleanup.ts';

const hear = fileURLToPath(new URL('bare/hear.ts', import.meta.url));
const lateMs = 120_000;

export interface Hearers {
  /** Resolves when so many bytes, less or more by a frame or two, have come to all together since the last time. */
  have(bytes: number): Promise<void>;
  end(): Promise<void>;
}

/** `subscription`: what each sends, `#` in it is its number; empty: nothing, as to the reference. */
export async function openHearers(url: string, count: number, subscription: string): Promise<Hearers> {
  const isUp = (line: string) => line === 'up' || undefined;
  const child = await startChild([hear, url.replace(/^http/, 'ws'), String(count), subscription, adminToken], isUp);
  return {
    have: async (bytes) => {
      const told = once(child.process, 'message', { signal: AbortSignal.timeout(lateMs) });
      child.process.send(bytes);
      await told.catch(() => {
        throw new Broken(`${bytes} bytes did not come to ${count} clients within ${lateMs} ms`);
      });
    },
    end: child.end,
  };
}
