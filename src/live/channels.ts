// The channels of one Asterisk as its events tell them: who rings, who talks with whom, who hung up. Pure; time comes with the events.
//
//   Newchannel ─▶ (Newstate Ringing ─▶) Newstate Up ─▶ Hangup ─▶ kept a while for the record ─▶ gone
//   DialBegin(A,B) ─▶ DialState RINGING ─▶ DialEnd ANSWER ─▶ BridgeEnter ─▶ HangupRequest of who hung up ─▶ BridgeLeave ─▶ over
//
// Any event may be missing: what it would have told is not known then, and the record of the channel ends it at the latest.
import type { Cdr, Micros } from '../cdr/cdr.ts';
import { elder, endHold, endPair, enderOf, inOrder, isAnswered, isOpen, newPair, otherOf, pairOf } from './channel.ts';
import { startHold, type Channel, type Cleared, type Over } from './channel.ts';
import { bridgeKindOf, foundEvent, type ChannelEvent } from './event.ts';
import { Registry } from './registry.ts';

/** What a record tells of its channels. */
type Ended = Pick<Cdr, 'uniqueid' | 'linkedid' | 'dstchannel'>;

/** In a bridge of more than so many (a conference) nobody is anybody's party. */
const bridgeMax = 3;

export class Channels {
  readonly #registry = new Registry((channel) => this.#leave(channel, channel.seen));
  readonly #bridges = new Map<string, Set<Channel>>();

  /** Which there are; to be read only. */
  get all(): Omit<Registry, 'see' | 'recall' | 'join' | 'end' | 'sweep'> {
    return this.#registry;
  }

  /** Takes events in the order in which they came. Never throws. */
  apply(event: ChannelEvent): void {
    const { name, at, get } = event;
    if (name === 'dialbegin' || name === 'dialstate' || name === 'dialend') return this.#dial(event);
    if (name === 'blindtransfer' || name === 'attendedtransfer') return this.#transfer(event);
    const channel = this.#registry.see(event, '');
    if (!channel) return;
    // Its Newstate may have been missed: each event tells how it stands.
    if (get('channelstatedesc') === 'Up') channel.upAt ??= at;
    if (name === 'newstate' && get('channelstatedesc') === 'Ringing') this.#ring(channel, at);
    else if (name === 'bridgeenter' || name === foundEvent) this.#enter(channel, event);
    else if (name === 'bridgeleave') this.#leave(channel, at);
    else if (name === 'hold') this.#hold(channel, at);
    else if (name === 'unhold') this.#unhold(channel, at);
    else if (name === 'pickup') this.#pickup(channel, get('targetuniqueid'), at);
    else if (name === 'hanguprequest') this.#request(channel, clearedOf(event));
    else if (name === 'hangup') this.#hangup(channel, clearedOf(event));
  }

  /** An event was dropped before it came here. */
  lose(): void {
    this.#registry.losses += 1;
  }

  /** A record was stored: its channel has ended, whatever was heard of it, and party B with it where nobody else is there for it. */
  settle({ uniqueid, linkedid, dstchannel }: Ended, at: Micros): void {
    const channel = this.#registry.get(uniqueid);
    if (channel) {
      channel.isRecorded = true;
      channel.settledAt ??= at;
    }
    const parties = channel?.pairs.map((pair) => otherOf(pair, channel)) ?? [];
    const named = this.#registry.call(linkedid ?? uniqueid).filter(({ name }) => name === dstchannel);
    for (const other of new Set([...parties, ...named])) this.#settleParty(other, channel, dstchannel, at);
  }

