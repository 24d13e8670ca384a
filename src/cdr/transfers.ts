// How a conversation was handed on: transfers, pickups, parking and forwards, read off its legs. Pure. CDRs do not say it; the channels do:
//
//   attended  a leg joins two channels that both talked before, each with the same extension: that one brought them together
//   blind     a channel that was put through goes on elsewhere when its leg ends: the other party sent it there
//   park      the same, and it went into Park(); whom it met next has taken it out, or was rung again
//   pickup    a channel that was rung for nobody's name takes the call of phones that rang and did not answer
//   forward   one extension was dialled and another number was called instead, by the dialplan or because the phone said so (302)
//
// The legs of a conference are who was in it with whom, in whatever order they came and left: they tell of a transfer into it only.
import { isNamed, isRightAfter, touchMicros, wasUp, type Leg } from './legs.ts';
import type { Party } from './parties.ts';
import { isConference } from './results.ts';

export const transferKinds = ['blind', 'attended', 'pickup', 'park', 'forward'] as const;
export type TransferKind = (typeof transferKinds)[number];

/** Numbers; null where nobody knows it. */
export interface Transfer {
  /** Who did it. */
  by: string | null;
  /** Whose place was taken. */
  from: string | null;
  /** Whom it reached; of what was parked and never taken out, null. */
  to: string | null;
  kind: TransferKind;
}

const numberOf = (party: Party | null): string | null => party?.number ?? null;

/** Most legs that are compared with each other: no conversation of people has more, and the cost grows with their cube. */
export const transferLegsMax = 100;

/** A transfer where it shows. */
export interface Handover {
  transfer: Transfer;
  /** Who did it, as `transfer.by`. */
  by: Party | null;
  /** The first leg without him. */
  leg: Leg;
  /** The legs that tell of him. */
  told: readonly Leg[];
}

/** In the order in which they happened; none are told of a call with more than `transferLegsMax` legs. */
export function transfersOf(legs: readonly Leg[]): Transfer[] {
  return handoversOf(legs).map(({ transfer }) => transfer);
}

export function handoversOf(legs: readonly Leg[]): Handover[] {
  if (legs.length > transferLegsMax) return [];
  if (legs.length === 1 && !isForwarded(legs[0]!, legs)) return [];
  const handovers: Handover[] = [];
  const sent = new Set<Leg>();
  const joins = new Map(legs.map((leg) => [leg, attendedOf(leg, legs)]));
  const asked = new Set([...joins.values()].map((join) => join?.asked));
  const note = (kind: TransferKind, leg: Leg, by: Party | null, to: string | null, told: readonly Leg[]) =>
    handovers.push({ transfer: { by: numberOf(by), from: numberOf(by), to, kind }, by, leg, told });
  for (const leg of legs) {
    const attended = joins.get(leg);
    if (attended) {
      note('attended', leg, attended.by, attended.to, attended.told);
      continue;
    }
    const talk = asked.has(leg) ? null : sentOnFrom(leg, legs);
    const isForward = isForwarded(leg, legs);
    if (isForward) note('forward', leg, { number: leg.dst, isInside: true }, numberOf(leg.to), [leg]);
    const pickup = talk || isForward ? null : pickupOf(leg, legs);
    if (pickup) handovers.push(pickup);
    // A queue rings many at once: the talk before was handed on once.
    else if (talk && !sent.has(talk)) {
      sent.add(talk);
      const by = partnerIn(talk, leg.channel);
      if (isParking(leg)) note('park', leg, by, takerOf(leg, legs), [talk]);
      else note('blind', leg, by, targetOf(leg, legs), [talk]);
    }
  }
  return handovers;
}

function isParking({ app }: Leg): boolean {
  return /^park(andannounce)?$/i.test(app ?? '');
}

/** One extension was dialled, another number was reached: by the dialplan, or because the phone said so (302). Who sends talks on is no forward. */
function isForwarded(leg: Leg, legs: readonly Leg[]): boolean {
  const { dst, to, app } = leg;
  if (!leg.isToExtension || to === null || to.number === dst || !/^dial$/i.test(app ?? '')) return false;
  const others = legs.filter((other) => other.uniqueid === leg.uniqueid && other !== leg && other.to !== null);
  return others.every((other) => other.result !== 'connected' && other.to!.number === dst);
}

/** Somebody answers whom nobody rang, where others rang until then. */
function pickupOf(leg: Leg, legs: readonly Leg[]): Handover | null {
  if (leg.result !== 'connected' || isNamed(leg) || isConference(leg.app)) return null;
  const rang = legs.find(
    (other) =>
      other.uniqueid === leg.uniqueid &&
      other.result === 'rang' &&
      other.to !== null &&
      (isRightAfter(other, leg) || isWithin(other, leg)) &&
      other.wanted.length > 0,
  );
  if (!rang || !isTakenOver(leg, legs)) return null;
  const by = numberOf(leg.to);
  const before = legs.filter((other) => other.uniqueid === leg.uniqueid && other.result === 'rang');
  const first = before.find(({ isTaken }) => isTaken) ?? before[0]!;
  return { transfer: { by, from: numberOf(first.to), to: by, kind: 'pickup' }, by: leg.to, leg, told: [first] };
}

