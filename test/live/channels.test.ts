// What events of channels, captured on a real Asterisk 22, tell of records and of the calls that go on.
import { describe, expect, it } from 'vitest';
import { liveCall, type Judge } from '../../src/live/call.ts';
import type { Pair } from '../../src/live/channel.ts';
import { Channels } from '../../src/live/channels.ts';
import { endingFacts } from '../../src/live/facts.ts';
import { channelsMax } from '../../src/live/registry.ts';
import { captured, factsOfRecords, play, readEvent, type Captured } from './captured.ts';

/** The record of the call `talk`. */
const ended = { uniqueid: '1795357376.0', linkedid: '1795357376.0', dstchannel: 'PJSIP/102-00000001' };
const facts = (scenario: string) => {
  const events = captured(scenario);
  return factsOfRecords(events, play(events));
};
const told = (ring: string | null, side: string | null, cause: string | null, more: object = {}) => ({
  ...(ring !== null && { ami_ring_seconds: expect.stringMatching(new RegExp(`^${ring}\\.\\d{3}$`)) as string }),
  ...(side !== null && { ami_hangup_side: side }),
  ...(cause !== null && { ami_hangup_cause: cause }),
  ...more,
});

describe('a record is told', () => {
  it('how long it rang and that the caller hung up', () => {
    expect(facts('internal-caller-hangs-up')).toEqual([['101 102', told('2', 'caller', '16')]]);
  });

  it('that the one who was called hung up', () => {
    expect(facts('internal-callee-hangs-up')).toEqual([['101 102', told('3', 'callee', '16')]]);
  });

  it('busy, with the SIP status, and nothing of who ended the tail behind it', () => {
    expect(facts('internal-busy')).toEqual([
      ['101 102', told('0', 'callee', '17', { ami_sip_code: '486' })],
      ['101 ', { ami_hangup_cause: '17', ami_sip_code: '486' }],
    ]);
  });

  it('that nobody hung up when the time of Dial was over, and no cause where Asterisk has none', () => {
    expect(facts('internal-no-answer')).toEqual([
      ['101 102', told('8', null, null)],
      ['101 ', { ami_hangup_cause: '16' }],
    ]);
  });

  it('that the caller gave up while it rang', () => {
    const cancelled = told('4', 'caller', '19', { ami_sip_code: '487' });
    expect(facts('internal-caller-hangs-up-while-ringing')).toEqual([['101 102', cancelled]]);
  });

  it('the cause, and not that the caller hung up, when the dialplan turned him away', () => {
    expect(facts('internal-congestion')).toEqual([['101 ', { ami_hangup_cause: '34', ami_sip_code: '503' }]]);
  });

  it('who sent it on by a blind transfer: the leg behind it, not the one before', () => {
    expect(facts('blind-transfer-by-callee')).toEqual([
      ['101 102', told('2', null, '16')],
      ['101 103', told('2', 'callee', '16', { ami_transferrer: '102' })],
    ]);
  });

  it('who sent it on by an attended transfer, also where no Dial joined the two', () => {
    expect(facts('attended-transfer-caller-hangs-up-first')).toEqual([
      ['102 103', told('2', null, '16')],
      ['101 102', told('2', null, '16')],
      ['101 103', told(null, 'caller', '16', { ami_transferrer: '102' })],
    ]);
  });

  it('how long one was on hold', () => {
    const rows = new Map(facts('attended-transfer-by-keys-transferrer-hangs-up-first'));
    expect(rows.get('101 102')).toEqual(
      told('2', null, '16', { ami_hold_seconds: expect.stringMatching(/^3\.1\d\d$/) as string }),
    );
    expect(rows.get('101 103')).toMatchObject({ ami_transferrer: '102', ami_hangup_side: 'callee' });
  });

  it('whose ringing call was picked up; that phone rang until then', () => {
    expect(facts('pickup-of-one-phone').slice(1)).toEqual([
      ['trunk1 101', told('2', null, '26')],
      ['trunk1 103', told(null, 'callee', '16', { ami_pickup: '101' })],
    ]);
  });

  it('the end of the ringing by the pickup itself, when the Hangup of that phone was not heard', () => {
    const events = captured('pickup-of-one-phone');
    const some = events.filter(
      ({ name, headers }) => name !== 'hangup' || !headers['Channel']!.startsWith('PJSIP/101'),
    );
    expect(factsOfRecords(events, play(some))[1]).toEqual(['trunk1 101', told('2', null, null)]);
  });

  it('not how long a phone rang that was picked up while the line was away', () => {
    const events = captured('pickup-of-one-phone');
    const channels = play(events, 'dialstate');
    channels.lose();
    channels.all.forget();
    const last = events.findIndex(({ name }) => name === 'hanguprequest');
    for (const { event } of events.slice(last)) if (event) channels.apply(event);
    const rung = factsOfRecords(events, channels).filter(([, said]) => said['ami_ring_seconds'] !== undefined);
    expect(rung).toEqual([]);
  });

  it('of a group, for each phone how long it rang, and that the others were answered elsewhere', () => {
    expect(facts('ring-group-one-answers')).toEqual([
      ['104 101', told('3', null, '26')],
      ['104 102', told('3', 'caller', '16')],
      ['104 103', told('3', null, '26')],
    ]);
  });

  it('no side by a Local channel that is optimised away, which is nobody’s phone', () => {
    const rows = new Map(facts('forward-by-phone'));
    expect(rows.get('101 105@internal;1')).toEqual(told('2', null, '16'));
    expect(rows.get('101 105')).toEqual(told(null, 'caller', '16'));
    // 101 has hung up behind it; its own record says so.
    const group = new Map(facts('ring-group-local-channels'));
    expect(group.get('trunk1 101@from-queue;1')).toEqual(told('3', null, '16'));
    expect(group.get('101@from-queue;2 101')).toEqual(told('3', 'callee', '16'));
  });
});

