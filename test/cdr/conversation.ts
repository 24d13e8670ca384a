// Records for tests of calls: of a real capture, or made from one line each.
import type { Cdr, StoredCdr } from '../../src/cdr/cdr.ts';
import { cdrs, derive, someCdr, tableRows } from '../support/rows.ts';

/** As the store would hold them; ids in the order given. */
export function stored(records: readonly Cdr[], firstId = 1): StoredCdr[] {
  return records.map((cdr, at) => ({
    ...{ ...cdr, ...derive(cdr), id: firstId + at, created: 0, updated: 0 },
    ...{ inCall: {}, note: null, tags: [], words: null, hidden: false, edited: false },
  }));
}

/** Row of the capture by its acctid. */
export function captured(...acctids: number[]): StoredCdr[] {
  const rows = tableRows();
  const wanted = rows.filter(({ fields }) => acctids.includes(Number(fields['acctid'])));
  return stored(cdrs(wanted));
}

/** Where the seconds of `record` begin. */
export const noon = 1_795_348_800_000_000;

/**
 * `101-1 > 102-2 Dial 0 2 6`: the channel PJSIP/101-00000001 dialled PJSIP/102-00000002 at second 0, it answered at 2 and
 * ended at 6; `-` instead of the second number: it did not answer.
 */
export function record(line: string, change: Partial<Cdr> = {}): Cdr {
  const [channel = '', , dstchannel = '', lastapp = '', start, answer, end] = line.split(' ');
  const [from = '', number = '0'] = channel.split('-');
  const [to] = dstchannel.split('-');
  const channelOf = (name: string) => {
    const [device = '', serial = '0'] = name.split('-');
    return `PJSIP/${device}-${serial.padStart(8, '0')}`;
  };
  const at = (text: string | undefined) => noon + Math.round(Number(text) * 1e6);
  const isAnswered = answer !== '-';
  return {
    ...someCdr(Number(number)),
    ...{ uniqueid: `1795348800.${number}`, linkedid: `1795348800.${number}`, sequence: null, custom: {} },
    ...{ src: from, dst: to === '.' ? '200' : (to ?? null), lastapp, lastdata: to === '.' ? '' : `PJSIP/${to},20` },
    ...{ channel: channelOf(channel), dstchannel: to === '.' ? '' : channelOf(dstchannel) },
    ...{ start: at(start), answer: isAnswered ? at(answer) : null, end: at(end) },
    ...{
      duration: Math.floor(Number(end) - Number(start)),
      billsec: isAnswered ? Math.floor(Number(end) - Number(answer)) : 0,
    },
    disposition: isAnswered ? 'ANSWERED' : 'NO ANSWER',
    ...change,
  };
}
