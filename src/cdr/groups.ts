// Which records are of one conversation: those of one linkedid, of one uniqueid, and those whose channels met. Pure; systems are never joined.
import type { Micros, StoredCdr } from './cdr.ts';
import { touchMicros } from './legs.ts';
import { endOf, hasOwnName, localHalf } from './parties.ts';
import { isConference } from './results.ts';

/** What of a record decides which conversation it is of. */
export type Linked = Pick<
  StoredCdr,
  | 'system'
  | 'uniqueid'
  | 'linkedid'
  | 'channel'
  | 'dstchannel'
  | 'lastapp'
  | 'disposition'
  | 'start'
  | 'end'
  | 'duration'
>;

/** Where a channel was, and when. */
export interface Meeting {
  channel: string;
  from: Micros;
  until: Micros;
}

/**
 * Where party B of an answered record can be met again: an attended transfer leaves the consultation with a linkedid of
 * its own, and only the channel that was consulted tells that both are one conversation. null: it cannot, because its
 * name is not its own (DAHDI/1-1), or because it is a Local channel's.
 */
export function meetingOf(record: Linked): Meeting | null {
  const { dstchannel, disposition } = record;
  return disposition === 'ANSWERED' ? meetingAt(dstchannel, record) : null;
}

/**
 * Where the channels of a conference's record are met again, by other records of conferences: each who comes has a linkedid
 * of his own, and there is a record for each pair of them.
 */
export function conferencesOf(record: Linked): Meeting[] {
  const { channel, dstchannel, lastapp, disposition } = record;
  if (!isConference(lastapp) || disposition !== 'ANSWERED') return none;
  return [channel, dstchannel].map((name) => meetingAt(name, record)).filter((meeting) => meeting !== null);
}

/** Of nearly all records. */
const none: Meeting[] = [];

function meetingAt(channel: string | null, record: Linked): Meeting | null {
  if (!channel || !hasOwnName(channel) || localHalf(channel)) return null;
  return { channel, from: record.start, until: endOf(record) };
}

/** That of the record at this place. */
interface MeetingAt extends Meeting {
  at: number;
}

/** Groups in the order of their first record. */
export function groupsOf<R extends Linked>(records: readonly R[]): R[][] {
  const parents = records.map((_, at) => at);
  const rootOf = (at: number): number => {
    let root = at;
    while (parents[root] !== root) root = parents[root]!;
    while (parents[at] !== root) [at, parents[at]] = [parents[at]!, root];
    return root;
  };
  const join = (a: number, b: number) => {
    const [first, second] = [rootOf(a), rootOf(b)].sort((x, y) => x - y);
    parents[second!] = first!;
  };
  // Of one system: keys that are the record's own texts need no new ones.
  for (const places of Map.groupBy(records.keys(), (at) => records[at]!.system).values()) {
    const uniqueids = new Map<string, number>();
    const linkedids = new Map<string, number>();
    const consultations = new Map<string, MeetingAt[]>();
    const conferences = new Map<string, MeetingAt[]>();
    const link = (seen: Map<string, number>, key: string, at: number) => {
      const known = seen.get(key);
      if (known === undefined) seen.set(key, at);
      else join(known, at);
    };
    const meet = (met: Map<string, MeetingAt[]>, meeting: Meeting, at: number) => {
      const others = met.get(meeting.channel);
      if (others) others.push({ at, ...meeting });
      else met.set(meeting.channel, [{ at, ...meeting }]);
    };
    for (const at of places) {
      const record = records[at]!;
      link(uniqueids, record.uniqueid, at);
      if (record.linkedid) link(linkedids, record.linkedid, at);
      const meeting = meetingOf(record);
      if (meeting) meet(consultations, meeting, at);
      for (const one of conferencesOf(record)) meet(conferences, one, at);
    }
    // By their beginning each can only meet what reaches furthest of those before it: no pair is compared twice.
    for (const met of [...consultations.values(), ...conferences.values()]) {
      if (met.length === 1) continue;
      let furthest: MeetingAt | undefined;
      for (const one of met.sort((a, b) => a.from - b.from)) {
        if (furthest && one.from <= furthest.until + touchMicros) join(furthest.at, one.at);
        if (!furthest || one.until > furthest.until) furthest = one;
      }
    }
  }
  const groups = new Map<number, R[]>();
  records.forEach((record, at) => {
    const root = rootOf(at);
    const group = groups.get(root);
    if (group) group.push(record);
    else groups.set(root, [record]);
  });
  return [...groups.values()];
}
