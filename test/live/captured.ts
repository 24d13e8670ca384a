// Events of channels as a real Asterisk 22 raised them (test/fixtures/channels), one after the other, with the Cdr events among them.
import { readFileSync } from 'node:fs';
import { Channels } from '../../src/live/channels.ts';
import { EventReader, type ChannelEvent } from '../../src/live/event.ts';
import { factsOf } from '../../src/live/facts.ts';

export interface Captured {
  /** Lower case. */
  name: string;
  /** null for a Cdr. */
  event: ChannelEvent | null;
  /** As they came. */
  headers: Record<string, string>;
  /** The bytes, without the blank line. */
  text: string;
}

export function captured(scenario: string): Captured[] {
  const text = readFileSync(new URL(`../fixtures/channels/${scenario}.txt`, import.meta.url), 'utf8');
  return text.split('\r\n\r\n').filter(Boolean).map(readEvent);
}

export function readEvent(text: string): Captured {
  const lines = text.split('\r\n').map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
  const headers = Object.fromEntries(lines);
  const name = headers['Event']!.toLowerCase();
  const reader = new EventReader(name);
  for (const [key, value] of lines) reader.header(key, value);
  return { name, event: name === 'cdr' ? null : reader.read(0), headers, text };
}

/** As it is heard at this moment: a board that looks at the real clock lets go of channels that were silent for a day. */
export function heardNow(event: ChannelEvent): ChannelEvent {
  return { ...event, at: Date.now() * 1000 };
}

/** Takes them up to and with the n-th of this name; all without one. */
export function play(events: readonly Captured[], name?: string, nth = 1, channels = new Channels()): Channels {
  let seen = 0;
  for (const { name: of, event } of events) {
    if (event) channels.apply(event);
    if (of === name && ++seen === nth) break;
  }
  return channels;
}

/** What each record of a scenario is told when all is over: the device of party B, and the facts. */
export function factsOfRecords(events: readonly Captured[], channels: Channels): [string, Record<string, string>][] {
  return events
    .filter(({ name }) => name === 'cdr')
    .map(({ headers }) => {
      const end = Number(headers['EndEpoch']!.replace('.', ''));
      const channel = channels.all.get(headers['UniqueID']!)!;
      const { facts } = factsOf(channel, headers['DestinationChannel'] || null, end);
      return [`${deviceOf(headers['Channel']!)} ${deviceOf(headers['DestinationChannel']!)}`, { ...facts }];
    });
}

function deviceOf(channel: string): string {
  return channel.replace(/^\w+\//, '').replace(/-[0-9a-f]{8}/, '');
}
