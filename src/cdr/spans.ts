// How long a conversation rang, was talked, and waited in a queue, read off its legs. Pure. null: the records do not tell.
import type { Micros } from './cdr.ts';
import { wasUp, type Leg } from './legs.ts';
import { soonMicros } from './leg.ts';
import { isQueue } from './outcome.ts';
import { isConference } from './results.ts';
import type { Transfer } from './transfers.ts';

/**
 * From the first ringing to the answer, or to the end of it. null: nothing rang (a menu, a conference, a mailbox, a phone
 * that was busy at once), or the records do not tell.
 */
export function ringOf(path: readonly Leg[], answered: Leg | undefined, transfers: readonly Transfer[]): Micros | null {
  const rang = answered ? triedFor(answered, path, transfers) : path.filter(isHeard);
  const from = firstRinging(rang, path);
  if (!answered) return from === null ? null : Math.max(...rang.map(({ rung, end }) => rung?.until ?? end)) - from;
  const until = answeredAt(answered, { path, transfers, from });
  if (from === null || until === null) return rang.length === 1 ? answered.ringTold : null;
  return Math.max(0, until - from);
}

/** Nobody answered. Who is busy at once does not ring, nor does a line on which there is no way. */
function isHeard({ app, result, to, start, end, rung, ringTold }: Leg): boolean {
  const isTried = result === 'rang' || (to !== null && result !== 'voicemail' && result !== 'failed');
  if (isConference(app) || (!isTried && ringTold === null)) return false;
  return (ringTold ?? (rung?.until ?? end) - start) >= soonMicros;
}

/** What rang until the answer: what had begun before it, and what the same application rang with it. */
function triedFor(answered: Leg, path: readonly Leg[], transfers: readonly Transfer[]): Leg[] {
  const isPickup = isPickedUp(answered, transfers);
  return path.filter(
    (leg) =>
      (isPickup ? leg !== answered && leg.to !== null : leg.wanted.length > 0) &&
      leg.result !== 'system' &&
      (leg.start <= answered.start || (isSameSearch(leg, answered) && leg.start < answered.end)),
  );
}

/** Whether it is the talk of who picked the call up: that begins with the answer. */
function isPickedUp({ to }: Leg, transfers: readonly Transfer[]): boolean {
  return transfers.some((transfer) => transfer.kind === 'pickup' && transfer.to === (to?.number ?? null));
}

/** Rung by the same application of the same channel. */
function isSameSearch(one: Leg, other: Leg): boolean {
  return one.uniqueid === other.uniqueid && one.app === other.app && one.data === other.data;
}

/** When the first of these began to ring. null: none did, or no record tells when the first one did. */
function firstRinging(legs: readonly Leg[], path: readonly Leg[]): Micros | null {
  const begins = legs.map((leg) => ({ leg, from: rangFrom(leg, path) }));
  const first = leastOf(begins.map(({ from }) => from));
  // What still rang then had begun with it: phones that ring together begin together.
  return first !== null && begins.every(({ leg, from }) => from !== null || leg.end > first) ? first : null;
}

/**
 * When its phone began to ring. The first record of an application begins when its channel did: what was before the
 * ringing (a menu, the wait for a free phone) is in it, too, and null says so. Its further ones begin with their ringing.
 */
function rangFrom(leg: Leg, path: readonly Leg[]): Micros | null {
  const until = leg.answer === null ? leg.end : wasUp(leg) ? null : leg.answer;
  // A record of FollowMe may end when the ringing behind its Local channel begins: no ringing is before that.
  if (leg.ringTold !== null && until !== null) return Math.max(leg.rung?.from ?? leg.start, until - leg.ringTold);
  if (leg.rung) return leg.rung.from;
  const isFirst = path.find((other) => isSameSearch(other, leg)) === leg;
  return isFirst && (leg.isUp || isQueue(leg)) ? null : leg.start;
}

/**
 * When party B answered. Where its channel had been answered before, the record does not tell, but who rang in vain beside
 * it did so until then. null: nothing tells.
 */
function answeredAt(
  leg: Leg,
  { path, transfers, from }: { path: readonly Leg[]; transfers: readonly Transfer[]; from: Micros | null },
): Micros | null {
  if (!wasUp(leg) || isPickedUp(leg, transfers)) return leg.answer;
  const began = rangFrom(leg, path) ?? from;
  if (began === null) return null;
  if (leg.ringTold !== null) return began + leg.ringTold;
  const ends = path.flatMap((other) =>
    other.result === 'rang' && isSameSearch(other, leg) && other.start < leg.end ? other.end : [],
  );
  const last = Math.max(...ends);
  return last - began >= soonMicros && last <= leg.end ? last : null;
}

/** The union of the stretches from answer to end. */
export function talkOf(talks: readonly Leg[]): Micros {
  const stretches = talks.map(({ answer, start, end }) => ({ from: answer ?? start, until: end }));
  let sum = 0;
  let reached = -Infinity;
  for (const { from, until } of stretches.sort((a, b) => a.from - b.from)) {
    sum += Math.max(0, until - Math.max(from, reached));
    reached = Math.max(reached, until);
  }
  return sum;
}

/**
 * From the entry into a queue to the answer, or to the end. null without a queue, or where the records do not tell: of a
 * channel that had been answered before, one record may have a menu and the wait in it. Where several phones were rung at
 * once, their ringing tells of the entry; a wait before it is not in it.
 */
export function queueOf(path: readonly Leg[], transfers: readonly Transfer[]): Micros | null {
  const queued = path.filter(isQueue);
  const from = enteredAt(queued, path);
  if (from === null) return null;
  const talk = queued.find(({ result }) => result === 'connected');
  const until = talk ? answeredAt(talk, { path, transfers, from }) : Math.max(...queued.map(({ end }) => end));
  return until === null ? null : Math.max(0, until - from);
}

/** For one phone the caller may have waited: its ringing tells of the entry only where nothing can have been before it. */
function enteredAt(queued: readonly Leg[], path: readonly Leg[]): Micros | null {
  const [first] = queued;
  if (!first?.isUp) return first?.start ?? null;
  const rang = firstRinging(queued, path);
  if (rang === null) return null;
  const atOnce = queued.filter(({ start, end }) => start - rang < soonMicros && end > rang);
  return atOnce.length > 1 || rang - first.start < answerMicros ? rang : null;
}

/** Answer() lets half a second pass for the line before the dialplan goes on. */
const answerMicros = 1e6;

/** The earliest; null when none is known. */
export function leastOf(times: readonly (Micros | null)[]): Micros | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}
