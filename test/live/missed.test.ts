// Events that are not heard: no call goes on for ever for it, and none ends before it is over.
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Channel } from '../../src/live/channel.ts';
import { Channels } from '../../src/live/channels.ts';
import { isLocal } from '../../src/live/channel.ts';
import { captured, readEvent, type Captured } from './captured.ts';

const scenarios = readdirSync(new URL('../fixtures/channels/', import.meta.url)).map((name) =>
  name.replace('.txt', ''),
);
const second = 1e6;
/** From the record to the end of a channel that nothing proves to live. */
const patience = 130 * second;

const settle = (channels: Channels, headers: Record<string, string>, at: number) =>
  channels.settle(
    {
      uniqueid: headers['UniqueID']!,
      linkedid: headers['LinkedID'] ?? null,
      dstchannel: headers['DestinationChannel']!,
    },
    at,
  );

/** What happens, one event after the other, with the records between them; `watch` is told before each. */
function live(events: readonly Captured[], watch: (channels: Channels, at: number) => void = () => undefined) {
  const channels = new Channels();
  let at = 0;
  for (const { event, headers } of events) {
    at = event?.at ?? Number(headers['Timestamp']!.replace('.', ''));
    watch(channels, at);
    if (event) channels.apply(event);
    else settle(channels, headers, at);
  }
  return { channels, at };
}

const ends = new Set(['bridgeleave', 'hanguprequest', 'hangup']);
const idOf = ({ headers }: Captured) => headers['Uniqueid'] ?? '';
const left = (channels: Channels) =>
  [...channels.all.calls].flatMap((call) => channels.all.call(call)).map(({ name }) => name);

