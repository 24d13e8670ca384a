// What became of a conversation, in one word, by the first rule that holds. Pure.
import type { Leg } from './legs.ts';

/**
 * answered    a party B answered, or took the call from a phone that rang, though the record of that talk is yet to come; or nobody was
 *             wanted and an application answered (IVR, conference, echo test)
 * voicemail   nobody did, VoiceMail() took it
 * abandoned   nobody did, and it ended in a queue (a queue that gave up and a caller who did look the same in CDRs)
 * cancelled   the caller hung up while it rang: Asterisk says so (canceldispositionenabled), or Dial had time left and its dialplan did not go on
 * missed      somebody was rung and did not answer
 * busy        all who were rung were busy
 * failed      nobody could be rung
 */
export const outcomes = ['answered', 'missed', 'busy', 'voicemail', 'abandoned', 'failed', 'cancelled'] as const;
export type CallOutcome = (typeof outcomes)[number];

export function outcomeOf(legs: readonly Leg[]): CallOutcome {
  const has = (result: Leg['result']) => legs.some((leg) => leg.result === result);
  if (has('connected') || legs.some(({ isTaken }) => isTaken)) return 'answered';
  if (has('voicemail')) return 'voicemail';
  if (legs.some(isQueue)) return 'abandoned';
  if (has('cancelled') || isGivenUp(legs)) return 'cancelled';
  if (has('rang')) return 'missed';
  if (has('busy')) return 'busy';
  return has('failed') || !has('system') ? 'failed' : 'answered';
}

/** How much sooner than its time Dial must end to have been cut short. */
const earlyMicros = 500_000;

function isGivenUp(legs: readonly Leg[]): boolean {
  const rang = legs.filter(({ result, to }) => result === 'rang' && to !== null);
  const last = rang.toSorted((a, b) => a.end - b.end).at(-1);
  const [, seconds] = /^[^,]*,(\d+)/.exec(last?.data ?? '') ?? [];
  if (!last || last.goesOn || seconds === undefined || !/^dial$/i.test(last.app ?? '')) return false;
  const isAnsweredBefore = legs.some(({ uniqueid, result }) => uniqueid === last.uniqueid && result === 'system');
  return !isAnsweredBefore && last.end - last.start < Number(seconds) * 1e6 - earlyMicros;
}

export function isQueue({ app }: Leg): boolean {
  return /^queue$/i.test(app ?? '');
}
