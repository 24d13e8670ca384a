// What every call scenario is made of: parties, times, and the record of one leg. Pure; the scenarios are in calls.ts,
// reroutes.ts.
import type { Disposition, Micros } from '../cdr/cdr.ts';
import type { Ids } from './ids.ts';
import type { PbxRecord } from './record.ts';

/** Who is on a channel, as the PBX is configured to see them. */
export interface Party {
  /** PJSIP endpoint: `acme-101`, or a trunk's `trunk-telco`. */
  endpoint: string;
  /** Caller number: an extension, or an outside number. */
  number: string;
  /** Display name, '' when none is shown. Raw: quotes are escaped only in `clid`. */
  name: string;
  accountcode: string;
  /** Dialplan context their calls start in. */
  context: string;
}

/** When a leg was born, answered (null = never) and ended. */
export interface Times {
  start: Micros;
  answer: Micros | null;
  end: Micros;
}

/** What every scenario takes. */
export interface Call {
  caller: Party;
  times: Times;
  /** Custom CDR variables the dialplan sets on party A's channel. */
  variables?: Record<string, string>;
  userfield?: string;
  /** The word for a call without answer; `NO ANSWER` by default. */
  unanswered?: Disposition;
}

/** A channel at birth: its name, its id and the number of the CDR that is born with it. */
export interface Channel {
  name: string;
  uniqueid: string;
  sequence: number;
  born: Micros;
}

/** Creates a PJSIP channel. Party B's channels take numbers too, though their CDRs are never posted. */
export function openChannel(ids: Ids, endpoint: string, birth: Micros): Channel {
  return { name: ids.pjsip(endpoint), uniqueid: ids.uniqueid(birth), sequence: ids.sequence(), born: birth };
}

/** What a record tells of the channel that it dialled, and what it does not. */
export function rung({ name, uniqueid, born }: Channel, { number, name: display }: Pick<Party, 'number' | 'name'>) {
  return { dstchannel: name, peer: { uniqueid, born, number, name: display } };
}

/** `"Name" <number>` with quotes and backslashes of the name escaped (main/callerid.c ast_callerid_merge). */
export function clidOf(party: Pick<Party, 'name' | 'number'>): string {
  if (party.name === '') return party.number;
  return `"${party.name.replace(/[\\"]/g, (sign) => `\\${sign}`)}" <${party.number}>`;
}

/** The record of party A's channel in one leg; `leg` says what differs from a channel that never dialled. */
export function recordOf(call: Call, channel: Channel, leg: Partial<PbxRecord> & Pick<PbxRecord, 'dst'>): PbxRecord {
  const { caller, times } = call;
  const answer = leg.answer === undefined ? times.answer : leg.answer;
  return {
    uniqueid: channel.uniqueid,
    linkedid: channel.uniqueid,
    sequence: channel.sequence,
    ...times,
    clid: clidOf(caller),
    src: caller.number,
    dcontext: caller.context,
    channel: channel.name,
    dstchannel: '',
    lastapp: '',
    lastdata: '',
    disposition: answer === null ? (call.unanswered ?? 'NO ANSWER') : 'ANSWERED',
    amaflags: 3,
    accountcode: caller.accountcode,
    peeraccount: '',
    userfield: call.userfield ?? '',
    variables: { ...call.variables },
    ...leg,
  };
}