const outside: Judge = () => ({
  ...{ properties: {}, company: null, target: null, extension: null, peerExtension: null, direction: null },
});
const seen = (channels: Channels) =>
  [...channels.all.calls].flatMap((linkedid) => {
    const call = liveCall('pbx1', linkedid, channels.all.call(linkedid), outside);
    const legs = call?.legs.map(({ from, to, state }) => `${from.number} ${state} ${to?.number ?? '-'}`);
    return call ? [{ state: call.state, legs }] : [];
  });

/** Behind the n-th event of this name. */
const indexOf = (events: readonly Captured[], name: string, nth: number) =>
  events.flatMap((event, at) => (event.name === name ? [at + 1] : []))[nth - 1]!;

describe('a live call', () => {
  const talk = captured('internal-caller-hangs-up');

  it('dials, rings, is talked in, and is over with the last channel', () => {
    expect(seen(play(talk, 'newchannel'))).toEqual([{ state: 'dialing', legs: ['101 dialing -'] }]);
    expect(seen(play(talk, 'dialstate'))).toEqual([{ state: 'ringing', legs: ['101 ringing 102'] }]);
    expect(seen(play(talk, 'bridgeenter', 2))).toEqual([{ state: 'talking', legs: ['101 talking 102'] }]);
    const end = play(talk);
    expect([seen(end), end.all.live]).toEqual([[], 0]);
  });

  it('is held from Hold to Unhold', () => {
    const events = captured('attended-transfer-by-keys-transferrer-hangs-up-first');
    expect(seen(play(events, 'hold'))).toEqual([{ state: 'held', legs: ['101 held 102'] }]);
  });

  it('rings at all phones of a group, and is talked in at one', () => {
    const events = captured('ring-group-one-answers');
    const ringing = ['104 ringing 610', '104 ringing 610', '104 ringing 610'];
    expect(seen(play(events, 'dialstate', 3))).toEqual([{ state: 'ringing', legs: ringing }]);
    expect(seen(play(events, 'bridgeenter', 2))).toEqual([{ state: 'talking', legs: ['104 talking 610'] }]);
  });

  it('is told through Local channels as between the two phones', () => {
    const events = captured('ring-group-local-channels');
    const channels = play(events, 'bridgeenter', 4);
    const [call] = [...channels.all.calls].map((id) => liveCall('pbx1', id, channels.all.call(id), outside)!);
    expect(call!.legs.map(({ from, to, state }) => [from.channel, state, to?.channel])).toEqual([
      ['PJSIP/trunk1-00000022', 'talking', 'PJSIP/101-00000024'],
    ]);
  });

  it('that the dialplan turned away was ended by nobody', () => {
    const channel = play(captured('internal-congestion')).all.get('1795357416.33')!;
    expect(endingFacts(channel, null)).toEqual({ ami_hangup_cause: '34', ami_sip_code: '503' });
  });

  it('of an attended transfer becomes one with the consultation', () => {
    const events = captured('attended-transfer-caller-hangs-up-first');
    const before = play(events, 'bridgeenter', 4);
    expect(seen(before).map(({ legs }) => legs)).toEqual([['101 talking 102'], ['102 talking 103']]);
    const after = play(events, 'hangup', 2);
    expect(seen(after)).toEqual([{ state: 'talking', legs: ['101 talking 103'] }]);
    expect(after.all.call('1795357530.143').map(({ name }) => name.slice(0, 9))).toEqual(['PJSIP/101', 'PJSIP/103']);
  });

  it('that was transferred to somebody outside names him, not who has left', () => {
    const channels = play(captured('attended-transfer-to-outside'), 'hangup', 2);
    expect(seen(channels)).toEqual([{ state: 'talking', legs: ['103 talking 92125550123'] }]);
  });

  it('of three in a conference names who they are, not what they dialled', () => {
    const channels = play(captured('conference-of-three'), 'bridgeenter', 3);
    const legs = ['101 talking 102', '101 talking 2125550150', '102 talking 2125550150'];
    expect(seen(channels)).toEqual([{ state: 'talking', legs }]);
  });

  it('of a consultation by keys is between the two phones, and rings until the second one answers', () => {
    const events = captured('attended-transfer-by-keys-transferrer-hangs-up-first');
    const at = (name: string, nth: number) => seen(play(events, name, nth)).map(({ legs }) => legs);
    expect(at('dialstate', 2)).toEqual([['101 system -', '102 ringing 103']]);
    expect(at('bridgeenter', 6)).toEqual([['101 system -', '102 talking 103']]);
    expect(at('hangup', 3)).toEqual([['101 talking 103']]);
  });

  it.each([
    ['attended-transfer-caller-hangs-up-first', 4, 2, '101 talking 103'],
    ['attended-transfer-to-outside', 4, 2, '103 talking 92125550123'],
    ['attended-transfer-by-keys-transferrer-hangs-up-first', 4, 3, '101 talking 103'],
  ])('of %s is known after a break of the line in the consultation', (scenario, nth, hangups, leg) => {
    const events = captured(scenario);
    const cut = indexOf(events, 'bridgeenter', nth);
    const channels = play(events.slice(0, cut));
    channels.all.forget();
    // Up to there who transferred has gone, and the Local channels with him.
    for (const { event } of events.slice(cut, indexOf(events, 'hangup', hangups))) if (event) channels.apply(event);
    expect(seen(channels).map(({ legs }) => legs)).toEqual([[leg]]);
  });

  it('ends by its record when its Hangup was not heard, and party B, of whom nobody knows, with it', () => {
    const channels = play(talk, 'bridgeenter', 2);
    const now = channels.all.get('1795357376.0')!.seen;
    channels.settle(ended, now);
    channels.sweep(now + 3e6);
    expect([seen(channels), channels.all.live]).toEqual([[], 0]);
    expect(channels.all.get('1795357376.0')!.over).toBe('cdr');
    const lossy = play(talk, 'bridgeenter', 2);
    lossy.lose();
    lossy.settle(ended, now);
    lossy.sweep(now + 3e6);
    expect(seen(lossy)).toEqual([]);
    // A record that comes before the last events of its channels ends nothing too early: party B is heard after it.
    const early = play(talk, 'bridgeenter', 2);
    const [{ b }] = early.all.get('1795357376.0')!.pairs as [Pair];
    early.settle(ended, b.seen - 1);
    early.sweep(now + 3e6);
    expect(seen(early)).toHaveLength(1);
  });

  it('is not known after the line was away, until it is heard of again; its record is told all the same', () => {
    const channels = play(talk, 'bridgeenter', 2);
    channels.all.forget();
    expect(seen(channels)).toEqual([]);
    for (const { event, name } of talk)
      if (event && (name === 'hanguprequest' || name === 'hangup')) channels.apply(event);
    expect(factsOfRecords(talk, channels)).toEqual([['101 102', told('2', 'caller', '16')]]);
    const other = play(talk, 'bridgeenter', 1);
    other.all.forget();
    for (const { event, name } of talk) if (event && name === 'bridgeenter') other.apply(event);
    expect(seen(other)).toEqual([{ state: 'talking', legs: ['101 talking 102'] }]);
  });

  it('does not ring any more at who is heard of again in a bridge', () => {
    const channels = play(talk, 'dialstate');
    channels.all.forget();
    const callee = talk.find(
      ({ name, headers }) => name === 'bridgeenter' && headers['Channel']!.startsWith('PJSIP/102'),
    )!;
    channels.apply(callee.event!);
    expect(seen(channels)).toEqual([{ state: 'system', legs: ['102 system -'] }]);
  });

  it('that is met on its way stands as the first event of it says', () => {
    const channels = new Channels();
    const of = 'Channel: PJSIP/102-00000001\r\nUniqueid: 1.1\r\nCallerIDNum: 102\r\nChannelStateDesc: Up';
    channels.apply(readEvent(`Event: Hold\r\n${of}`).event!);
    expect(seen(channels)).toEqual([{ state: 'held', legs: ['102 held -'] }]);
    channels.apply(readEvent(`Event: Unhold\r\n${of}`).event!);
    expect(seen(channels)).toEqual([{ state: 'system', legs: ['102 system -'] }]);
  });

  it('of which nothing was heard for a day is given up', () => {
    const channels = play(talk, 'bridgeenter', 2);
    channels.sweep(channels.all.get('1795357376.0')!.seen + 25 * 3600e6);
    expect(seen(channels)).toEqual([]);
  });

  it('is forgotten two minutes after its end', () => {
    const channels = play(talk);
    const end = channels.all.get('1795357376.0')!.seen;
    channels.sweep(end + 119e6);
    expect(channels.all.get('1795357376.0')?.name).toBe('PJSIP/101-00000000');
    channels.sweep(end + 121e6);
    expect(channels.all.get('1795357376.0')).toBeUndefined();
  });
});