  /**
   * Of party B only its Hangup says for certain that it is over. Without one: who stands alone in a bridge for two is put out of it;
   * who rings is cleared with the channel that dialled it; where events were lost, nothing else is to come. In any other case it
   * may have gone on by itself (Redirect, a transfer), and is doubted.
   */
  #settleParty(other: Channel, channel: Channel | undefined, dstchannel: string | null, at: Micros): void {
    const mates = [...(this.#bridges.get(other.bridge ?? '') ?? [])];
    const isAlone = mates.every((mate) => mate === other || mate === channel || mate.over !== null);
    const isBusy = other.pairs.some((pair) => isOpen(pair) && isLiving(otherOf(pair, other), channel));
    const isDone = other.over !== null || other.isRecorded || other.seen > at;
    if (isDone || other.transferrer !== null || !isAlone || isBusy) return;
    const rings = other.upAt === null && other.isDialed && channel?.hasSentOn === false;
    const isNamed = other.name === dstchannel;
    // Who stood there before the line was away may stand there still.
    const isPutOut = other.isPaired && mates.every((mate) => mate === channel || mate.over !== 'unknown');
    if (rings || (isNamed && (mates.length > 0 ? isPutOut : other.losses < this.#registry.losses)))
      other.settledAt ??= at;
    else if (isNamed) other.doubtedAt ??= at;
  }

  /** Ends what was settled or is silent. To be called every second or so. */
  sweep(now: Micros): void {
    this.#registry.sweep(now, (channel, over) => {
      if (over === 'cdr') this.#doubt(channel);
      this.#end(channel, over, now);
    });
  }

  /** Its Hangup never came: of who was left alone with it in a bridge, nobody knows whether that one lives. */
  #doubt(channel: Channel): void {
    for (const pair of channel.pairs) {
      const other = otherOf(pair, channel);
      const mates = [...(this.#bridges.get(other.bridge ?? '') ?? [])];
      const isLeft = mates.length > 0 && mates.every((mate) => mate === other || mate === channel);
      if (isLeft && other.over === null && other.seen <= channel.settledAt!) this.#end(other, 'unknown', other.seen);
    }
  }

  #ring(channel: Channel, at: Micros): void {
    channel.ringAt ??= at;
    for (const pair of channel.pairs.filter(isOpen)) if (pair.b === channel && !isAnswered(pair)) pair.ringAt ??= at;
  }

  #dial(event: ChannelEvent): void {
    const { name, at, get } = event;
    const a = this.#registry.see(event, '');
    const b = this.#registry.see(event, 'dest');
    if (!b) return;
    b.isDialed = true;
    const status = get('dialstatus');
    if (status === 'RINGING') b.ringAt ??= at;
    // An originated channel is dialled by nobody.
    if (!a) return;
    const known = pairOf(a, b);
    const isMade = known === undefined && (name === 'dialbegin' || status === 'ANSWER');
    const kind = b.name.slice(0, b.name.indexOf('/'));
    const data = get('dialstring');
    const pair = isMade ? newPair(a, b, at, get('exten'), data.startsWith('Local/') ? data : `${kind}/${data}`) : known;
    if (!pair) return;
    if (status === 'RINGING') this.#ring(b, at);
    if (name !== 'dialend') return;
    if (status === 'ANSWER') pair.answerAt ??= at;
    else endPair(pair, at);
  }

  #enter(channel: Channel, event: ChannelEvent): void {
    const { name, at } = event;
    const [bridge, kind, isFound] = [event.get('bridgeuniqueid'), bridgeKindOf(event), name === foundEvent];
    if (channel.bridge !== null && channel.bridge !== bridge) this.#leave(channel, at);
    const others = this.#bridges.get(bridge) ?? new Set();
    this.#bridges.set(bridge, others.add(channel));
    channel.bridge = bridge;
    channel.isPaired = kind === 'two';
    // Nobody rings in a bridge.
    channel.upAt ??= at;
    // Who is parked hears music, and nobody of those who are parked beside him.
    if (kind === 'waiting') return;
    // In a room that is always open stand those, too, who may have left while the line was away.
    const here = others.size > bridgeMax ? [...others].filter(({ over }) => over === null) : [...others];
    if (here.length > bridgeMax) return;
    for (const other of here) {
      if (other === channel) continue;
      const known = pairOf(channel, other) ?? pairOf(other, channel);
      const [a, b] = inOrder(channel, other);
      const pair = known ?? newPair(a, b, isFound ? a.born : at, a.exten, '');
      // They met before, were apart (an announcement, a consultation) and meet again.
      if (!isOpen(pair)) Object.assign(pair, { overAt: null, ender: null });
      if (!isAnswered(pair)) pair[isFound ? 'foundAt' : 'answerAt'] = at;
      // Asterisk gives both the linkedid of the older one and tells it with their next events (main/channel.c).
      if (other.over !== null || channel.linkedid === other.linkedid) continue;
      const oldest = elder(channel, other).linkedid;
      for (const one of [channel, other]) this.#registry.join(one, oldest);
    }
  }

