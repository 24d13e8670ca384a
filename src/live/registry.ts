// Which channels there are, by uniqueid and by call, and when each is over. What events do to them lies in channels.ts. Pure.
import type { Micros } from '../cdr/cdr.ts';
import { birthOf } from '../cdr/time.ts';
import type { Channel, Over } from './channel.ts';
import { foundEvent, type ChannelEvent } from './event.ts';

/** Live channels of one Asterisk; a big one has some thousand. Further ones are not followed, and counted. */
export const channelsMax = 10_000;
/** Ended ones that are kept for their records: a saturated Asterisk tells a record tens of seconds after the call. */
const endedMax = 20_000;
const keepMicros = 120e6;
/** A channel of which nothing was heard for so long is given up. */
const silentMicros = 24 * 3600e6;
/** From a record to the end of its channel, when no Hangup came: it comes within milliseconds. */
const settleMicros = 2e6;
/** How long a channel may say nothing when its party has ended; one that was sent on by Redirect stands in a menu so. */
const doubtMicros = 120e6;

/** Events that show a live channel; the others are of one that goes. */
const revives = new Set([
  'newchannel',
  'newstate',
  'dialbegin',
  'dialstate',
  'bridgeenter',
  'hold',
  'unhold',
  foundEvent,
]);
/** What an event says of a channel: headers without a prefix, and with that of the channel that is dialled. */
const headersOf = { '': saidWith(''), dest: saidWith('dest') };

function saidWith(prefix: '' | 'dest') {
  const said = { name: 'channel', number: 'calleridnum', context: 'context', accountcode: 'accountcode' } as const;
  const fields = Object.keys(said) as (keyof typeof said)[];
  return {
    said: fields.map((field) => ({ field, header: prefix + said[field] })),
    ...{ uniqueid: `${prefix}uniqueid`, linkedid: `${prefix}linkedid`, exten: `${prefix}exten` },
  };
}

export class Registry {
  /** Calls (linkedids) that have changed since somebody took them. */
  readonly dirty = new Set<string>();
  /** Channels that were not followed because there were too many. */
  over = 0;
  /** Events that were dropped before they came here; whoever drops them counts here. */
  losses = 0;
  /** By uniqueid; ended ones for a while, too. */
  readonly #channels = new Map<string, Channel>();
  readonly #ended = new Set<Channel>();
  /** Those of which nobody knows whether they live: kept to be heard of again, while there is room. */
  readonly #unknown = new Set<Channel>();
  readonly #calls = new Map<string, Set<Channel>>();
  /** Which channel each of these calls began with; it may have ended. */
  readonly #origins = new Map<string, Channel>();
  readonly #forgotten: (channel: Channel) => void;

  /** `forgotten` is told of each channel that is let go of: nothing may keep it any longer. */
  constructor(forgotten: (channel: Channel) => void) {
    this.#forgotten = forgotten;
  }

  /** The channel of a uniqueid, also for some time after its end. */
  get(uniqueid: string): Channel | undefined {
    return this.#channels.get(uniqueid);
  }

