// What the records of one conversation say of each other's channels: who stands behind one, and which record is told by another. Pure.
import type { Micros, StoredCdr } from './cdr.ts';
import { partiesByOrder } from './dials.ts';
import { calledOf, callerOf, deviceOf, endOf, localHalf, type Party } from './parties.ts';
import { isConference } from './results.ts';

export interface Surroundings {
  /** Records of Local halves, by channel. */
  halves: ReadonlyMap<string, StoredCdr[]>;
  /** Channels that are some record's party B. */
  dialled: ReadonlySet<string>;
  /** Who stands behind a channel, from the record that dialled it by name, or its own record of a conference. */
  parties: ReadonlyMap<string, Party>;
  /** All numbers that some record knows as an extension. */
  extensions: ReadonlySet<string | null>;
  /** Phones that rang and were taken from by a pickup, and until when they rang: their own record says so. */
  takenFrom: ReadonlyMap<string, Micros>;
  /** Channels that do something beside playing the end of a dialplan. */
  busy: ReadonlySet<string>;
  /** Channels (by uniqueid) whose dialplan went on, to its end. */
  tails: ReadonlySet<string>;
  /** Who dialled the first half of a Local channel, by that half; more than one where the call was handed on. */
  dialsOf: ReadonlyMap<string, StoredCdr[]>;
  /**
   * First halves that nobody dialled but a program (Originate), each with the record of what the second half rang: whoever
   * that is began the call.
   */
  origins: ReadonlyMap<string, StoredCdr>;
}

/** `sorted` in the order of their beginning. */
export function surroundingsOf(sorted: readonly StoredCdr[]): Surroundings {
  const extensions = new Set<string | null>();
  const around: Surroundings = {
    ...{ halves: noMap, dialled: noSet, parties: noMap, extensions, takenFrom: noMap },
    ...{ busy: noSet, tails: noSet, dialsOf: noMap, origins: noMap },
  };
  for (const record of sorted) {
    const { uniqueid, channel, dstchannel, lastapp, lastdata, extension, peerExtension } = record;
    extensions.add(extension).add(peerExtension);
    if (localHalf(channel)) {
      around.halves = withPair(around.halves, channel!, [...(around.halves.get(channel!) ?? []), record]);
    }
    if (channel && isOfPartyB(record) && isPickup(record)) {
      around.takenFrom = withPair(around.takenFrom, channel, endOf(record));
    }
    if (isTail(record)) around.tails = withOne(around.tails, uniqueid);
    else around.busy = withOne(around.busy, uniqueid);
    if (channel && isConference(lastapp) && !around.parties.has(channel)) {
      around.parties = withPair(around.parties, channel, callerOf(record));
    }
    if (!dstchannel) continue;
    around.dialled = withOne(around.dialled, dstchannel);
    const isLocal = localHalf(dstchannel) !== null;
    if (isLocal) {
      around.dialsOf = withPair(around.dialsOf, dstchannel, [...(around.dialsOf.get(dstchannel) ?? []), record]);
    }
    // A later record of the same channels may still have the number that was dialled at first.
    if (!isLocal && !around.parties.has(dstchannel) && lastdata?.includes(deviceOf(dstchannel)))
      around.parties = withPair(around.parties, dstchannel, calledOf(record)!);
  }
  for (const [channel, party] of partiesByOrder(sorted)) around.parties = withPair(around.parties, channel, party);
  for (const [channel, halves] of around.halves) {
    const { base, half } = localHalf(channel)!;
    const other = around.halves.get(`${base};2`)?.find(({ dstchannel }) => dstchannel && !localHalf(dstchannel));
    const isOrigin = half === '1' && !around.dialled.has(channel) && halves.some(({ dstchannel }) => dstchannel);
    if (isOrigin && other) around.origins = withPair(around.origins, channel, other);
  }
  return around;
}

/** Most of these stay empty for nearly every call: then they are none of its own. */
const noMap: ReadonlyMap<string, never> = new Map<string, never>();
const noSet: ReadonlySet<string> = new Set<string>();

/** The map with one more pair; what is empty is made anew, all else is changed. */
function withPair<Value>(map: ReadonlyMap<string, Value>, key: string, value: Value): ReadonlyMap<string, Value> {
  return (map === noMap ? new Map<string, Value>() : (map as Map<string, Value>)).set(key, value);
}

