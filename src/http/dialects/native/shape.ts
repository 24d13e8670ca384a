// A record as our own API, feed and exports show it: Asterisk's words, RFC 3339 times, null for what nobody knows.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import { isoOf, type Clock } from '../../../cdr/time.ts';
import { shownCustom, shownProperties } from '../../../cdr/properties.ts';
import type { Cdr } from './answers.ts';

export type NativeCdr = Omit<Cdr, 'hidden'>;

/** Times in UTC; an export may ask for another clock. */
export function toNative(cdr: StoredCdr, clock: Clock = isoOf): NativeCdr {
  return {
    id: cdr.id,
    system: cdr.system,
    uniqueid: cdr.uniqueid,
    sequence: cdr.sequence,
    linkedid: cdr.linkedid,
    start: clock(cdr.start),
    answer: cdr.answer === null ? null : clock(cdr.answer),
    end: cdr.end === null ? null : clock(cdr.end),
    duration: cdr.duration,
    billsec: cdr.billsec,
    disposition: cdr.disposition,
    amaflags: cdr.amaflags,
    clid: cdr.clid,
    src: cdr.src,
    dst: cdr.dst,
    dcontext: cdr.dcontext,
    channel: cdr.channel,
    dstchannel: cdr.dstchannel,
    lastapp: cdr.lastapp,
    lastdata: cdr.lastdata,
    accountcode: cdr.accountcode,
    peeraccount: cdr.peeraccount,
    userfield: cdr.userfield,
    custom: shownCustom(cdr),
    company: cdr.company,
    target: cdr.target,
    extension: cdr.extension,
    peer_extension: cdr.peerExtension,
    direction: cdr.direction,
    properties: shownProperties(cdr),
    created: clock(cdr.created),
    updated: clock(cdr.updated),
    note: cdr.note,
    tags: cdr.tags,
    edited: cdr.edited,
  };
}

/** For who asked for the raw record, as its sources told it. */
export function toRaw(cdr: StoredCdr, clock: Clock = isoOf): Cdr {
  const properties = shownProperties({ ...cdr, company: null, target: null });
  return { ...toNative(cdr, clock), custom: cdr.custom, properties, hidden: cdr.hidden };
}

/** What an export of records has as columns, in this order; the compiler asks for every field. */
export const cdrColumns = Object.keys({
  ...{ id: 1, system: 1, uniqueid: 1, sequence: 1, linkedid: 1, start: 1, answer: 1, end: 1, duration: 1, billsec: 1 },
  ...{ disposition: 1, amaflags: 1, clid: 1, src: 1, dst: 1, dcontext: 1, channel: 1, dstchannel: 1, lastapp: 1 },
  ...{ lastdata: 1, accountcode: 1, peeraccount: 1, userfield: 1, custom: 1, company: 1, target: 1, extension: 1 },
  ...{ peer_extension: 1, direction: 1, properties: 1, created: 1, updated: 1, note: 1, tags: 1, edited: 1 },
} satisfies Record<keyof NativeCdr, 1>);
