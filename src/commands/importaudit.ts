// An import in the audit, twice as an export is: that it begins, and how it ended. One that was killed has no end there.
import { randomBytes } from 'node:crypto';
import { namesOf } from '../http/controlimport.ts';
import type { ImportDesk } from './importdesk.ts';
import type { Summary } from './importrun.ts';

export interface AuditedImport {
  desk: ImportDesk;
  paths: readonly string[];
  /** Null: each row names its own. */
  system: string | null;
  summary: Summary;
}

/** Does the work between its two entries. @throws what the work throws; Unavailable where nothing can be written down */
export async function audited(
  { desk, paths, system, summary }: AuditedImport,
  work: () => Promise<void>,
): Promise<void> {
  const about = { import: randomBytes(6).toString('hex'), system, ...namesOf(paths) };
  const end = (state: 'finished' | 'interrupted' | 'failed') => {
    const { received, stored, duplicate, enriched, rejected, expired } = summary;
    return desk.tell({ ...about, state, counts: { received, stored, duplicate, enriched, rejected, expired } });
  };
  await desk.tell({ ...about, state: 'begun' });
  try {
    await work();
  } catch (error) {
    // What went wrong is worth more than that it could not be written down: the beginning stands there without an end.
    await end('failed').catch(() => undefined);
    throw error;
  }
  await end(summary.isInterrupted ? 'interrupted' : 'finished');
}
