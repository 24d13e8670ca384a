// What a live call says of itself while people come and go: how it began stays, and who is parked talks to nobody.
import { describe, expect, it } from 'vitest';
import { rulesOf } from '../../src/configrules.ts';
import type { Within } from '../../src/cdr/wall.ts';
import {
  judgeBy,
  liveCall,
  liveFacts,
  seenLive,
  type Judge,
  type LiveCall,
  type LiveLeg,
} from '../../src/live/call.ts';
import { Channels } from '../../src/live/channels.ts';
import { noTables } from '../../src/rules/tables.ts';
import { captured, factsOfRecords, readEvent, type Captured } from './captured.ts';

const rulesWith = (extension_pattern: string) =>
  judgeBy(rulesOf({ systems: [{ name: 'pbx1', preset: 'plain', extension_pattern }] }).get('pbx1')!, noTables);
const plain = rulesWith('^10\\d$');

const callOf = (channels: Channels, linkedid: string, judge: Judge = plain) =>
  liveCall('pbx1', linkedid, channels.all.call(linkedid), judge, channels.all.origin(linkedid));

/** What the first call of a scenario ever said of itself, each once, in order. */
function words(events: readonly Captured[], linkedid: string, isTold = (state: string) => state !== 'dialing') {
  const channels = new Channels();
  const said: string[] = [];
  for (const { event } of events) {
    if (event) channels.apply(event);
    const call = callOf(channels, linkedid);
    if (!call || !isTold(call.state)) continue;
    const text = `${call.caller} > ${call.called} ${call.direction}`;
    if (said.at(-1) !== text) said.push(text);
  }
  return said;
}

/** Behind the last BridgeEnter, BridgeInfo tells of these devices in this order, a minute later; nothing was heard before. */
function found(events: readonly Captured[], devices: readonly string[], channels = new Channels()) {
  const last = events.findLastIndex(({ name }) => name === 'bridgeenter');
  for (const device of devices) {
    const { text } = events.findLast(
      ({ name, headers }) => name === 'bridgeenter' && headers['Channel']!.startsWith(`PJSIP/${device}-`),
    )!;
    const { event } = readEvent(text.replace('Event: BridgeEnter', 'Event: BridgeInfoChannel'));
    channels.apply({ ...event!, at: events[last]!.event!.at + 60e6 });
  }
  return channels;
}

describe('a live call that was found when the line came up', () => {
  const inbound = captured('inbound-answered');
  const linkedid = '1795357417.36';
  const born = 1795357417e6;

  it.each([[['trunk1', '101']], [['101', 'trunk1']]])('goes the way in which it began, told as %j', (devices) => {
    const call = callOf(found(inbound, devices), linkedid)!;
    expect(call.legs.map(({ from, to, state }) => [from.number, state, to?.number])).toEqual([
      ['2125550150', 'talking', '101'],
    ]);
    expect(call).toMatchObject({ caller: '2125550150', direction: 'inbound', state: 'talking', start: born });
  });

  it('has no answer and nothing dialled, which nobody heard; it is talked in all the same', () => {
    const channels = found(inbound, ['101', 'trunk1']);
    const call = callOf(channels, linkedid)!;
    expect([call.answer, call.called, call.legs[0]!.answer]).toEqual([null, null, null]);
    expect(liveFacts(call, 0)).toMatchObject({ answeredBy: '101', called: null });
    // To whom sees but that leg it did not begin when it was found.
    const inside = { ...call, legs: call.legs.map((leg) => ({ ...leg, derived: { ...leg.derived, target: 'acme' } })) };
    expect(seenLive(inside, ['acme'])).toMatchObject({ start: born, answer: null, caller: '2125550150', called: null });
  });

  it('is no record of an unanswered call to the rules', () => {
    const judged: string[] = [];
    callOf(found(inbound, ['trunk1', '101']), linkedid, (cdr) => {
      judged.push(cdr.disposition);
      return plain(cdr);
    });
    expect(new Set(judged)).toEqual(new Set(['ANSWERED']));
  });

  it('whose beginner has left tells nothing of its beginning', () => {
    const transferred = captured('attended-transfer-caller-hangs-up-first');
    const [first] = transferred.filter(({ name }) => name === 'newchannel');
    const channels = found(transferred, ['101', '103']);
    const known = callOf(channels, first!.headers['Linkedid']!)!;
    expect(known).toMatchObject({ caller: '101', direction: 'internal', called: null });
    const left = new Channels();
    const blind = captured('blind-transfer-by-callee');
    const away = blind.map(({ text }) => readEvent(text.replaceAll(/^Linkedid: .*$/gm, 'Linkedid: 1795357000.1')));
    expect(callOf(found(away, ['103', '101'], left), '1795357000.1')).toMatchObject({
      ...{ caller: null, called: null, direction: null },
      legs: [{ from: { number: '101' }, to: { number: '103' } }],
    });
  });

  it('keeps what was heard of it before the line broke', () => {
    const last = inbound.findLastIndex(({ name }) => name === 'bridgeenter');
    const channels = new Channels();
    for (const { event } of inbound.slice(0, last + 1)) if (event) channels.apply(event);
    const before = callOf(channels, linkedid)!;
    channels.all.forget();
    const after = callOf(found(inbound, ['101', 'trunk1'], channels), linkedid)!;
    expect([after.answer, after.called, after.since]).toEqual([before.answer, '+442079460001', before.since]);
  });

  it('that rang when the line broke rang nobody knows how long, and so does its record say', () => {
    const ringing = inbound.findIndex(({ headers }) => headers['DialStatus'] === 'RINGING');
    const channels = new Channels();
    for (const { event } of inbound.slice(0, ringing + 1)) if (event) channels.apply(event);
    channels.all.forget();
    expect(callOf(found(inbound, ['101', 'trunk1'], channels), linkedid)).toMatchObject({
      ...{ state: 'talking', answer: null, called: '+442079460001' },
      ring: expect.any(Number) as number,
    });
    for (const { event, name } of inbound)
      if (event && (name === 'hanguprequest' || name === 'hangup')) channels.apply(event);
    const [[, facts]] = factsOfRecords(inbound, channels) as [[string, Record<string, string>]];
    expect(facts).toHaveProperty('ami_hangup_side');
    expect(facts).not.toHaveProperty('ami_ring_seconds');
  });

  it('has an answer where two are heard to meet since', () => {
    const channels = found(inbound, ['trunk1']);
    const callee = inbound.find(({ name, headers }) => name === 'bridgeenter' && headers['Channel']!.includes('101'))!;
    channels.apply(callee.event!);
    expect(callOf(channels, linkedid)).toMatchObject({ answer: callee.event!.at, called: null });
  });

  it('has none where somebody joins two who talked already', () => {
    const conference = captured('conference-of-three');
    const third = conference.filter(({ name }) => name === 'bridgeenter')[2]!;
    const channels = found(conference, ['101', '102']);
    channels.apply(third.event!);
    const call = callOf(channels, conference[0]!.headers['Linkedid']!)!;
    expect(call.legs.map(({ answer }) => answer)).toEqual(expect.arrayContaining([null, third.event!.at]));
    expect(call).toMatchObject({ answer: null, caller: '101' });
  });
});

