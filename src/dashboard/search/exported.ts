// What an export is asked for: every column in the API's own order, and the cursor beside them, which lets it go on after a cut and is no
// part of the file. Pure.
import type { Cdr } from '../../http/dialects/native/answers.ts';
import type { Call } from '../../http/dialects/native/callshape.ts';
import type { Kind } from './criteria.ts';

export type Format = 'csv' | 'ndjson';

export const exportedColumns: Readonly<Record<Kind, readonly string[]>> = {
  calls: Object.keys({
    ...{ id: 1, system: 1, company: 1, target: 1, caller: 1, called: 1, wanted: 1, answered_by: 1, extensions: 1 },
    ...{ companies: 1, trunks: 1, direction: 1, outcome: 1, start: 1, answer: 1, end: 1, duration: 1 },
    ...{ ring_seconds: 1, queue_seconds: 1, talk_seconds: 1, hangup_side: 1, hangup_cause: 1, sip_code: 1 },
    ...{ hold_seconds: 1, transfers: 1, recordings: 1, linkedids: 1, uniqueids: 1, records: 1, legs: 1 },
    ...{ created: 1, updated: 1 },
  } satisfies Record<keyof Call, 1>),
  records: Object.keys({
    ...{
      id: 1,
      system: 1,
      uniqueid: 1,
      sequence: 1,
      linkedid: 1,
      start: 1,
      answer: 1,
      end: 1,
      duration: 1,
      billsec: 1,
    },
    ...{ disposition: 1, amaflags: 1, clid: 1, src: 1, dst: 1, dcontext: 1, channel: 1, dstchannel: 1, lastapp: 1 },
    ...{ lastdata: 1, accountcode: 1, peeraccount: 1, userfield: 1, custom: 1, company: 1, target: 1, extension: 1 },
    ...{ peer_extension: 1, direction: 1, properties: 1, created: 1, updated: 1, note: 1, tags: 1, edited: 1 },
  } satisfies Record<Exclude<keyof Cdr, 'hidden'>, 1>),
};

/** A line as the file keeps it: the cursor, which was asked for last, is gone. */
export function withoutCursor(line: string, format: Format): string {
  // It is letters, digits, dashes and underscores, or a plain number, so no cell with commas in it ends like that.
  return format === 'csv' ? line.replace(/,[^",]*$/, '') : line.replace(/,"cursor":[^,]*\}$/, '}');
}
