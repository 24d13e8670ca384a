// The part of the store that proves: the life of one record, and days as completeness finds them.
import type { DayReport } from '../cdr/completeness.ts';
import type { Micros } from '../cdr/cdr.ts';
import type { Meeting } from '../cdr/clocks.ts';
import { explain, type Explanation, type Life, type Reason } from '../cdr/explain.ts';
import type { Within } from '../cdr/query.ts';
import type { Numbered } from '../cdr/life.ts';
import { isoOf } from '../cdr/time.ts';
import {
  beginDay,
  daysOf,
  keepDay,
  lastBefore,
  sliceOf,
  slipsOf,
  type Slice,
  type Slips,
  type StoredDay,
} from './days.ts';
import { changesOf, idsOf, lifeOf, rejectsOf, takenOf, type Taken } from './explain.ts';
import { keepReadIn, meetingsOf, readInOf, type ReadIn, type Since } from './meetings.ts';
import type { Names } from './names.ts';
import type { Reader } from './read.ts';
import { firstSights, namedRejects, rowsGone, type NamedReject } from './refused.ts';
import type { StoredReject } from './rejects.ts';
import { heardOf, type Heard } from './sources.ts';
import type { Database } from './sql.ts';
import { straysOf, type Stray } from './strays.ts';

export interface Proof {
  /** Undefined when there is no such record behind the wall; a hidden one is there with `raw` only. */
  life(id: number, within: Within, raw: boolean): Promise<Life | undefined>;
  /** Places of a record in the change sequence, also of one that is gone. */
  changesOf(id: number): Promise<{ seq: number; op: string; at: Micros }[]>;
  /** Records of this uniqueid, of all systems or of one; at most `livesMax` of explain.ts. */
  idsOf(uniqueid: string, system?: string): Promise<number[]>;
  takenOf(uniqueid: string): Promise<Taken[]>;
  rejectsOf(uniqueid: string): Promise<StoredReject[]>;
  /** Null for a system that has no record yet. */
  systemId(name: string): Promise<number | null>;
  heardOf(system: string): Promise<Heard[]>;
  horizonOf(systemId: number): Promise<Micros | null>;
  /** See days.ts for these. */
  beginDay(systemId: number, day: string, from: Micros, until: Micros): Promise<number>;
  keepDay(systemId: number, day: string, kept: { version: number; at: Micros; report: DayReport }): Promise<void>;
  daysOf(systemId: number, first: string, last: string): Promise<StoredDay[]>;
  sliceOf(systemId: number, place: { start: Micros; id: number }, until: Micros): Promise<Slice>;
  lastBefore(systemId: number, before: Micros): Promise<Numbered | undefined>;
  slipsOf(sourceIds: readonly number[], from: Micros, until: Micros): Promise<Slips>;
  /** When each kept reject of these sources was first seen, of those that were between two instants. */
  firstSights(sourceIds: readonly number[], from: Micros, until: Micros): Promise<Micros[]>;
  /** Systems that have records, are not among these, and that no daemon has. */
  straysOf(configured: readonly string[]): Promise<Stray[]>;
  /** See refused.ts for these. */
  namedRejects(source: string, after: number, limit: number): Promise<NamedReject[]>;
  rowsGone(ids: readonly number[], now: Micros): Promise<void>;
  /** The newest records that both AMI and the table have shown, each since when it is said, newest first. */
  meetingsOf(system: string, limit: number, since: Since): Promise<Meeting[]>;
  /** See meetings.ts for these. */
  readInOf(system: string): Promise<ReadIn | null>;
  keepReadIn(system: string, readIn: ReadIn): Promise<void>;
}

/** What became of a search by a number or a uniqueid. */
export interface Found {
  /** As `explain` tells them, with each source's words. */
  records: Explanation[];
  rejects: StoredReject[];
  /** Where retention may have taken such records; only when none is here. */
  taken: Taken[];
  /** Changes of a record of this id that is gone. */
  gone: { seq: number; op: string; at: string }[];
}

/** All that is known of a record number, or of a uniqueid in all systems. For readers without walls. `reasonsOf` runs the rules. */
export async function findOut(
  store: Proof,
  what: string,
  reasonsOf: (life: Life) => Promise<readonly Reason[] | null>,
): Promise<Found> {
  const isId = /^[1-9]\d{0,14}$/.test(what);
  const byId = isId ? await store.life(Number(what), null, true) : undefined;
  const ids = byId ? [] : await store.idsOf(what);
  const lives = byId ? [byId] : await Promise.all(ids.map((id) => store.life(id, null, true)));
  const records = await Promise.all(
    lives
      .filter((life) => life !== undefined)
      .map(async (life) => explain(life, { words: true, reasons: await reasonsOf(life) })),
  );
  const uniqueid = byId?.cdr.uniqueid ?? what;
  const isHere = records.length > 0;
  const changes = isId && !isHere ? await store.changesOf(Number(what)) : [];
  return {
    records,
    rejects: await store.rejectsOf(uniqueid),
    taken: isHere ? [] : await store.takenOf(uniqueid),
    gone: changes.map((change) => ({ ...change, at: isoOf(change.at) })),
  };
}

export function proofOn(database: Database, reader: Reader, systems: Names): Proof {
  return {
    life: (id, within, raw) => database.read((sql) => lifeOf(sql, reader, id, within, raw)),
    changesOf: (id) => database.read((sql) => changesOf(sql, id)),
    idsOf: (...which) => database.read((sql) => idsOf(sql, ...which)),
    takenOf: (uniqueid) => database.read((sql) => takenOf(sql, uniqueid)),
    rejectsOf: (uniqueid) => database.read((sql) => rejectsOf(sql, uniqueid)),
    systemId: async (name) => (await database.read((sql) => systems.findId(sql, name))) ?? null,
    heardOf: (system) => database.read((sql) => heardOf(sql, system)),
    horizonOf: async (id) => {
      type System = { horizon: Micros | null };
      const find = 'SELECT `horizon` FROM `system` WHERE `id` = ?';
      return (await database.read((sql) => sql.all<System>(find, [id])))[0]?.horizon ?? null;
    },
    beginDay: (...which) => database.write((sql) => beginDay(sql, ...which)),
    keepDay: (...kept) => database.write((sql) => keepDay(sql, ...kept)),
    daysOf: (...which) => database.read((sql) => daysOf(sql, ...which)),
    sliceOf: (...which) => database.read((sql) => sliceOf(sql, ...which)),
    lastBefore: (...which) => database.read((sql) => lastBefore(sql, ...which)),
    slipsOf: (...which) => database.read((sql) => slipsOf(sql, ...which)),
    meetingsOf: (...which) => database.read((sql) => meetingsOf(sql, ...which)),
    readInOf: (system) => database.read((sql) => readInOf(sql, system)),
    keepReadIn: (...kept) => database.write((sql) => keepReadIn(sql, ...kept)),
    straysOf: (configured) => database.read((sql) => straysOf(sql, configured)),
    namedRejects: (...which) => database.read((sql) => namedRejects(sql, ...which)),
    rowsGone: (...which) => database.write((sql) => rowsGone(sql, ...which)),
    firstSights: (...which) => database.read((sql) => firstSights(sql, ...which)),
  };
}