describe('a live call', () => {
  it.each([
    ['park-retrieved', '2125550150 > +442079460101 inbound'],
    ['blind-transfer-by-callee', '101 > 102 internal'],
    ['attended-transfer-to-outside', '103 > 101 internal'],
    ['attended-transfer-caller-hangs-up-first', '101 > 102 internal'],
    ['queue-local-members', '104 > 601 internal'],
    ['conference-of-three', '101 > 800 internal'],
    ['pickup-of-one-phone', '2125550150 > +442079460101 inbound'],
  ])('of %s tells to its end who called what, and which way', (scenario, text) => {
    const events = captured(scenario);
    const linkedid = events.find(({ name }) => name === 'newchannel')!.headers['Linkedid']!;
    expect(words(events, linkedid)).toEqual([text]);
  });

  const companies: Record<string, string> = { '101': 'acme', '102': 'beta', '103': 'beta' };
  /** Each phone's company, by its channel. */
  const byPhone: Judge = (cdr) => {
    const of = (channel: string | null) => companies[/^PJSIP\/(\d+)/.exec(channel ?? '')?.[1] ?? ''] ?? null;
    return { ...plain(cdr), company: of(cdr.channel), target: of(cdr.dstchannel) };
  };
  /** What the first call of a scenario was after each event, to who sees it. */
  function moments(scenario: string, within: Within = null): LiveCall[] {
    const events = captured(scenario);
    const linkedid = events.find(({ name }) => name === 'newchannel')!.headers['Linkedid']!;
    const channels = new Channels();
    return events.flatMap(({ event }) => {
      if (event) channels.apply(event);
      const call = callOf(channels, linkedid, byPhone);
      return (call && seenLive(call, within)) ?? [];
    });
  }
  const unique = <Value>(all: readonly Value[]) => [...new Set(all)];

  it.each(['park-retrieved', 'pickup-of-one-phone', 'inbound-answered'])(
    'of %s is of no calling company, whoever of ours is left in it for a while',
    (scenario) => {
      expect(unique(moments(scenario).map(({ company }) => company))).toEqual([null]);
    },
  );

  it('that was picked up tells its company who called what, and nothing of the pickup when the talk is over', () => {
    const told = moments('pickup-of-one-phone', ['beta']);
    expect(unique(told.map(({ caller, called, direction }) => `${caller} > ${called} ${direction}`))).toEqual([
      '2125550150 > +442079460101 inbound',
    ]);
    expect(told[0]).toMatchObject({ state: 'talking', company: null, target: 'beta' });
  });

  it.each(['attended-transfer-by-keys-transferrer-hangs-up-first', 'forward-by-phone'])(
    'rings since the phone rang that it reached, also when the Local channel between them has left: %s',
    (scenario) => {
      const told = moments(scenario);
      const isThrough = ({ from, to, state }: LiveLeg) =>
        state === 'talking' && from.number === '101' && to?.channel.startsWith('PJSIP/10') === true;
      const before = told.findLast(({ legs }) => legs.some(({ from }) => from.channel.startsWith('Local/')));
      const after = told.findLast(({ legs }) => legs.length === 1 && legs.every(isThrough))!;
      expect(after.legs[0]!.channels.data).toBe('');
      expect(after.ring).toEqual(expect.any(Number));
      expect(after.ring).toBe((before ?? after).ring);
    },
  );

  it('that only the PBX has answered so far is inbound, and transit where it is put through to a line', () => {
    const [trunk, ...rest] = captured('inbound-answered');
    const dial = rest.find(({ name }) => name === 'dialbegin')!;
    const channels = new Channels();
    channels.apply(trunk!.event!);
    const { linkedid } = channels.all.get(trunk!.headers['Uniqueid']!)!;
    expect(callOf(channels, linkedid)).toMatchObject({ direction: 'inbound' });
    channels.apply(
      readEvent(dial.text.replaceAll('PJSIP/101-', 'PJSIP/telco-').replaceAll(': 101', ': 07700900112')).event!,
    );
    expect(callOf(channels, linkedid)).toMatchObject({ direction: 'transit' });
  });

  it('to a line outside is outbound from its first moment, and one that the PBX answers is internal', () => {
    const outside = captured('attended-transfer-to-outside');
    const consultation = outside.find(({ headers }) => headers['Exten'] === '92125550123')!.headers['Linkedid']!;
    expect(words(outside, consultation, () => true)).toEqual(['101 > 92125550123 outbound']);
    const retrieval = captured('park-retrieved').filter(({ headers }) => headers['Uniqueid'] === '1795398361.2');
    const alone = new Channels();
    for (const { event } of retrieval.slice(0, 2)) alone.apply(event!);
    expect(callOf(alone, '1795398361.2')).toMatchObject({ called: '701', state: 'system', direction: 'internal' });
  });

  it('that is parked is so since its talk was over, not since it was answered', () => {
    const events = captured('park-retrieved');
    const until = events.findIndex(({ headers }) => headers['BridgeType'] === 'parking');
    const left = events.slice(0, until).findLast(({ name }) => name === 'bridgeleave')!.event!.at;
    const channels = new Channels();
    for (const { event } of events.slice(0, until + 1)) if (event) channels.apply(event);
    const call = callOf(channels, '1795398352.0')!;
    const parked = call.legs.find(({ from }) => from.channel.startsWith('PJSIP/trunk1'))!;
    const answered = events.find(({ headers }) => headers['DialStatus'] === 'ANSWER')!.event!.at;
    expect(left - answered).toBeGreaterThan(2_000_000);
    expect(parked).toMatchObject({ state: 'system', since: left });
  });

  it('that is parked stays alone beside another that is parked in the same lot', () => {
    const events = captured('park-retrieved');
    const until = events.findIndex(({ headers }) => headers['BridgeType'] === 'parking') + 1;
    const other = (text: string) =>
      readEvent(
        text.replaceAll('1795398352.', '1795399999.').replaceAll('PJSIP/trunk1-00000000', 'PJSIP/trunk1-0000aaaa'),
      );
    const channels = new Channels();
    for (const { event } of events.slice(0, until)) if (event) channels.apply(event);
    for (const { event } of events.slice(0, until).map(({ text }) => other(text))) if (event) channels.apply(event);
    const calls = ['1795398352.0', '1795399999.0'].map((linkedid) => callOf(channels, linkedid)!);
    const parked = calls.map(({ legs }) => legs.filter(({ from }) => from.channel.startsWith('PJSIP/trunk1')));
    expect(parked.map((legs) => legs.map(({ state, to }) => [state, to]))).toEqual([
      [['system', null]],
      [['system', null]],
    ]);
  });

  it('hides how it began from who may not see that leg', () => {
    const events = captured('attended-transfer-caller-hangs-up-first');
    const channels = new Channels();
    let left: ReturnType<typeof callOf> = null;
    for (const { event } of events) {
      if (event) channels.apply(event);
      left = callOf(channels, [...channels.all.calls][0] ?? '', byPhone) ?? left;
    }
    const whole = {
      ...left!,
      origin: { ...left!.origin!, derived: { ...left!.origin!.derived, company: 'acme', target: 'acme' } },
    };
    const own = {
      ...whole,
      legs: whole.legs.map((leg) => ({ ...leg, derived: { ...leg.derived, company: 'beta', target: null } })),
    };
    expect(seenLive(own, ['acme', 'beta'])).toBe(own);
    expect(seenLive(own, ['beta'])).toMatchObject({ origin: null, company: 'beta' });
    expect(seenLive(own, ['acme'])).toBeNull();
  });
});
