// The live channels of one call as legs: who rings, talks with, or holds whom. Local channels are looked through: nobody is at them. Pure.
import type { Micros } from '../cdr/cdr.ts';
import { localHalf } from '../cdr/parties.ts';
import { isAnswered, isLocal, isOpen, type Channel, type Pair } from './channel.ts';

/**
 * dialing   nothing rings yet
 * ringing   a phone rings
 * talking   two talk
 * held      two are connected, one holds the other
 * system    the PBX itself answered: a menu, a queue, a mailbox, a conference
 */
export const liveStates = ['talking', 'held', 'ringing', 'system', 'dialing'] as const;
export type LiveState = (typeof liveStates)[number];

export interface ChannelLeg {
  a: Channel;
  /** null: to the PBX itself, or to nobody yet. */
  b: Channel | null;
  state: LiveState;
  /** Since when it is known to be in that state. */
  since: Micros;
  began: Micros;
  ring: Micros | null;
  /** Party B has answered; null: not, or nobody knows when. */
  isAnswered: boolean;
  answer: Micros | null;
  /** What was dialled, and what Dial was told. */
  exten: string;
  data: string;
}

/** Local channels behind Local channels; Asterisk itself stops at some loops. */
const depthMax = 5;

/** In the order of their beginning. */
export function channelLegs(channels: readonly Channel[]): ChannelLeg[] {
  const own = new Set(channels);
  const pairs = new Set(
    channels.flatMap((channel) => channel.pairs.filter((pair) => isOpen(pair) && own.has(pair.a) && own.has(pair.b))),
  );
  const halves = new Map(channels.flatMap((channel) => keyed(channel)));
  const asked = new Set([...pairs].map(({ b }) => localHalf(b.name)?.base));
  const legs = [...pairs].flatMap((pair) => {
    const half = localHalf(pair.a.name);
    // Somebody has dialled its other half: that leg tells of this one.
    return half && asked.has(half.base)
      ? []
      : behind(pair, [...pairs], halves, depthMax).map((way) => legOf(pair, way));
  });
  const busy = new Set(legs.flatMap(({ a, b }) => [a, b]));
  const lone = channels.filter((channel) => !busy.has(channel) && !isLocal(channel) && !hasTaken(channel)).map(loneLeg);
  return [...legs, ...lone].sort((one, other) => one.began - other.began);
}

/**
 * How a channel came into its call: to whom it was put through first, though that may be over, else by itself. Whom it met in a
 * conference it has not called.
 */
export function firstLeg(a: Channel): ChannelLeg {
  const own = a.pairs.filter((pair) => pair.a === a);
  const pair = own.find(({ data }) => data !== '') ?? (a.isPaired ? own[0] : undefined);
  return pair ? legOf(pair, [pair]) : loneLeg(a);
}

function keyed(channel: Channel): [string, Channel][] {
  const half = localHalf(channel.name);
  return half ? [[`${half.base};${half.half}`, channel]] : [];
}

/** The pairs that lead from this one to real channels, each with all on its way; itself when it leads to one. */
function behind(pair: Pair, pairs: readonly Pair[], halves: ReadonlyMap<string, Channel>, depth: number): Pair[][] {
  const half = localHalf(pair.b.name);
  const inner = half && halves.get(`${half.base};${half.half === '1' ? '2' : '1'}`);
  const next = inner && depth > 0 ? pairs.filter(({ a, b }) => a === inner && b !== pair.a) : [];
  if (next.length === 0) return [[pair]];
  return next.flatMap((one) => behind(one, pairs, halves, depth - 1).map((way) => [pair, ...way]));
}

function legOf({ a, began, exten, data }: Pair, way: readonly Pair[]): ChannelLeg {
  const last = way.at(-1)!;
  const b = isLocal(last.b) ? null : last.b;
  const answers = way.map(({ answerAt }) => answerAt);
  const answer = answers.every((at) => at !== null) ? Math.max(...answers) : null;
  const talk = way.every(isAnswered) ? Math.max(...way.map(({ answerAt, foundAt }) => (answerAt ?? foundAt)!)) : null;
  const heldAt = way.find((pair) => pair.heldAt !== null)?.heldAt ?? null;
  const leg = { a, b, began, exten, data, ring: ringOf(last), isAnswered: talk !== null, answer };
  if (talk !== null && b === null) return { ...leg, state: 'system', since: talk };
  if (talk !== null) return { ...leg, state: heldAt === null ? 'talking' : 'held', since: heldAt ?? talk };
  return last.ringAt === null
    ? { ...leg, state: 'dialing', since: began }
    : { ...leg, state: 'ringing', since: last.ringAt };
}

/** Two between whom a Local channel left met in a bridge: of the one that was dialled its channel tells. */
function ringOf({ data, b, ringAt }: Pair): Micros | null {
  return ringAt === null && data === '' && b.isDialed ? b.ringAt : ringAt;
}

function loneLeg(a: Channel): ChannelLeg {
  const { born: began, exten, upAt, ringAt, heldAt } = a;
  const leg = { a, b: null, began, exten, data: '', ring: ringAt, isAnswered: false, answer: null };
  // Whom it holds was never heard of.
  if (heldAt !== null) return { ...leg, state: 'held', since: heldAt };
  // Who talked before (and was parked, say) is with the PBX since that was over.
  if (upAt !== null) return { ...leg, state: 'system', since: Math.max(upAt, ...talksOf(a)) };
  return ringAt === null ? { ...leg, state: 'dialing', since: began } : { ...leg, state: 'ringing', since: ringAt };
}

/** Who took a call that rang elsewhere has called nobody: with the talk all is over. */
function hasTaken({ picked, pairs }: Channel): boolean {
  return picked !== null && pairs.some((pair) => isAnswered(pair) && !isOpen(pair));
}

/** When each of its talks was over. */
function talksOf({ pairs }: Channel): Micros[] {
  return pairs.filter(isAnswered).flatMap(({ overAt }) => overAt ?? []);
}
