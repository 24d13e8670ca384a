// Stores for tests: a real SQLite file in a folder that goes away, and a short way to append.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Cdr } from '../../src/cdr/cdr.ts';
import type { Repeats } from '../../src/cdr/identity.ts';
import type { CdrQuery } from '../../src/cdr/query.ts';
import type { Append } from '../../src/store/append.ts';
import type { Outcome } from '../../src/store/meet.ts';
import type { By } from '../../src/store/audit.ts';
import type { Reject } from '../../src/store/rejects.ts';
import { newBatch, type Store } from '../../src/store/store.ts';
import { derive } from './rows.ts';

export const silent = pino({ level: 'silent' });

/** Somebody who writes beside records. */
export const ann: By = { kind: 'user', id: 7, name: 'ann', address: '192.0.2.1' };

/** A folder of its own, and how to remove it. */
export function tempFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'cdrd-test-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Appends one batch of a source; `null` when the store had this batch already. */
export async function appendTo(
  store: Store,
  source: string,
  rows: readonly (Cdr | Reject)[],
  change: Partial<Append> = {},
  batch = newBatch(),
): Promise<Outcome[] | null> {
  // Open since ever: what it shows is no history to it.
  const { id } = await store.source(source, 0);
  const work = {
    sourceId: id,
    sourceName: source,
    repeats: repeatsOf(source),
    rows,
    cursor: undefined,
    lost: 0,
    now: 1_795_400_000_000_000,
    derive,
    within: null,
  };
  return store.append({ ...work, ...change }, batch);
}

/** As ingest says it of its kinds of source. */
function repeatsOf(source: string): Repeats {
  if (source.endsWith('/ami')) return 'never';
  return source.endsWith('/table') ? 'whole' : 'again';
}

export const everything: CdrQuery = { within: null, limit: 10_000 };

/** Counts all calls anew for the statistics; resolves to how many there are. `between` is told after each step. */
export async function recountAll(store: Store, between: (phase: string) => unknown = () => undefined): Promise<number> {
  let done = await store.recount(null);
  while (done.next) {
    await between(done.next.phase);
    done = await store.recount(done.next);
  }
  return done.calls;
}
