// A live call: its legs with whose they are by the rules of its system, and what they come to. Ephemeral: nothing of it is stored. Pure.
import type { Cdr, Derived, Direction, Micros } from '../cdr/cdr.ts';
import type { CallFacts } from '../cdr/callquery.ts';
import type { CallOutcome } from '../cdr/outcome.ts';
import { calledOf, callerOf, isNumber, type Party } from '../cdr/parties.ts';
import { trunksOf } from '../cdr/trunks.ts';
import { isVisible, type Within } from '../cdr/wall.ts';
import { classify } from '../rules/classify.ts';
import type { RuleSet } from '../rules/compile.ts';
import type { Tables } from '../rules/tables.ts';
import { isLocal, type Channel } from './channel.ts';
import { channelLegs, firstLeg, liveStates, type ChannelLeg, type LiveState } from './legs.ts';

/** Who is at one end of a leg. */
export interface LiveParty extends Party {
  channel: string;
  company: string | null;
}

export interface LiveLeg extends Pick<ChannelLeg, 'state' | 'since' | 'ring' | 'answer' | 'exten'> {
  from: LiveParty;
  to: LiveParty | null;
  /** Whose it is: what its record would say. */
  derived: Derived;
  /** Behind it; not for readers. */
  channels: ChannelLeg;
}

export interface LiveCall {
  system: string;
  linkedid: string;
  state: LiveState;
  /** Since when it is known to be in that state. */
  since: Micros;
  start: Micros;
  /**
   * When the first phone rang, of those that still count; when somebody was talked with first, null where of one who talks nobody
   * heard the answer.
   */
  ring: Micros | null;
  answer: Micros | null;
  /** As it began, whoever has come and gone since; null where nobody heard it begin. */
  caller: string | null;
  called: string | null;
  company: string | null;
  target: string | null;
  direction: Direction | null;
  extensions: readonly string[];
  /** At least one. */
  legs: readonly LiveLeg[];
  /** How it began; null: nobody knows, or a reader may not. Not for readers. */
  origin: LiveLeg | null;
}

/** Whose a leg is: what the rules of its system say of the record that it would leave. */
export type Judge = (cdr: Cdr) => Derived;

export function judgeBy(rules: RuleSet, tables: Tables): Judge {
  return (cdr) => classify(rules, cdr, tables);
}

/** null: only Local channels are left of it. */
export function liveCall(
  system: string,
  linkedid: string,
  channels: readonly Channel[],
  judge: Judge,
  first?: Channel,
): LiveCall | null {
  const legs = channelLegs(channels).map((leg) => liveLeg(system, linkedid, leg, judge));
  if (legs.length === 0) return null;
  const origin = first && !isLocal(first) ? liveLeg(system, linkedid, firstLeg(first), judge) : null;
  return callOfLegs(system, linkedid, Math.min(...[...channels, ...(first ? [first] : [])].map(({ born }) => born)), {
    legs,
    origin,
  });
}

/** As a reader behind this wall sees it: the very same one where it sees all of it, null when it sees nothing. */
export function seenLive(call: LiveCall, within: Within): LiveCall | null {
  if (within === null) return call;
  const legs = call.legs.filter(({ derived }) => isVisible(derived, within));
  const origin = call.origin && isVisible(call.origin.derived, within) ? call.origin : null;
  if (legs.length === call.legs.length && origin === call.origin) return call;
  const start = Math.min(...legs.map(({ channels }) => channels.began));
  return legs.length === 0 ? null : callOfLegs(call.system, call.linkedid, start, { legs, origin });
}

/** For filters; `now` in Micros is its end so far. What becomes of it nobody knows, so no condition on the outcome holds. */
export function liveFacts(call: LiveCall, now: Micros): CallFacts {
  const answered = call.legs.find(({ channels, to }) => channels.isAnswered && to !== null);
  return {
    ...{ system: call.system, caller: call.caller, called: call.called, extensions: call.extensions },
    ...{ answeredBy: answered?.to?.number ?? null, direction: call.direction, start: call.start, end: now },
    trunks: [...new Set(call.legs.flatMap(trunksOfLeg))],
    outcome: null as unknown as CallOutcome,
    linkedids: [call.linkedid],
    uniqueids: [...new Set(call.legs.flatMap(({ channels: { a, b } }) => [a.uniqueid, ...(b ? [b.uniqueid] : [])]))],
    walls: call.legs.map(({ derived }) => ({
      ...derived,
      company: lower(derived.company),
      target: lower(derived.target),
    })),
    hidden: false,
  };
}

