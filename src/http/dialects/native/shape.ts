// A record as our own API and feed show it: Asterisk's words, RFC 3339 times in UTC, null for what nobody knows.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import { isoOf } from '../../../cdr/time.ts';
import type { Cdr } from './answers.ts';

export type NativeCdr = Omit<Cdr, 'hidden'>;

export function toNative(cdr: StoredCdr): NativeCdr {
  return {
    id: cdr.id,
    system: cdr.system,
    uniqueid: cdr.uniqueid,
    sequence: cdr.sequence,
    linkedid: cdr.linkedid,
    start: isoOf(cdr.start),
    answer: cdr.answer === null ? null : isoOf(cdr.answer),
    end: cdr.end === null ? null : isoOf(cdr.end),
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
    custom: cdr.custom,
    company: cdr.company,
    target: cdr.target,
    extension: cdr.extension,
    peer_extension: cdr.peerExtension,
    direction: cdr.direction,
    properties: cdr.properties,
    created: isoOf(cdr.created),
    updated: isoOf(cdr.updated),
    note: cdr.note,
    tags: cdr.tags,
    edited: cdr.edited,
  };
}

/** For who asked for the raw record, as its sources told it. */
export function toRaw(cdr: StoredCdr): Cdr {
  return { ...toNative(cdr), hidden: cdr.hidden };
}
