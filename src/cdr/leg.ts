// One record as a leg: who was put through, or tried to be, to whom, with what the other records say of its channels. Pure.
import type { Disposition, Micros, StoredCdr } from './cdr.ts';
import { calledExtension, callerOf, deviceOf, endOf, localHalf, type Party } from './parties.ts';
import { isConference, resultOf, type Result } from './results.ts';
import { ringIn } from './signals.ts';
import { innerOf, isHandedOn, isTakenPhone, partyB, touchMicros, type Surroundings } from './surroundings.ts';

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
  /** When phones rang behind its Local channel; null without one. */
  rung: { from: Micros; until: Micros } | null;
  /** How long its phone rang, as events told (`ami_ring_seconds`); null: not told. */
  ringTold: Micros | null;
  /** Its channel had been answered before: a menu, or the wait before any ringing, may be in its record, too. */
  isUp: boolean;
  /** What was dialled is an extension. */
  isToExtension: boolean;
  /** Without a party B: the extension that Dial could not ring, or whose mailbox took the call; null: nobody is known to be meant. */
  meant: string | null;
  /** The dialplan of its channel went on to its end: Dial ended by itself. */
  goesOn: boolean;
  /** It rang here and was picked up elsewhere. */
  isTaken: boolean;
  /** Somebody keyed it while he talked (an attended transfer by keys). */
  isKeyed: boolean;
  /** Who dialled it left while it rang; the call to the same phone went on without him. */
  isHandedOn: boolean;
}

/**
 * Mostly one. Where a phone behind a Local channel rang and another one took the call they are two, as without the Local
 * channel.
 */
export function legsOfRecord(record: StoredCdr, around: Surroundings): Leg[] {
  const inner = innerOf(record.dstchannel, around);
  const leg = legOf(record, inner, around);
  if (isTakenPhone(record)) return [takenLeg(record, leg)];
  if (inner.length === 0) return [leg];
  const reached = reachedIn(inner);
  const rang = inner.findLast(({ uniqueid }) => uniqueid === reached?.uniqueid);
  const first = inner.find((one) => one.uniqueid === reached?.uniqueid && one !== reached && one.dstchannel);
  if (!reached || !first || rang !== reached || namesIn(reached.lastdata, reached.dstchannel)) return [leg];
  if (!namesIn(first.lastdata, first.dstchannel)) return [leg];
  const to = partyB(first, around)!;
  const parts = { rung: { from: first.start, until: endOf(first) }, answer: null, ringTold: null };
  const taken: Leg = {
    ...{ ...leg, ...parts, to, wanted: [to], dstchannel: first.dstchannel },
    ...{ result: 'rang', isTaken: true, end: endOf(first) },
  };
  return [taken, { ...leg, start: reached.start, wanted: leg.to ? [leg.to] : [], rung: null, ringTold: null }];
}

/** While the record of who rang it is yet to come: then nobody knows who called whom, but that this phone rang. */
function takenLeg(record: StoredCdr, leg: Leg): Leg {
  const to = callerOf(record);
  return {
    ...{ ...leg, from: { number: null, isInside: false }, to, wanted: [to], dst: null, isToExtension: false },
    ...{ channel: null, dstchannel: record.channel, result: 'rang', answer: null },
  };
}

/** Who answered first behind a Local channel; a phone that was picked up from did not, though its record may say so. */
function reachedIn(inner: readonly StoredCdr[]): StoredCdr | undefined {
  const answered = inner.filter(({ disposition, dstchannel }) => disposition === 'ANSWERED' && dstchannel);
  const isTaken = (one: StoredCdr) =>
    isInstant(momentsOf(one)) &&
    answered.some(
      (other) =>
        other !== one &&
        other.uniqueid === one.uniqueid &&
        isRightAfter(momentsOf(one), momentsOf(other)) &&
        !namesIn(other.lastdata, other.dstchannel),
    );
  return answered.find((one) => !isTaken(one)) ?? answered[0];
}

function momentsOf(record: StoredCdr): Moments {
  return { start: record.start, answer: answerOf(record), end: endOf(record) };
}

type Moments = Pick<Leg, 'start' | 'answer' | 'end'>;

/** Nobody answers, or talks, in so short a time. */
const instantMicros = 100_000;

export function isInstant({ answer, end }: Moments): boolean {
  return answer !== null && end - answer < instantMicros;
}

export function isRightAfter(before: Moments, leg: Moments): boolean {
  return leg !== before && leg.start >= before.end - instantMicros && leg.start <= before.end + touchMicros;
}