  /** Live channels of a call, the oldest first; empty when it is over. */
  call(linkedid: string): Channel[] {
    return [...(this.#calls.get(linkedid) ?? [])].sort((one, other) => one.born - other.born);
  }

  /** The channel with which a live call began, as far as it was heard of; it may have ended since. */
  origin(linkedid: string): Channel | undefined {
    return this.#origins.get(linkedid);
  }

  /** The linkedids of all live calls. */
  get calls(): Iterable<string> {
    return this.#calls.keys();
  }

  /** Channels that have not ended, as far as anybody knows. */
  get live(): number {
    return this.#channels.size - this.#ended.size - this.#unknown.size;
  }

  /** The channel that an event speaks of, with what it says of it. undefined: it names none, or there are too many. */
  see({ name, at, get }: ChannelEvent, prefix: '' | 'dest'): Channel | undefined {
    const headers = headersOf[prefix];
    const uniqueid = get(headers.uniqueid);
    const known = this.#channels.get(uniqueid);
    if (!known && (uniqueid === '' || !revives.has(name))) return undefined;
    const channel = known ?? this.#add(uniqueid, name !== 'newchannel', at);
    if (!channel) return undefined;
    if (revives.has(name)) this.#revive(channel);
    channel.seen = at;
    channel.losses = this.losses;
    for (const { field, header } of headers.said) {
      const value = get(header);
      if (value !== '') channel[field] = value;
    }
    if (channel.exten === '') channel.exten = get(headers.exten);
    if (channel.over === null) this.join(channel, get(headers.linkedid) || channel.linkedid || uniqueid);
    return channel;
  }

  /** From now on it is a channel of this call. */
  join(channel: Channel, linkedid: string): void {
    this.dirty.add(linkedid);
    const known = this.#calls.get(linkedid);
    if (channel.linkedid === linkedid && known?.has(channel)) return;
    this.#part(channel);
    channel.linkedid = linkedid;
    if (known) known.add(channel);
    else this.#calls.set(linkedid, new Set([channel]));
    // A call has the name of its first channel, which may be heard of later than others.
    if (!known || channel.uniqueid === linkedid) this.#origins.set(linkedid, this.#channels.get(linkedid) ?? channel);
  }

  /** Somebody else's event tells that it lives; to which call it belongs, `join` says. */
  recall(channel: Channel, at: Micros): void {
    this.#revive(channel);
    channel.seen = at;
  }

  end(channel: Channel, over: Over, at: Micros): void {
    this.#part(channel);
    channel.over = over;
    channel.seen = at;
    this.#unknown.delete(channel);
    (over === 'unknown' ? this.#unknown : this.#ended).add(channel);
  }

  /** The line was away: of what lives nobody knows whether it still does. What is heard of again lives. */
  forget(): void {
    for (const channel of this.#channels.values())
      if (channel.over === null) this.end(channel, 'unknown', channel.seen);
  }

  /** Ends what was settled or is silent, lets go of what ended long ago. To be called every second or so. */
  sweep(now: Micros, end: (channel: Channel, over: Over) => void): void {
    for (const channel of this.#channels.values()) {
      const isSilent = now - channel.seen > silentMicros;
      if (channel.over === 'hangup' || channel.over === 'cdr') continue;
      if (channel.settledAt !== null && now - channel.settledAt > settleMicros) end(channel, 'cdr');
      else if (channel.doubtedAt !== null && now - channel.doubtedAt > doubtMicros && channel.over === null)
        end(channel, 'unknown');
      else if (isSilent && channel.over === null) end(channel, 'unknown');
      else if (isSilent) this.#drop(channel);
    }
    for (const channel of this.#ended) {
      if (now - channel.seen <= keepMicros && this.#ended.size <= endedMax) break;
      this.#drop(channel);
    }
  }

  /** What is heard of lives, whatever a record of somebody else made us believe. */
  #revive(channel: Channel): void {
    if (channel.over === 'hangup' || channel.isRecorded) return;
    channel.settledAt = null;
    channel.doubtedAt = null;
    channel.over = null;
    this.#unknown.delete(channel);
    this.#ended.delete(channel);
  }

  #drop(channel: Channel): void {
    this.#ended.delete(channel);
    this.#unknown.delete(channel);
    this.#channels.delete(channel.uniqueid);
    this.#forgotten(channel);
  }

  #add(uniqueid: string, isMet: boolean, at: Micros): Channel | undefined {
    if (this.live >= channelsMax) {
      this.over += 1;
      return undefined;
    }
    const [oldest] = this.#unknown;
    if (oldest && this.live + this.#unknown.size >= channelsMax) this.#drop(oldest);
    // The birth in its name is in whole seconds; of a channel that was met on its way it is all there is.
    const birth = birthOf(uniqueid);
    const born = birth !== null && at - birth > settleMicros ? birth : at;
    const channel: Channel = {
      ...{ uniqueid, name: '', linkedid: '', number: '', exten: '', context: '', accountcode: '' },
      ...{ born, isMet, seen: at, upAt: null, ringAt: null, bridge: null, heldAt: null, request: null, hangup: null },
      ...{ isDialed: false, isPaired: false, pairs: [], transferrer: null, picked: null, hasSentOn: false, losses: 0 },
      ...{ over: null, isRecorded: false, settledAt: null, doubtedAt: null },
    };
    this.#channels.set(uniqueid, channel);
    return channel;
  }

  #part(channel: Channel): void {
    const call = this.#calls.get(channel.linkedid);
    if (!call?.delete(channel)) return;
    this.dirty.add(channel.linkedid);
    if (call.size > 0) return;
    this.#calls.delete(channel.linkedid);
    this.#origins.delete(channel.linkedid);
  }
}
