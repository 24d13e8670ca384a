// A record as the IPCortex PABX shows it.
import type { Disposition, Micros, Properties, StoredCdr } from '../../../cdr/cdr.ts';
import { shownProperties } from '../../../cdr/properties.ts';
import { clockOf } from '../../../cdr/time.ts';

/** The vendor knows four words. */
export const dispositionWords: Record<Disposition, string> = {
  'NO ANSWER': 'NOANSWER',
  FAILED: 'FAILED',
  BUSY: 'BUSY',
  ANSWERED: 'ANSWERED',
  CONGESTION: 'FAILED',
  CANCEL: 'NOANSWER',
  UNKNOWN: 'FAILED',
};

/** `withQueue`: as a client asks that wants the events of queues too, of which there are none here. */
export function toIpcortex(cdr: StoredCdr, withQueue = false) {
  return {
    acctid: cdr.id,
    calldate: calldateOf(cdr.start),
    clid: cdr.clid ?? '',
    src: cdr.src ?? '',
    dst: cdr.dst ?? '',
    dcontext: cdr.dcontext ?? '',
    channel: cdr.channel ?? '',
    dstchannel: cdr.dstchannel ?? '',
    lastapp: cdr.lastapp ?? '',
    lastdata: cdr.lastdata ?? '',
    duration: cdr.duration,
    billsec: cdr.billsec,
    disposition: dispositionWords[cdr.disposition],
    // Asterisk's own default when a source has no such column.
    amaflags: cdr.amaflags ?? 3,
    accountcode: cdr.accountcode ?? '',
    uniqueid: cdr.uniqueid,
    linkedid: cdr.linkedid ?? '',
    properties: propertiesOf(cdr),
    ...(withQueue ? { queuedata: [] } : {}),
  };
}

/** PostgreSQL's timestamptz text, in UTC with `+00` and a space: the form that `new Date(string)` understands in V8. */
function calldateOf(micros: Micros): string {
  const text = utc(micros);
  return `${text.slice(0, 10)} ${text.slice(11, 19)}+00`;
}

const utc = clockOf('UTC');

/** What the record brought, then the facts cdrd worked out; absent where nobody knows. The vendor has one trunk. */
function propertiesOf(cdr: StoredCdr): Properties {
  const { company, target } = cdr;
  const properties: Properties = { ...shownProperties(cdr) };
  delete properties.trunk_out;
  const take = (name: 'company' | 'target' | 'src_ext' | 'call_rec', fact: string | null | undefined): void => {
    if (fact && !properties[name]) properties[name] = fact;
  };
  take('company', company);
  take('target', target);
  take('src_ext', callerOf(cdr));
  take('call_rec', cdr.custom['recordingfile']);
  return properties;
}

/** Party A: its extension, or the outside number of an inbound record, whose extension is the called one. */
function callerOf({ src, channel, extension, peerExtension, direction }: StoredCdr): string | null {
  if (direction !== null) return direction === 'outbound' || direction === 'internal' ? extension : src;
  const isCaller = extension !== null && (peerExtension !== null || src === extension || isOf(channel, extension));
  return isCaller ? extension : src;
}

/** `PJSIP/200-0000002a`, `SIP/acme_200-00000001`, `Local/200@office-00000007;1`: a channel of extension 200. */
function isOf(channel: string | null, extension: string): boolean {
  const [, peer] = /^[^/]+\/(.*?)(?:@.*|-[^-]*)?$/.exec(channel ?? '') ?? [];
  return peer === extension || (peer?.split(/[^0-9A-Za-z]/).includes(extension) ?? false);
}