function legOf(record: StoredCdr, inner: readonly StoredCdr[], around: Surroundings): Leg {
  const candidate = reachedIn(inner);
  const handedOn = isHandedOn(record, candidate ? answerOf(candidate) : null, around);
  const reached = handedOn ? undefined : candidate;
  const origin = around.origins.get(record.channel ?? '');
  const from = fromOf(record, origin, around);
  const to = partyB(reached ?? record, around) ?? null;
  const rung = inner.filter(({ dstchannel }) => dstchannel && !localHalf(dstchannel));
  const result = handedOn ? 'rang' : resultOf(record, inner, reached);
  const start = (origin && answerOf(origin)) ?? record.start;
  const answers = [answerOf(record), reached ? answerOf(reached) : null, origin ? start : null];
  return {
    cdrs: [record.id],
    uniqueid: record.uniqueid,
    linkedid: record.linkedid,
    from,
    to: to && rung.length === 1 && !reached ? partyB(rung[0]!, around) : to,
    wanted: wantedOf(record, { from, to, rung }, around),
    dst: record.dst,
    channel: origin?.dstchannel ?? record.channel,
    dstchannel: (candidate ?? record).dstchannel || null,
    app: record.lastapp || null,
    data: record.lastdata || null,
    disposition: record.disposition,
    result,
    start,
    answer: isAnswer(result) ? latestOf(answers) : null,
    end: endOf(record),
    rung: rungOf(rung),
    ringTold: ringIn(record),
    isUp: isSoon(record.start, upSince(record)),
    isToExtension: record.dst !== null && [record.extension, record.peerExtension].includes(record.dst),
    meant: meantOf(record),
    goesOn: around.tails.has(record.uniqueid),
    isTaken: false,
    isKeyed: isKeyed(record),
    isHandedOn: handedOn,
  };
}

function fromOf(record: StoredCdr, origin: StoredCdr | undefined, around: Surroundings): Party {
  const own = callerOf(record);
  if (origin) return partyB(origin, around)!;
  return own.isInside ? own : (around.parties.get(record.channel ?? '') ?? own);
}

/** Nobody in a conference was called by another one in it. What a program calls first is the phone of who began. */
function wantedOf(
  { lastapp, disposition }: StoredCdr,
  { from, to, rung }: { from: Party; to: Party | null; rung: readonly StoredCdr[] },
  around: Surroundings,
): Party[] {
  if (isConference(lastapp)) return [];
  if (rung.length > 0) return rung.map((one) => partyB(one, around)!);
  if (to) return [to];
  return /^appdial2$/i.test(lastapp ?? '') && disposition !== 'ANSWERED' ? [from] : [];
}

function meantOf(record: StoredCdr): string | null {
  const { dst, dstchannel, lastapp, lastdata } = record;
  const extension = dstchannel ? null : calledExtension(record);
  if (extension === null) return null;
  const number = /^voicemail$/i.test(lastapp ?? '') ? /^\d+/.exec(lastdata ?? '')?.[0] : dst;
  return number === extension && /^(dial|voicemail)$/i.test(lastapp ?? '') ? extension : null;
}

function rungOf(rung: readonly StoredCdr[]): Leg['rung'] {
  if (rung.length === 0) return null;
  return { from: Math.min(...rung.map(({ start }) => start)), until: Math.max(...rung.map(endOf)) };
}

/** No phone is answered, or heard to ring, in so short a time. */
export const soonMicros = 500_000;

/** Whether it was answered as soon as it began: by something else than party B. */
export function isSoon(start: Micros, answer: Micros | null): boolean {
  return answer !== null && answer - start < soonMicros;
}

function latestOf(times: readonly (Micros | null)[]): Micros | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.max(...known) : null;
}

/** Who talks may key a number: his record goes on with a Local channel that no application of his was told to dial. */
function isKeyed({ lastapp, lastdata, dstchannel }: StoredCdr): boolean {
  return /^(app)?dial$/i.test(lastapp ?? '') && localHalf(dstchannel) !== null && !namesIn(lastdata, dstchannel);
}

/** Whether these are the data of an application that was told to dial the device of this channel. */
export function namesIn(data: string | null, channel: string | null): boolean {
  return channel !== null && (data ?? '').includes(deviceOf(channel));
}

function answerOf(record: StoredCdr): Micros | null {
  if (record.disposition !== 'ANSWERED') return null;
  return record.answer ?? endOf(record) - record.billsec * 1e6;
}

/** When its channel was answered, by whatever; null: it was not. Of what is NO ANSWER, too: a menu may have done it. */
function upSince(record: StoredCdr): Micros | null {
  return record.answer ?? (record.billsec > 0 ? endOf(record) - record.billsec * 1e6 : null);
}

function isAnswer(result: Result): boolean {
  return result === 'connected' || result === 'system' || result === 'voicemail';
}
