// An event of Asterisk's class `call` as bytes: main/manager_channels.c and manager_bridges.c, as far as a listener looks at it.
import type { Micros } from '../cdr/cdr.ts';
import { epochText } from './clock.ts';

/** A channel as the events show it. */
export interface Seat {
  channel: string;
  uniqueid: string;
  linkedid: string;
  number: string;
  name: string;
  exten: string;
  context: string;
  accountcode: string;
}

/** enum ast_channel_state, of include/asterisk/channelstate.h. */
const states = { Down: 0, Ring: 4, Ringing: 5, Up: 6 } as const;
export type State = keyof typeof states;

/** What happens to a channel. */
export interface Told {
  at: Micros;
  event: string;
  a: Seat;
  state: State;
  /** Further headers. */
  more: readonly (readonly [name: string, value: string])[];
}

/** Its bytes, with the `Timestamp` that `timestampevents = yes` gives. */
export function channelEvent({ at, event, a, state, more }: Told): string {
  const head = [['Event', event] as const, ['Privilege', 'call,all'] as const, ['Timestamp', epochText(at)] as const];
  // A transfer names its channels, each with a prefix of its own.
  const own = event.endsWith('Transfer') ? [] : headersOf('', a, state);
  return `${[...head, ...own, ...more].map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** The headers of a channel, each with a prefix. */
export function headersOf(prefix: string, seat: Seat, state: State = 'Up'): [string, string][] {
  const headers = {
    Channel: seat.channel,
    ChannelState: String(states[state]),
    ChannelStateDesc: state,
    CallerIDNum: seat.number || '<unknown>',
    CallerIDName: seat.name || '<unknown>',
    Language: 'en',
    AccountCode: seat.accountcode,
    Context: seat.context,
    Exten: seat.exten,
    Priority: '1',
    Uniqueid: seat.uniqueid,
    Linkedid: seat.linkedid,
  };
  return Object.entries(headers).map(([name, value]) => [prefix + name, value]);
}
