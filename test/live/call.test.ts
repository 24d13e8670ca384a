// What a live call says of itself while people come and go: how it began stays, and who is parked talks to nobody.
import { describe, expect, it } from 'vitest';
import { rulesOf } from '../../src/configrules.ts';
import { judgeBy, liveCall, seenLive, type Judge } from '../../src/live/call.ts';
import { Channels } from '../../src/live/channels.ts';
import { noTables } from '../../src/rules/tables.ts';
import { captured, readEvent, type Captured } from './captured.ts';

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

  it('to a line outside is outbound from its first moment, and one that the PBX answers is internal', () => {
    const outside = captured('attended-transfer-to-outside');
    const consultation = outside.find(({ headers }) => headers['Exten'] === '92125550123')!.headers['Linkedid']!;
    expect(words(outside, consultation, () => true)).toEqual(['101 > 92125550123 outbound']);
    const retrieval = captured('park-retrieved').filter(({ headers }) => headers['Uniqueid'] === '1795398361.2');
    const alone = new Channels();
    for (const { event } of retrieval.slice(0, 2)) alone.apply(event!);
    expect(callOf(alone, '1795398361.2')).toMatchObject({ called: '701', state: 'system', direction: 'internal' });
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
    const companies: Record<string, string> = { '101': 'acme', '102': 'beta', '103': 'beta' };
    const judge: Judge = (cdr) => {
      const of = (channel: string | null) => companies[/^PJSIP\/(\d+)/.exec(channel ?? '')?.[1] ?? ''] ?? null;
      return { ...plain(cdr), company: of(cdr.channel), target: of(cdr.dstchannel) };
    };
    const events = captured('attended-transfer-caller-hangs-up-first');
    const channels = new Channels();
    let left: ReturnType<typeof callOf> = null;
    for (const { event } of events) {
      if (event) channels.apply(event);
      left = callOf(channels, [...channels.all.calls][0] ?? '', judge) ?? left;
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