/**
 * The record of a ringing that was picked up may end when it has begun: then who took it is up at once, before the time of
 * that Dial is over.
 */
function isWithin(rang: Leg, leg: Leg): boolean {
  const [, seconds] = /^[^,]*,(\d+)/.exec(rang.data ?? '') ?? [];
  const isSameDial = /^dial$/i.test(leg.app ?? '') && leg.data === rang.data && isNamed(rang);
  if (!isSameDial || !wasUp(leg) || seconds === undefined) return false;
  return leg.start >= rang.end && leg.start <= rang.start + Number(seconds) * 1e6 + touchMicros;
}

/** A queue names nobody it rings: there, only what begins when all ringing has ended was not rung by it. */
function isTakenOver(leg: Leg, legs: readonly Leg[]): boolean {
  if (!/^(queue|followme)$/i.test(leg.app ?? '')) return true;
  return (
    leg.app?.toLowerCase() === 'queue' &&
    legs.some(({ isTaken, ...other }) => isTaken && other.uniqueid === leg.uniqueid)
  );
}

interface Attended {
  by: Party;
  to: string | null;
  /** The consultation. */
  asked: Leg;
  told: readonly Leg[];
}

/** The two conversations whose other sides this leg joins, when one extension had both; it outlives them. */
function attendedOf(leg: Leg, legs: readonly Leg[]): Attended | null {
  // Keyed, and handed on while it rang: to somebody who did not answer, too.
  if (leg.result !== 'connected' && !(leg.isKeyed && leg.result === 'rang')) return null;
  if (isConference(leg.app)) return null;
  const talks = legs.filter(
    (other) =>
      other !== leg &&
      !isConference(other.app) &&
      (other.result === 'connected' || other.isHandedOn) &&
      other.start <= leg.start + touchMicros &&
      other.end <= leg.end,
  );
  for (const one of talks.filter((talk) => hasChannel(talk, leg.channel))) {
    for (const other of talks.filter((talk) => talk !== one && hasChannel(talk, leg.dstchannel))) {
      const by = partnerIn(one, leg.channel);
      if (numberOf(by) === null || numberOf(partnerIn(other, leg.dstchannel)) !== numberOf(by)) continue;
      const isSecond = one.start <= other.start;
      const to = isSecond ? sideOf(other, leg.dstchannel) : sideOf(one, leg.channel);
      return { by: by!, to, asked: isSecond ? other : one, told: [one, other] };
    }
  }
  return null;
}

/** The talk of this leg's channel that ended where this leg begins: its other party sent the channel on. */
function sentOnFrom(leg: Leg, legs: readonly Leg[]): Leg | null {
  if (leg.isKeyed) return null;
  const isService = isParking(leg) || isConference(leg.app) || ['voicemail', 'queued'].includes(leg.result);
  if (leg.to === null && !isService) return null;
  const talks = legs.filter(({ result, app }) => result === 'connected' && !isConference(app));
  return talks.find((talk) => hasChannel(talk, leg.channel) && isRightAfter(talk, leg)) ?? null;
}

/** Who took a parked channel out, or was rung when nobody did; null when nobody answered. */
function takerOf(park: Leg, legs: readonly Leg[]): string | null {
  const taken = legs.find(
    (leg) => leg.result === 'connected' && hasChannel(leg, park.channel) && isRightAfter(park, leg),
  );
  return taken ? numberOf(partnerIn(taken, park.channel)) : null;
}

/** Whom one leg reached; where several were rung at once, or are in a conference, the number that stands for them. */
function targetOf(leg: Leg, legs: readonly Leg[]): string | null {
  const together = legs.filter(
    (other) => other.uniqueid === leg.uniqueid && other.start >= leg.start && other.start < leg.end,
  );
  const isOfMany = together.length > 1 || leg.app?.toLowerCase() === 'queue' || isConference(leg.app);
  return isOfMany ? leg.dst : (numberOf(leg.to) ?? leg.dst);
}

function hasChannel(leg: Leg, channel: string | null): boolean {
  return channel !== null && (leg.channel === channel || leg.dstchannel === channel);
}

function sideOf(leg: Leg, channel: string | null): string | null {
  return numberOf(leg.channel === channel ? leg.from : leg.to);
}

function partnerIn(leg: Leg, channel: string | null): Party | null {
  return leg.channel === channel ? leg.to : leg.from;
}
