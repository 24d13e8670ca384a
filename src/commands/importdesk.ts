// Where rows of a file go: to the running daemon, or into the store when none holds it, or nowhere (--dry-run).
import { normalise, type RawRow } from '../cdr/normalise.ts';
import type { Config } from '../config.ts';
import { rulesOf } from '../configrules.ts';
import { BadRecord } from '../errors.ts';
import { controlPath } from '../http/control.ts';
import { importEntry, type ImportTold } from '../http/controlimport.ts';
import { takenOf, type Taken } from '../ingest/taken.ts';
import type { Log } from '../log.ts';
import { holdBoth } from '../store/lock.ts';
import { call } from './daemon.ts';

/** Commits one batch and tells what became of each row. @throws Unavailable, ClientError */
export type Send = (system: string, rows: RawRow[]) => Promise<Taken[]>;

export interface ImportDesk {
  send: Send;
  /** Writes it into the audit. @throws Unavailable */
  tell(told: ImportTold): Promise<void>;
}

/** @throws Unavailable when the folder is held by a daemon that does not answer, the store by one with another folder, or there is no store to open. */
export async function withImportDesk(
  config: Config,
  log: Log,
  work: (desk: ImportDesk) => Promise<void>,
): Promise<void> {
  const release = holdBoth(config.store);
  if (!release) {
    const path = controlPath(config.store.data_dir);
    return work({
      send: async (system, rows) => (await call(path, 'POST', '/imports', { system, rows })) as Taken[],
      tell: async (told) => void (await call(path, 'POST', '/imports/audit', told)),
    });
  }
  try {
    const [{ openStore }, { Feed }, { Ingest }] = await Promise.all([
      import('../store/store.ts'),
      import('../feed/feed.ts'),
      import('../ingest/ingest.ts'),
    ]);
    const store = await openStore(config.store, log);
    try {
      const feed = await Feed.open(store, log);
      const systems = rulesOf(config);
      const ingest = new Ingest({ store, feed, systems, rejectsMax: config.rejects.keep, log });
      try {
        await work({
          send: async (system, rows) => (await ingest.take(system, rows)).map(takenOf),
          tell: (told) => store.audit(importEntry(told)),
        });
      } finally {
        await ingest.close();
        feed.close();
      }
    } finally {
      await store.close();
    }
  } finally {
    release();
  }
}

/** An import that stores nothing is not in the audit. */
export const deskNowhere: ImportDesk = { send: sendNowhere, tell: () => Promise.resolve() };

/** Only whether rows can be read: `created` stands for those that can. */
function sendNowhere(system: string, rows: RawRow[]): Promise<Taken[]> {
  return Promise.resolve(
    rows.map((row): Taken => {
      try {
        normalise(row, system);
        return { outcome: 'created' };
      } catch (error) {
        if (!(error instanceof BadRecord)) throw error;
        return { outcome: 'rejected', reason: error.message };
      }
    }),
  );
}
