// How long records are kept: holds, retention and anonymising, as the store offers them.
import type { Micros } from '../cdr/cdr.ts';
import { copiesSlice, type CopiesDone, type CopiesSlice } from './erasecopies.ts';
import { eraseSlice, type EraseDone, type EraseSlice } from './erasenumbers.ts';
import { raiseHorizons } from './expiry.ts';
import { holdsOn, type Holds } from './holds.ts';
import { retentionSlice, type RetentionDone, type RetentionSlice } from './retention.ts';
import type { Desk } from './save.ts';
import type { Database } from './sql.ts';

export interface Keep extends Holds {
  /** Some records whose time is over; see retention.ts. */
  retain(slice: RetentionSlice): Promise<RetentionDone>;
  /** A number anonymised in some records; see erasenumbers.ts. @throws ClientError 400 */
  eraseNumbers(slice: EraseSlice): Promise<EraseDone>;
  /** And in what was made of records; see erasecopies.ts. */
  eraseCopies(slice: CopiesSlice): Promise<CopiesDone>;
  /** Nothing that began before is taken in any more, of any system. Resolves to how many tombstones went; again until 0. */
  raiseHorizons(horizon: Micros): Promise<number>;
}

export function keepOn(database: Database, desk: Desk): Keep {
  return {
    ...holdsOn(database),
    retain: (slice) => emptied(database, slice, retentionSlice(database, desk, slice), ({ after }) => after === null),
    eraseNumbers: (slice) => emptied(database, slice, eraseSlice(database, desk, slice), ({ more }) => !more),
    eraseCopies: (slice) => emptied(database, slice, copiesSlice(database, slice), ({ more }) => !more),
    raiseHorizons: (horizon) => database.write((sql) => raiseHorizons(sql, horizon)),
  };
}

/** After the last slice of a run the people are in no file of the store any more. */
async function emptied<Done>(
  database: Database,
  { isDryRun }: { isDryRun: boolean },
  slice: Promise<Done>,
  isLast: (done: Done) => boolean,
): Promise<Done> {
  const done = await slice;
  if (!isDryRun && isLast(done)) await database.emptyWal();
  return done;
}
