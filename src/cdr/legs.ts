// The records of one conversation as its legs: who was put through, or tried to be, to whom. Pure; the order of the records does not matter.
//
//   record                                             becomes
//   of a channel with a party B                        a leg: one dial attempt, answered or not
//   of a channel without                               a leg: an application (IVR, voicemail, queue, park), or nobody was there
//   of the end of a dialplan (Hangup, Busy …)          no leg, where its channel did something else before
//   of a channel that was rung, or took a call over,   no leg: that other record tells of it
//     and is another record's party B
//   of a Local channel's second half (;2), which       no leg of its own: what it reached, and when that answered, is told
//     another record has dialled as ;1                 by the leg that dialled it
//   of a Local channel's first half (;1) without a     no leg: the second half says what happened
//     party B, when the second has one too
//   that goes on with the same two channels            part of the leg before (Local channels optimised away, ForkCDR)
import type { Disposition, Micros, StoredCdr } from './cdr.ts';
import { callerOf, deviceOf, endOf, localHalf, type Party } from './parties.ts';
import { innerOf, isFolded, partyB, surroundingsOf, type Surroundings } from './surroundings.ts';

/** connected: to a party B. system: an application answered. rang: nobody answered. */
export type Result = 'connected' | 'voicemail' | 'system' | 'queued' | 'rang' | 'busy' | 'cancelled' | 'failed';

export interface Leg {
  /** Ids of its records, the one that stands for it first. */
  cdrs: readonly number[];
  uniqueid: string;
  linkedid: string | null;
  from: Party;
  /** null without a party B. */
  to: Party | null;
  /** All that were rung by it, in order; more than one behind a Local channel. */
  wanted: readonly Party[];
  dst: string | null;
  channel: string | null;
  /** Behind a Local channel: the channel it reached. */
  dstchannel: string | null;
  app: string | null;
  data: string | null;
  disposition: Disposition;
  result: Result;
  start: Micros;
  /** When party B or the application answered; null: nobody did. */
  answer: Micros | null;
  end: Micros;
  /** From its own ringing to its answer where a Local channel's record tells it, else null. */
  innerRing: Micros | null;
  /** What was dialled is an extension. */
  isToExtension: boolean;
  /** The dialplan of its channel went on to its end: Dial ended by itself. */
  goesOn: boolean;
  /** It rang here and was picked up elsewhere. */
  isTaken: boolean;
}

/** Two records of channels of the same names so near in time are of one stretch; sources tell whole seconds. */
export const touchMicros = 2e6;

