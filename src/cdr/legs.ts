// The records of one conversation as its legs: who was put through, or tried to be, to whom. Pure; the order of the records does not matter.
//
//   record                                             becomes
//   of a channel with a party B                        a leg: one dial attempt, answered or not
//   of a channel without                               a leg: an application (IVR, voicemail, queue, park), or nobody was there
//   of the end of a dialplan (Hangup, Busy …)          no leg, where its channel did something else before
//   of a channel that was rung, or took a call over,   no leg: that other record tells of it
//     and is another record's party B
//   of such a channel that was picked up from, while   a leg: it rang for nobody knows whom, and was taken
//     no other record tells of it yet
//   of a Local channel's second half (;2), which       no leg of its own: what it reached, and when that answered, is told
//     another record has dialled as ;1                 by the leg that dialled it
//   of a Local channel's first half (;1) without a     no leg: the second half says what happened
//     party B, when the second has one too
//   of a channel with a Local channel that leads back  no leg: the moment in which the Local channel left
//     to that very channel
//   of a Local channel's first half that nobody        a leg of whom the second half rang: a program called that phone first
//     dialled, both halves with a party B
//   that goes on with the same two channels            part of the leg before (Local channels optimised away, ForkCDR)
import type { StoredCdr } from './cdr.ts';
import { isInstant, isRightAfter, isSoon, legsOfRecord, namesIn, type Leg } from './leg.ts';
import { endOf, hasOwnName } from './parties.ts';
import { isConference } from './results.ts';
import { isFolded, surroundingsOf, touchMicros, type Surroundings } from './surroundings.ts';

export { isRightAfter, type Leg } from './leg.ts';
export { touchMicros } from './surroundings.ts';

/** In the order of their beginning; at least one. */
export function legsOf(records: readonly StoredCdr[]): Leg[] {
  const sorted = records.length === 1 ? records : records.toSorted(byBegin);
  const around = surroundingsOf(sorted);
  // Told by no other one, going on from none: of many calls, all there is.
  const alone = sorted.length === 1 ? legsOfRecord(sorted[0]!, around) : [];
  if (alone.length === 1) return reviewed(alone, around);
  const legs: Leg[] = [];
  const lastOf = new Map<string, Leg>();
  const telling = sorted.filter((record) => !isFolded(record, around));
  // Where each is told by another one (a Local channel that dialled itself), the first tells itself: a call has a leg.
  for (const record of telling.length > 0 ? telling : sorted.slice(0, 1)) {
    for (const leg of legsOfRecord(record, around)) {
      // A single record goes on from none.
      const key = sorted.length > 1 ? stretchOf(leg) : '';
      const before = lastOf.get(key);
      if (before && goesOn(before, leg)) Object.assign(before, joined(before, leg));
      else {
        legs.push(leg);
        lastOf.set(key, leg);
      }
    }
  }
  return reviewed(legs, around);
}

/** The id comes last: records that agree in all before it agree in all that is made of them. */
export function byBegin(a: StoredCdr, b: StoredCdr): number {
  return (
    a.start - b.start ||
    (a.sequence ?? Infinity) - (b.sequence ?? Infinity) ||
    compare(a.uniqueid, b.uniqueid) ||
    compare(a.dstchannel ?? '', b.dstchannel ?? '') ||
    compare(a.dst ?? '', b.dst ?? '') ||
    compare(a.lastapp ?? '', b.lastapp ?? '') ||
    endOf(a) - endOf(b) ||
    compare(a.disposition, b.disposition) ||
    a.id - b.id
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What stays the same while a leg goes on. */
function stretchOf({ uniqueid, channel, dstchannel, dst, app, data }: Leg): string {
  if (dstchannel === null) return JSON.stringify([uniqueid, channel, dst, app, data]);
  return JSON.stringify([hasOwnName(channel) && hasOwnName(dstchannel) ? '' : uniqueid, channel, dstchannel]);
}

function goesOn(before: Leg, leg: Leg): boolean {
  return before.result === leg.result && leg.start <= before.end + touchMicros;
}

/** What only the legs together tell: who was picked up from did not answer. */
function reviewed(legs: Leg[], { takenFrom }: Surroundings): Leg[] {
  const ofChannel = legs.length === 1 ? null : Map.groupBy(legs, ({ uniqueid }) => uniqueid);
  for (const leg of legs) {
    const until = takenFrom.get(leg.dstchannel ?? '');
    if (until !== undefined) Object.assign(leg, { isTaken: true, end: Math.max(leg.end, until) });
    if (leg.result !== 'connected') continue;
    const next = ofChannel
      ?.get(leg.uniqueid)!
      .find((other) => other !== leg && other.result === 'connected' && isRightAfter(leg, other));
    const isTaken = until !== undefined || (next && isInstant(leg) && !isNamed(next) && !isConference(next.app));
    if (isTaken) Object.assign(leg, { result: 'rang', answer: null, isTaken: true } satisfies Partial<Leg>);
  }
  return legs;
}

/** Whether the application that rang party B was told to. */
export function isNamed({ dstchannel, data }: Leg): boolean {
  return namesIn(data, dstchannel);
}

/** Whether its channel had been answered before party B was rung, so that its answer is not that of party B. */
export function wasUp({ start, answer }: Leg): boolean {
  return isSoon(start, answer);
}

function joined(a: Leg, b: Leg): Partial<Leg> {
  const answers = [a.answer, b.answer].filter((answer) => answer !== null);
  return {
    cdrs: [...a.cdrs, ...b.cdrs],
    // A phone that a program called is up before the other one answers.
    answer: a.uniqueid !== b.uniqueid ? b.answer : answers.length > 0 ? Math.min(...answers) : null,
    end: Math.max(a.end, b.end),
    rung: a.rung ?? b.rung,
    ringTold: a.ringTold ?? b.ringTold,
  };
}
