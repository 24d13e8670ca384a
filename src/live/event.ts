// What an AMI event of a channel says, as far as live calls need it. Which events there are, and which of their headers are kept.
import type { Micros } from '../cdr/cdr.ts';

/**
 * Events of Asterisk's class `call`, lower case. All of these were seen with `Privilege: call,all` on Asterisk 22; what is not here
 * (VarSet, Newexten, DTMF, RTCP, music on hold …) is dropped unread.
 */
export const channelEvents = [
  ...['newchannel', 'newstate', 'dialbegin', 'dialstate', 'dialend', 'bridgeenter', 'bridgeleave'],
  ...['blindtransfer', 'attendedtransfer', 'pickup', 'hold', 'unhold', 'hanguprequest', 'hangup'],
] as const;

/** Who stands in a bridge when the line comes up: an answer of BridgeInfo, with the headers of its bridge. Since when, nobody knows. */
export const foundEvent = 'bridgeinfochannel';

/** Headers of one channel; others of the same event have them with a prefix. */
const ofChannel = ['channel', 'channelstatedesc', 'calleridnum', 'exten', 'context', 'accountcode'];
const ofNamed = ['channel', 'calleridnum', 'uniqueid', 'linkedid'];
const prefixes = ['transferer', 'transferee', 'origtransferer', 'secondtransferer', 'transfertarget', 'target'];

/** Lower case. */
const kept = new Set([
  ...[...ofChannel, 'uniqueid', 'linkedid'].flatMap((name) => [name, `dest${name}`]),
  ...prefixes.flatMap((prefix) => ofNamed.map((name) => prefix + name)),
  ...['dialstring', 'dialstatus', 'bridgeuniqueid', 'bridgetype', 'bridgetechnology', 'cause', 'techcause', 'result'],
  ...['timestamp', 'actionid'],
]);

/** Longest value kept; channel names and numbers of Asterisk are at most 80 characters (include/asterisk/channel.h). */
const valueMax = 256;

export interface ChannelEvent {
  /** Lower case. */
  name: string;
  /** When it happened: by the PBX's clock where manager.conf has `timestampevents = yes`, else when it was heard. */
  at: Micros;
  /** Value of a header by its lower-case name; '' when absent, empty or `<unknown>`. */
  get: (header: string) => string;
}

/** two: who is left alone in it is put out of it; waiting: nobody in it hears another (res_parking, BridgeWait). */
export type BridgeKind = 'two' | 'waiting' | 'room';

/** Of an event that names a bridge. */
export function bridgeKindOf({ get }: ChannelEvent): BridgeKind {
  if (get('bridgetype') === 'parking' || get('bridgetechnology') === 'holding_bridge') return 'waiting';
  return get('bridgetype') === 'basic' ? 'two' : 'room';
}

/** Takes the headers of one event as they come; keeps only what is needed. */
export class EventReader {
  readonly #name: string;
  readonly #values = new Map<string, string>();

  /** `name` in lower case. */
  constructor(name: string) {
    this.#name = name;
  }

  header(name: string, value: string): void {
    const key = name.toLowerCase();
    if (kept.has(key) && !this.#values.has(key)) this.#values.set(key, value.slice(0, valueMax));
  }

  /** `now` in Micros. */
  read(now: Micros): ChannelEvent {
    const get = (header: string) => {
      const value = this.#values.get(header) ?? '';
      return value === '<unknown>' ? '' : value;
    };
    const told = get('timestamp');
    return { name: this.#name, at: /^\d{1,10}\.\d{6}$/.test(told) ? Number(told.replace('.', '')) : now, get };
  }
}