/** In the order of their beginning. */
export function legsOf(records: readonly StoredCdr[]): Leg[] {
  const sorted = records.toSorted(byBegin);
  const around = surroundingsOf(sorted);
  const legs: Leg[] = [];
  const lastOf = new Map<string, Leg>();
  for (const record of sorted) {
    if (isFolded(record, around)) continue;
    const leg = legOf(record, around);
    // A single record goes on from none.
    const key = sorted.length > 1 ? stretchOf(leg) : '';
    const before = lastOf.get(key);
    if (before && goesOn(before, leg)) Object.assign(before, joined(before, leg));
    else {
      legs.push(leg);
      lastOf.set(key, leg);
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

function legOf(record: StoredCdr, around: Surroundings): Leg {
  const inner = innerOf(record.dstchannel, around);
  const reached = inner.find(({ disposition, dstchannel }) => disposition === 'ANSWERED' && dstchannel);
  const own = callerOf(record);
  const from = own.isInside ? own : (around.parties.get(record.channel ?? '') ?? own);
  const to = partyB(reached ?? record, around) ?? null;
  const rung = inner.filter(({ dstchannel }) => dstchannel && !localHalf(dstchannel));
  const result = resultOf(record, inner, reached);
  const answer = answerOf(record);
  const innerAnswer = reached ? answerOf(reached) : null;
  return {
    cdrs: [record.id],
    uniqueid: record.uniqueid,
    linkedid: record.linkedid,
    from,
    to: to && rung.length === 1 && !reached ? partyB(rung[0]!, around) : to,
    wanted: rung.length > 0 ? rung.map((one) => partyB(one, around)!) : to ? [to] : [],
    dst: record.dst,
    channel: record.channel,
    dstchannel: (reached ?? record).dstchannel || null,
    app: record.lastapp || null,
    data: record.lastdata || null,
    disposition: record.disposition,
    result,
    start: record.start,
    answer: isAnswer(result) ? (innerAnswer === null ? answer : Math.max(innerAnswer, answer ?? innerAnswer)) : null,
    end: endOf(record),
    innerRing: innerAnswer === null ? null : innerAnswer - reached!.start,
    isToExtension: record.dst !== null && [record.extension, record.peerExtension].includes(record.dst),
    goesOn: around.tails.has(record.uniqueid),
    isTaken: false,
  };
}

function answerOf(record: StoredCdr): Micros | null {
  if (record.disposition !== 'ANSWERED') return null;
  return record.answer ?? endOf(record) - record.billsec * 1e6;
}

function isAnswer(result: Result): boolean {
  return result === 'connected' || result === 'system' || result === 'voicemail';
}

const isApp = (name: RegExp, { lastapp }: StoredCdr) => name.test(lastapp ?? '');

function resultOf(record: StoredCdr, inner: readonly StoredCdr[], reached: StoredCdr | undefined): Result {
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

/** What stays the same while a leg goes on. */
function stretchOf({ uniqueid, channel, dstchannel, dst, app, data }: Leg): string {
  return JSON.stringify([uniqueid, channel, dstchannel, ...(dstchannel === null ? [dst, app, data] : [])]);
}

function goesOn(before: Leg, leg: Leg): boolean {
  return before.result === leg.result && leg.start <= before.end + touchMicros;
}

/** What only the legs together tell: who was picked up from did not answer. */
function reviewed(legs: Leg[], { takenFrom }: Surroundings): Leg[] {
  const ofChannel = Map.groupBy(legs, ({ uniqueid }) => uniqueid);
  for (const leg of legs) {
    const until = takenFrom.get(leg.dstchannel ?? '');
    if (until !== undefined) Object.assign(leg, { isTaken: true, end: Math.max(leg.end, until) });
    if (leg.result !== 'connected') continue;
    const others = ofChannel.get(leg.uniqueid)!.filter((other) => other !== leg);
    const next = others.find((other) => other.result === 'connected' && isRightAfter(leg, other));
    const isTaken = until !== undefined || (next && isInstant(leg) && !isNamed(next));
    if (isTaken) Object.assign(leg, { result: 'rang', answer: null, isTaken: true } satisfies Partial<Leg>);
  }
  return legs;
}

/** Nobody answers, or talks, in so short a time. */
const instantMicros = 100_000;

export function isInstant({ answer, end }: Leg): boolean {
  return answer !== null && end - answer < instantMicros;
}

export function isRightAfter(before: Leg, leg: Leg): boolean {
  return leg !== before && leg.start >= before.end - instantMicros && leg.start <= before.end + touchMicros;
}

/** Whether the application that rang party B was told to. */
export function isNamed({ dstchannel, data }: Leg): boolean {
  return dstchannel !== null && (data ?? '').includes(deviceOf(dstchannel));
}

/** Whether its channel had been answered before party B was rung, so that its answer is not that of party B. */
export function wasUp({ start, answer }: Leg): boolean {
  return answer !== null && answer - start < instantMicros;
}

function joined(a: Leg, b: Leg): Partial<Leg> {
  const answers = [a.answer, b.answer].filter((answer) => answer !== null);
  return {
    cdrs: [...a.cdrs, ...b.cdrs],
    answer: answers.length > 0 ? Math.min(...answers) : null,
    end: Math.max(a.end, b.end),
    innerRing: a.innerRing ?? b.innerRing,
  };
}
