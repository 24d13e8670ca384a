// What became of one record, as a leg of its conversation: by its disposition, its application, and what lies behind a Local channel. Pure.
import type { Disposition, StoredCdr } from './cdr.ts';

/** connected: to a party B. system: an application answered. rang: nobody answered. */
export type Result = 'connected' | 'voicemail' | 'system' | 'queued' | 'rang' | 'busy' | 'cancelled' | 'failed';

const isApp = (name: RegExp, { lastapp }: StoredCdr) => name.test(lastapp ?? '');

/** `inner` lie behind the Local channel that it dialled; `reached` of them has answered. */
export function resultOf(record: StoredCdr, inner: readonly StoredCdr[], reached: StoredCdr | undefined): Result {
  if (record.disposition === 'ANSWERED' && record.dstchannel && !reached && inner.length > 0) {
    // Somebody answered behind the Local channel, but no party B: an application did.
    if (inner.some((one) => isApp(/^voicemail$/i, one))) return 'voicemail';
    return inner.some(({ disposition }) => disposition === 'ANSWERED') ? 'connected' : failureOf(inner.at(-1)!);
  }
  if (record.disposition !== 'ANSWERED') {
    if (record.dstchannel) return failureOf(record);
    if (isApp(/^queue$/i, record)) return 'queued';
    // Nothing was done: a feature code that found nothing to do.
    return record.lastapp ? failureOf(record) : 'failed';
  }
  if (record.dstchannel) return 'connected';
  if (isApp(/^queue$/i, record)) return 'queued';
  if (isApp(/^voicemail$/i, record)) return 'voicemail';
  // Dial found nobody to ring, on a channel that something had answered before.
  return isApp(/^dial$/i, record) ? 'failed' : 'system';
}

const failures: Partial<Record<Disposition, Result>> = { BUSY: 'busy', CANCEL: 'cancelled', 'NO ANSWER': 'rang' };

function failureOf({ disposition }: StoredCdr): Result {
  return failures[disposition] ?? 'failed';
}

/** A conference, which has a record for each pair of those who are in it. As Asterisk spells it, and the store's column `conference`. */
export function isConference(app: string | null): boolean {
  return app === 'ConfBridge' || app === 'MeetMe';
}