describe('the model', () => {
  it('follows so many channels and counts the others', () => {
    const channels = new Channels();
    for (let at = 0; at < channelsMax + 3; at += 1) {
      channels.apply(
        readEvent(`Event: Newchannel\r\nChannel: SIP/a-${at}\r\nUniqueid: 1.${at}\r\nLinkedid: 1.${at}`).event!,
      );
    }
    expect([channels.all.live, channels.all.over]).toEqual([channelsMax, 3]);
  });

  it('has room for the calls after an outage, whatever went on before it', () => {
    const channels = new Channels();
    const begin = (call: string, at: number) =>
      channels.apply(readEvent(`Event: Newchannel\r\nChannel: SIP/a-${at}\r\nUniqueid: ${call}.${at}`).event!);
    for (let at = 0; at < channelsMax; at += 1) begin('1', at);
    channels.all.forget();
    expect(channels.all.live).toBe(0);
    for (let at = 0; at < 3; at += 1) begin('2', at);
    expect([channels.all.live, channels.all.over]).toEqual([3, 0]);
    // Those that were heard of last are still known, and come back when they are heard of again.
    expect([channels.all.get('1.2'), channels.all.get('1.3')?.over]).toEqual([undefined, 'unknown']);
    channels.apply(readEvent('Event: Newstate\r\nChannel: SIP/a-3\r\nUniqueid: 1.3').event!);
    expect([channels.all.live, channels.all.get('1.3')?.over]).toEqual([4, null]);
  });

  it.each([1, 4])('takes %i who may have left a room while the line was away for nobody new ones met', (gone) => {
    const channels = new Channels();
    let at = 0;
    const enter = (id: string) => {
      const headers = `BridgeUniqueid: room\r\nChannel: SIP/${id}\r\nUniqueid: ${id}\r\nLinkedid: ${id}`;
      channels.apply({ ...readEvent(`Event: BridgeEnter\r\n${headers}`).event!, at: (at += 1) });
    };
    for (let one = 1; one <= gone; one += 1) enter(`1.${one}`);
    channels.all.forget();
    for (const id of ['2.1', '2.2']) enter(id);
    expect([...channels.all.calls]).toEqual(['2.1']);
    expect(channels.all.get('2.2')!.pairs.map(({ a, b }) => [a.uniqueid, b.uniqueid])).toContainEqual(['2.1', '2.2']);
    // Heard of again, they are there again.
    channels.apply(readEvent('Event: Hold\r\nChannel: SIP/1.1\r\nUniqueid: 1.1\r\nLinkedid: 1.1').event!);
    expect([...channels.all.calls].sort()).toEqual(['1.1', '2.1']);
  });

  it('keeps nobody in a room whom it let go of', () => {
    const channels = new Channels();
    const enter = (id: string, at: number) => {
      const headers = `BridgeUniqueid: room\r\nChannel: SIP/${id}\r\nUniqueid: ${id}\r\nLinkedid: ${id}`;
      channels.apply({ ...readEvent(`Event: BridgeEnter\r\n${headers}`).event!, at });
    };
    enter('1.1', 0);
    for (const hours of [25, 50]) channels.sweep(hours * 3600e6);
    enter('2.1', 50 * 3600e6);
    expect(channels.all.get('2.1')!.pairs).toEqual([]);
  });
});