  #leave(channel: Channel, at: Micros): void {
    const others = this.#bridges.get(channel.bridge ?? '');
    others?.delete(channel);
    if (others?.size === 0) this.#bridges.delete(channel.bridge!);
    channel.bridge = null;
    if (!channel.isRecorded && channel.settledAt !== null && channel.over === null) {
      channel.doubtedAt = channel.settledAt;
      channel.settledAt = null;
    }
    for (const pair of channel.pairs.filter(isOpen)) if (isAnswered(pair)) endPair(pair, at);
  }

  #hold(channel: Channel, at: Micros): void {
    channel.heldAt ??= at;
    for (const pair of channel.pairs.filter(isOpen)) if (isAnswered(pair)) startHold(pair, channel.uniqueid, at);
  }

  /** Asterisk tells it of channels that held nobody, too. */
  #unhold(channel: Channel, at: Micros): void {
    channel.heldAt = null;
    for (const pair of channel.pairs.filter(isOpen)) endHold(pair, at, channel.uniqueid);
  }

  /** `channel` takes the call that rings at the target: that one rings no more. */
  #pickup(channel: Channel, targetId: string, at: Micros): void {
    const target = this.#registry.get(targetId);
    channel.picked = target?.number || null;
    for (const pair of target?.pairs.filter(isOpen) ?? []) endPair(pair, at);
    for (const pair of channel.pairs.filter(isOpen)) pair.picked = channel.picked;
  }

  /** What the transferred channel does next, and the pair it is in by now, are due to the transferrer. */
  #transfer({ name, at, get }: ChannelEvent): void {
    if (get('result') !== 'Success') return;
    const by = get(name === 'blindtransfer' ? 'transferercalleridnum' : 'origtransferercalleridnum') || null;
    const [transferee, target] = [get('transfereeuniqueid'), get('transfertargetuniqueid')].map((id) =>
      this.#registry.get(id),
    );
    if (transferee) transferee.transferrer = by;
    for (const id of ['transfereruniqueid', 'origtransfereruniqueid', 'secondtransfereruniqueid']) {
      const transferrer = this.#registry.get(get(id));
      if (transferrer) transferrer.hasSentOn = true;
    }
    for (const one of [transferee, target]) if (one) this.#recall(one, at);
    const pair = transferee && target && (pairOf(transferee, target) ?? pairOf(target, transferee));
    if (pair) pair.transferrer = by;
  }

  /** Who was transferred lives, though he stands where he stood before the line was away. */
  #recall(channel: Channel, at: Micros): void {
    if (channel.over !== 'unknown' || channel.bridge === null) return;
    const here = [...this.#bridges.get(channel.bridge)!].filter((one) => one === channel || one.over === null);
    const oldest = here.reduce(elder).linkedid;
    this.#registry.recall(channel, at);
    for (const one of here) if (one.over === null) this.#registry.join(one, oldest);
  }

  #request(channel: Channel, cleared: Cleared): void {
    channel.request ??= cleared;
    for (const pair of channel.pairs.filter(isOpen)) if (isAnswered(pair)) pair.ender ??= enderOf(pair);
  }

  #hangup(channel: Channel, cleared: Cleared): void {
    channel.hangup = cleared;
    for (const pair of channel.pairs.filter(isOpen)) {
      // Of party B nothing was heard since events were lost: it may have stopped ringing long before.
      const isHeard = pair.b === channel || pair.b.losses === this.#registry.losses;
      if (!isAnswered(pair) && !isHeard) pair.ringAt = null;
      endPair(pair, cleared.at);
    }
    if (channel.over !== 'cdr') this.#end(channel, 'hangup', cleared.at);
  }

  #end(channel: Channel, over: Over, at: Micros): void {
    if (over !== 'unknown') this.#leave(channel, at);
    this.#registry.end(channel, over, at);
  }
}

/** Somebody is at it still, as far as is known; `ended` is not. */
function isLiving(channel: Channel, ended: Channel | undefined): boolean {
  return channel !== ended && channel.over === null && channel.settledAt === null;
}

function clearedOf({ at, get }: ChannelEvent): Cleared {
  const cause = Number(get('cause') || 0);
  return {
    at,
    cause: Number.isInteger(cause) && cause > 0 && cause < 128 ? cause : null,
    sip: get('techcause') || null,
  };
}