function withOne(set: ReadonlySet<string>, one: string): ReadonlySet<string> {
  return (set === noSet ? new Set<string>() : (set as Set<string>)).add(one);
}

/** Whether another record tells what this one was: then it is no leg. See the table in legs.ts. */
export function isFolded(record: StoredCdr, around: Surroundings): boolean {
  const { channel, dstchannel, uniqueid } = record;
  const { halves, dialled, busy, origins } = around;
  const local = localHalf(channel);
  if (local?.half === '2' && (dialled.has(`${local.base};1`) || origins.has(`${local.base};1`))) return true;
  // The moment in which a Local channel leaves: its own end is put through to its other one.
  if (dstchannel) return innerOf(dstchannel, around).some((inner) => inner.dstchannel === channel);
  if (local?.half === '1' && (dialled.has(channel!) || halves.has(`${local.base};2`))) return true;
  if (channel && isOfPartyB(record) && dialled.has(channel)) return true;
  return isTail(record) && busy.has(uniqueid);
}

/** Written for a channel that was rung (main/cdr.c names no application of its own), or that took somebody over. */
function isOfPartyB({ dstchannel, lastapp }: StoredCdr): boolean {
  return !dstchannel && /^(app(dial2?|queue)|parkedcall|pickup(chan)?)$/i.test(lastapp ?? '');
}

/** Whether a pickup's code was dialled: Asterisk's own, or that of FreePBX. */
function isPickup({ dst }: StoredCdr): boolean {
  return /^\*[8*]/.test(dst ?? '');
}

/** Whether it is that of a phone that rang and was picked up from, which then has the code as dst; it is the first to come. */
export function isTakenPhone(record: StoredCdr): boolean {
  const { channel, dstchannel, lastapp } = record;
  return Boolean(channel) && !dstchannel && /^app(dial|queue)$/i.test(lastapp ?? '') && isPickup(record);
}

/** What a dialplan does when all is said: it hangs up, perhaps with a tone. */
function isTail({ dstchannel, lastapp }: StoredCdr): boolean {
  return !dstchannel && /^(hangup|busy|congestion|playtones|noop|goto)?$/i.test(lastapp ?? '');
}

/** Party B of a record; null without one. */
export function partyB(record: StoredCdr, { parties, extensions }: Surroundings): Party | null {
  const party = record.dstchannel ? (parties.get(record.dstchannel) ?? calledOf(record)) : null;
  if (party === null || party.isInside || !localHalf(record.dstchannel)) return party;
  return { ...party, isInside: extensions.has(party.number) };
}

/** Whether the call to a Local channel went on without who had dialled it, before anybody behind it had answered. */
export function isHandedOn(record: StoredCdr, answered: Micros | null, { dialsOf }: Surroundings): boolean {
  const end = endOf(record);
  if (answered !== null && answered <= end + (record.end === null ? 1e6 : 0)) return false;
  const dials = dialsOf.get(record.dstchannel ?? '') ?? [];
  return dials.some((one) => one.channel !== record.channel && one.start <= end + touchMicros && endOf(one) > end);
}

/** Two records of channels of the same names so near in time are of one stretch; sources tell whole seconds. */
export const touchMicros = 2e6;

/** The records of what lies behind the first half of a Local channel, each once, however many ways lead there. */
export function innerOf(dstchannel: string | null, around: Surroundings): StoredCdr[] {
  const found = new Set<StoredCdr>();
  const seen = new Set<string>();
  /** Whether anything lies behind it. */
  const look = (channel: string): boolean => {
    const records = behind(channel, around);
    if (records.length === 0) return false;
    if (!seen.has(channel)) {
      seen.add(channel);
      for (const record of records) if (!record.dstchannel || !look(record.dstchannel)) found.add(record);
    }
    return true;
  };
  if (!dstchannel || !look(dstchannel)) return [];
  // Local channels that lead to nothing but each other: some record must tell of them.
  return found.size > 0 ? [...found] : [...behind(dstchannel, around)];
}

/** Records of the second half of a Local channel, by either half. */
function behind(channel: string, { halves }: Surroundings): readonly StoredCdr[] {
  const local = localHalf(channel);
  return (local && halves.get(`${local.base};2`)) ?? [];
}
