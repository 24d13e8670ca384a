// How long a conversation rang, was talked, and waited in a queue, read off its legs. Pure. null: the records do not tell.
import type { Micros } from './cdr.ts';
import { wasUp, type Leg } from './legs.ts';
import { isQueue } from './outcome.ts';
import { isConference } from './results.ts';
import type { Transfer } from './transfers.ts';

/** From the first ringing to the answer, or to the end of it. */
export function ringOf(path: readonly Leg[], answered: Leg | undefined, transfers: readonly Transfer[]): Micros | null {
  if (answered && answered.answer !== null && transfers.some(({ kind }) => kind === 'pickup')) {
    return (
      answered.answer - Math.min(...path.filter(({ isTaken, to }) => isTaken || to !== null).map(({ start }) => start))
    );
  }
  if (answered) {
    if (answered.rung && answered.answer !== null && isInnerOnly(answered))
      return answered.answer - Math.min(...path.flatMap((leg) => (isSameSearch(leg, answered) ? leg.rung!.from : [])));
    if (isQueue(answered) || answered.answer === null || wasUp(answered)) return null;
    const began = path.filter((leg) => leg.start <= answered.start && leg.wanted.length > 0 && leg.result !== 'system');
    return Math.max(0, answered.answer - Math.min(...began.map(({ start }) => start)));
  }
  const rang = path.filter((leg) => leg.result === 'rang' || (leg.to !== null && leg.result !== 'voicemail'));
  const rung = rang
    .filter(({ app }) => !isConference(app))
    .map((leg) => leg.rung ?? { from: leg.start, until: leg.end });
  if (rung.length === 0) {
    // An application that was called for itself.
    const service = path[0]!;
    const isService = service.result === 'system' || isConference(service.app);
    return isService && service.answer !== null ? service.answer - service.start : null;
  }
  return Math.max(...rung.map(({ until }) => until)) - Math.min(...rung.map(({ from }) => from));
}

/** Queues and FollowMe answer the caller, or let him wait, before they ring. */
function isInnerOnly({ app }: Leg): boolean {
  return /^(queue|followme)$/i.test(app ?? '');
}

/** One of the phones that the same application rang before, or with it. */
function isSameSearch(leg: Leg, answered: Leg): boolean {
  return (
    leg.rung !== null && leg.uniqueid === answered.uniqueid && leg.app === answered.app && leg.start <= answered.start
  );
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

/** From the entry into a queue to the answer, or to the end; null without a queue. */
export function queueOf(path: readonly Leg[]): Micros | null {
  const queued = path.filter(isQueue);
  if (queued.length === 0) return null;
  const answers = queued.map(({ answer, result }) => (result === 'connected' ? answer : null));
  const left = leastOf(answers) ?? Math.max(...queued.map(({ end }) => end));
  return Math.max(0, left - Math.min(...queued.map(({ start }) => start)));
}

/** The earliest; null when none is known. */
export function leastOf(times: readonly (Micros | null)[]): Micros | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}