function trunksOfLeg({ derived, channels: { a, b } }: LiveLeg): string[] {
  return trunksOf({ ...derived, channel: a.name, dstchannel: b?.name ?? null });
}

function lower(handle: string | null): string | null {
  return handle?.toLowerCase() ?? null;
}

function callOfLegs(
  system: string,
  linkedid: string,
  start: Micros,
  { legs, origin }: Pick<LiveCall, 'legs' | 'origin'>,
): LiveCall {
  const state = liveStates.find((word) => legs.some((leg) => leg.state === word))!;
  const first = origin ?? legs[0]!;
  const { uniqueid, isMet, exten } = first.channels.a;
  const isBeginning = !isMet || uniqueid === linkedid;
  const talks = legs.filter(({ channels, to }) => channels.isAnswered && to !== null);
  const known = origin ? [origin, ...legs] : legs;
  const firstOf = (name: 'company' | 'target'): string | null =>
    known.find(({ derived }) => derived[name] !== null)?.derived[name] ?? null;
  const direction = isBeginning ? (known.map(directionOf).find((one) => one !== null) ?? null) : null;
  const inside = legs.flatMap(({ from, to }) => [from, to]).filter((party) => party?.isInside);
  return {
    ...{ system, linkedid, state, start, legs, origin, direction },
    since: least(legs.filter((leg) => leg.state === state).map(({ since }) => since))!,
    ring: least(legs.map(({ ring }) => ring)),
    answer: talks.some(({ answer }) => answer === null) ? null : least(talks.map(({ answer }) => answer)),
    caller: isBeginning ? first.from.number : null,
    called: isMet ? null : (dialled(exten) ?? dialled(first.exten) ?? first.to?.number ?? null),
    company: origin && isBeginning ? origin.derived.company : firstOf('company'),
    target: firstOf('target'),
    extensions: [...new Set(inside.flatMap((party) => party?.number ?? []))].sort(),
  };
}

/** What the PBX itself answered (a menu, a park, a conference) is inside, and so is a number of ours that leads to a phone of ours. */
function directionOf({ derived, from, to, channels: { a, data, isAnswered } }: LiveLeg): Direction | null {
  const { direction } = derived;
  if (!from.isInside || (direction !== null && direction !== 'outbound')) return direction;
  // Where a Local channel leads to, the legs behind it say.
  if (to === null && data.startsWith('Local/')) return null;
  const isInside = to === null ? a.upAt !== null && !isAnswered : to.isInside;
  return isInside ? 'internal' : direction;
}

/** `s`, `h` and the like are names of the dialplan, which nobody dials. */
function dialled(exten: string): string | null {
  return isNumber(exten) || /^[*#]/.test(exten) ? exten : null;
}

function least(times: readonly (Micros | null)[]): Micros | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

function liveLeg(system: string, linkedid: string, channels: ChannelLeg, judge: Judge): LiveLeg {
  const { a, b, state, since, ring, answer, exten } = channels;
  const cdr = recordOf(system, linkedid, channels);
  const derived = judge(cdr);
  const told = { ...cdr, ...derived };
  const to = b && {
    ...(calledOf(told) ?? { number: null, isInside: false }),
    channel: b.name,
    company: derived.target,
  };
  return {
    ...{ state, since, ring, answer, exten, derived, channels, to },
    from: { ...callerOf(told), channel: a.name, company: derived.company },
  };
}

/**
 * The record that this leg would leave if it ended now, as far as its channels tell it. But of two who met in a bridge (a transfer,
 * a conference) its `dst` would be what party A dialled long before; party B is who is there now.
 */
function recordOf(system: string, linkedid: string, { a, b, began, isAnswered, answer, exten, data }: ChannelLeg): Cdr {
  const dst = b && data === '' ? b.number : exten;
  return {
    ...{ system, linkedid, uniqueid: a.uniqueid, sequence: null, start: began, answer, end: null, timeOrigin: 'utc' },
    ...{ duration: 0, billsec: 0, disposition: isAnswered ? 'ANSWERED' : 'NO ANSWER', amaflags: null },
    ...{ clid: null, src: a.number, dst, dcontext: a.context, channel: a.name, dstchannel: b?.name ?? '' },
    ...{ lastapp: b ? 'Dial' : '', lastdata: data, accountcode: a.accountcode, peeraccount: b?.accountcode ?? '' },
    ...{ userfield: '', custom: {} },
  };
}
