// A record as the IPCortex PABX shows it.
import type { Disposition, Micros, Properties, StoredCdr } from '../../../cdr/cdr.ts';

/** The vendor knows four words. */
const dispositions: Record<Disposition, string> = {
  'NO ANSWER': 'NOANSWER',
  FAILED: 'FAILED',
  BUSY: 'BUSY',
  ANSWERED: 'ANSWERED',
  CONGESTION: 'FAILED',
  CANCEL: 'NOANSWER',
  UNKNOWN: 'FAILED',
};

export function toIpcortex(cdr: StoredCdr) {
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
    disposition: dispositions[cdr.disposition],
    // Asterisk's own default when a source has no such column.
    amaflags: cdr.amaflags ?? 3,
    accountcode: cdr.accountcode ?? '',
    uniqueid: cdr.uniqueid,
    linkedid: cdr.linkedid ?? '',
    properties: propertiesOf(cdr),
  };
}

/** PostgreSQL's timestamptz text, in UTC with `+00` and a space: the form that `new Date(string)` understands in V8. */
function calldateOf(micros: Micros): string {
  return `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19).replace('T', ' ')}+00`;
}

/** What the record brought, then the facts cdrd worked out; absent where nobody knows. */
function propertiesOf({ properties, company, target, extension }: StoredCdr): Properties {
  const facts = { company, target, src_ext: extension };
  const missing = Object.entries(facts).filter(([name, fact]) => fact !== null && !properties[name as keyof Properties]);
  return { ...properties, ...Object.fromEntries(missing) };
}
