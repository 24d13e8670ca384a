// What became of a conversation, in one word, by the first rule that holds. Pure.
import type { Leg } from './legs.ts';

/**
 * answered    a party B answered; or nobody was wanted and an application answered (IVR, conference, echo test)
 * voicemail   nobody did, VoiceMail() took it
 * abandoned   nobody did, and it ended in a queue (a queue that gave up and a caller who did look the same in CDRs)
 * cancelled   the caller hung up while it rang, where cdr.conf has canceldispositionenabled; elsewhere that is missed
 * missed      somebody was rung and did not answer
 * busy        all who were rung were busy
 * failed      nobody could be rung
 */
export const outcomes = ['answered', 'missed', 'busy', 'voicemail', 'abandoned', 'failed', 'cancelled'] as const;
export type CallOutcome = (typeof outcomes)[number];

export function outcomeOf(legs: readonly Leg[]): CallOutcome {
  const has = (result: Leg['result']) => legs.some((leg) => leg.result === result);
  if (has('connected')) return 'answered';
  if (has('voicemail')) return 'voicemail';
  if (legs.some(isQueue)) return 'abandoned';
  if (has('cancelled')) return 'cancelled';
  if (has('rang')) return 'missed';
  if (has('busy')) return 'busy';
  return has('failed') || !has('system') ? 'failed' : 'answered';
}

export function isQueue({ app }: Leg): boolean {
  return /^queue$/i.test(app ?? '');
}