describe('what is not heard', () => {
  it.each(scenarios)('ends no channel of %s before its own end', (scenario) => {
    const events = captured(scenario);
    const hangups = new Map(
      events.flatMap(({ event, name }) => (name === 'hangup' ? [[event!.get('uniqueid'), event!.at] as const] : [])),
    );
    const early: string[] = [];
    live(events, (channels, at) => {
      channels.sweep(at);
      const all = [...hangups.keys()].flatMap((id) => channels.all.get(id) ?? []);
      const isEarly = ({ uniqueid, over }: Channel) =>
        over !== null && over !== 'hangup' && at < hangups.get(uniqueid)!;
      early.push(...all.filter((channel) => !isLocal(channel) && isEarly(channel)).map(({ name }) => name));
    });
    expect(early).toEqual([]);
  });

  it.each(scenarios)('keeps no call of %s up when one channel went without a word', (scenario) => {
    const events = captured(scenario);
    for (const silent of new Set(events.filter(({ name }) => name === 'hangup').map(idOf))) {
      const heard = events.filter((one) => !(ends.has(one.name) && idOf(one) === silent));
      const { channels, at } = live(heard);
      for (const wait of [3 * second, patience]) channels.sweep(at + wait);
      expect([silent, left(channels)]).toEqual([silent, []]);
    }
  });

  it.each(scenarios)('keeps no call of %s up, whichever single event it is', (scenario) => {
    const events = captured(scenario);
    for (const missing of events.keys()) {
      if (!events[missing]!.event) continue;
      const { channels, at } = live(events.toSpliced(missing, 1));
      for (const wait of [3 * second, patience]) channels.sweep(at + wait);
      expect([missing, left(channels)]).toEqual([missing, []]);
    }
    expect(live(events.toReversed()).channels).toBeInstanceOf(Channels);
  });

  const talk = captured('internal-caller-hangs-up');
  const of =
    (device: string) =>
    ({ headers }: Captured) =>
      headers['Channel']?.startsWith(`PJSIP/${device}`) ?? false;
  const without = (names: readonly string[], device: string) =>
    talk.filter((one) => !(names.includes(one.name) && of(device)(one)));

  it('is told by the record within seconds where party B stands alone in a bridge for two', () => {
    const { channels, at } = live(without(['bridgeleave', 'hangup'], '102'));
    channels.sweep(at + 3 * second);
    expect([left(channels), channels.all.get('1795357376.1')?.over]).toEqual([[], 'cdr']);
  });

  it('is not guessed where party B may have gone on by itself: it is given up later, and back when it is heard of', () => {
    const { channels, at } = live(without(['hangup'], '102'));
    channels.sweep(at + 60 * second);
    expect(left(channels)).toEqual(['PJSIP/102-00000001']);
    channels.sweep(at + patience);
    expect([left(channels), channels.all.get('1795357376.1')?.over]).toEqual([[], 'unknown']);
    const again = 'Event: DialBegin\r\nChannel: PJSIP/102-00000001\r\nUniqueid: 1795357376.1\r\nLinkedid: 1795357376.0';
    channels.apply({
      ...readEvent(`${again}\r\nDestChannel: PJSIP/103-1\r\nDestUniqueid: 1.3`).event!,
      at: at + patience,
    });
    channels.sweep(at + 3 * patience);
    expect(left(channels)).toContain('PJSIP/102-00000001');
  });

  it('leaves who is parked, or waits in a room, alone', () => {
    for (const type of ['basic', 'parking']) {
      const { channels, at } = live(without(['hangup'], '102'));
      const enter = `Event: BridgeEnter\r\nChannel: PJSIP/102-00000001\r\nUniqueid: 1795357376.1\r\nBridgeUniqueid: lot`;
      channels.apply({ ...readEvent(`${enter}\r\nBridgeType: ${type}`).event!, at });
      settle(channels, talk.find(({ event }) => event === null)!.headers, at);
      channels.sweep(at + 3 * second);
      expect([type, left(channels)]).toEqual([type, type === 'basic' ? [] : ['PJSIP/102-00000001']]);
    }
  });

  it('is told of a phone that rings on after who had dialled it', () => {
    const { channels, at } = live(without(['dialend', 'hangup', 'hanguprequest', 'bridgeenter'], '102'));
    expect(channels.all.live).toBeGreaterThan(0);
    channels.sweep(at + patience);
    expect(left(channels)).toEqual([]);
  });

  it('is told by the names in a record where its own channel was never heard of', () => {
    const channels = new Channels();
    const hold = 'Event: Hold\r\nChannel: PJSIP/102-00000001\r\nUniqueid: 1795357376.1\r\nLinkedid: 1795357376.0';
    channels.apply({ ...readEvent(hold).event!, at: 0 });
    const named = { uniqueid: '1795357376.0', linkedid: '1795357376.0', dstchannel: 'PJSIP/102-00000001' };
    channels.settle({ ...named, dstchannel: 'PJSIP/103-00000002' }, second);
    channels.sweep(patience + 2 * second);
    expect(left(channels)).toEqual(['PJSIP/102-00000001']);
    channels.settle(named, second);
    channels.sweep(patience + 2 * second);
    expect(left(channels)).toEqual([]);
  });

  describe('is guarded by what was heard:', () => {
    /** 1.1 has dialled 1.2; both are up in a bridge with `connected`. */
    function dialled(state: 'ringing' | 'connected') {
      const channels = new Channels();
      const say = (name: string, headers: Record<string, string>, at = 0) => {
        const lines = Object.entries({ Event: name, ...headers }).map(([key, value]) => `${key}: ${value}`);
        channels.apply({ ...readEvent(lines.join('\r\n')).event!, at });
      };
      const is = (id: string) => ({ Channel: `SIP/${id}`, Uniqueid: id, Linkedid: '1.1' });
      const both = (a: string, b: string) => ({
        ...is(a),
        DestChannel: `SIP/${b}`,
        DestUniqueid: b,
        DestLinkedid: '1.1',
      });
      say('DialBegin', both('1.1', '1.2'));
      say('Newstate', { ...is('1.2'), ChannelStateDesc: 'Ringing' });
      const bridge = { BridgeUniqueid: 'two', BridgeType: 'basic' };
      if (state === 'connected') {
        say('DialEnd', { ...both('1.1', '1.2'), DialStatus: 'ANSWER' });
        for (const id of ['1.2', '1.1']) say('BridgeEnter', { ...is(id), ...bridge });
      }
      const record = (dstchannel: string) => channels.settle({ uniqueid: '1.1', linkedid: '1.1', dstchannel }, second);
      const after = (wait: number) => {
        channels.sweep(second + wait);
        return left(channels);
      };
      return { channels, say, is, both, bridge, record, after };
    }

    it('a phone that rang beside the one that answered is cleared with who dialled both', () => {
      const { say, is, record, after } = dialled('ringing');
      say('Hangup', is('1.1'));
      record('SIP/1.9');
      expect(after(3 * second)).toEqual([]);
    });

    it('a phone rings on that was dialled by who transferred while it rang', () => {
      const { say, is, record, after } = dialled('ringing');
      say('AttendedTransfer', { Result: 'Success', SecondTransfererUniqueid: '1.1', OrigTransfererUniqueid: '1.8' });
      say('Hangup', is('1.1'));
      record('SIP/1.9');
      expect(after(patience)).toEqual(['SIP/1.2']);
    });

    it('who left its bridge after the record may have gone on', () => {
      const { channels, say, is, bridge, record, after } = dialled('connected');
      say('BridgeLeave', { ...is('1.1'), ...bridge });
      record('SIP/1.2');
      say('BridgeLeave', { ...is('1.2'), ...bridge }, 2 * second);
      expect(after(4 * second)).toEqual(['SIP/1.2']);
      expect([after(patience), channels.all.get('1.2')?.over]).toEqual([[], 'unknown']);
    });

    it('who came to somebody of whom nobody knows since the line was away may talk to him', () => {
      const { channels, say, is, bridge, record, after } = dialled('connected');
      const other = { BridgeUniqueid: 'b2', BridgeType: 'basic' };
      say('Newchannel', is('1.3'));
      say('BridgeEnter', { ...is('1.3'), ...other });
      channels.all.forget();
      for (const id of ['1.1', '1.2']) say('BridgeLeave', { ...is(id), ...bridge });
      say('BridgeEnter', { ...is('1.2'), ...other });
      record('SIP/1.2');
      expect(after(4 * second)).toEqual(['SIP/1.2']);
      expect([after(patience), channels.all.get('1.2')?.over]).toEqual([[], 'unknown']);
    });

    it('who was transferred goes on', () => {
      const { say, is, bridge, record, after } = dialled('connected');
      const sent = { TransfererUniqueid: '1.1', TransfererCallerIDNum: '101', TransfereeUniqueid: '1.2' };
      say('BlindTransfer', { Result: 'Success', ...sent });
      for (const id of ['1.1', '1.2']) say('BridgeLeave', { ...is(id), ...bridge });
      say('Hangup', is('1.1'));
      record('SIP/1.2');
      expect(after(patience)).toEqual(['SIP/1.2']);
    });

    it('who has called somebody else meanwhile goes on', () => {
      const { say, is, both, bridge, record, after } = dialled('connected');
      for (const id of ['1.1', '1.2']) say('BridgeLeave', { ...is(id), ...bridge });
      say('DialBegin', both('1.2', '1.3'));
      say('Hangup', is('1.1'));
      record('SIP/1.2');
      expect(after(patience)).toEqual(['SIP/1.2', 'SIP/1.3']);
    });
  });
});
