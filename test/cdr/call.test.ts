import { describe, expect, it } from 'vitest';
import type { StoredCdr } from '../../src/cdr/cdr.ts';
import { callOf, callWithPath, wallsOf } from '../../src/cdr/call.ts';
import { isMixed } from '../../src/cdr/wall.ts';
import { groupsOf } from '../../src/cdr/groups.ts';
import { cdrs, tableRows } from '../support/rows.ts';
import { captured, noon, record, stored } from './conversation.ts';

const summary = (records: readonly StoredCdr[]) => {
  const { caller, called, wanted, answeredBy, direction, outcome, legs, extensions } = callOf(records);
  return { caller, called, wanted, answeredBy, direction, outcome, legs, extensions };
};
/** Without what only names the records. */
const unnamed = (records: readonly StoredCdr[]) => {
  const { path, ...call } = callWithPath(records);
  return { ...call, path: path.map(({ cdrs: _, ...leg }) => leg) };
};

function* permutations<T>(list: readonly T[]): Generator<T[]> {
  if (list.length <= 1) yield [...list];
  for (const [at, one] of list.entries()) {
    for (const rest of permutations([...list.slice(0, at), ...list.slice(at + 1)])) yield [one, ...rest];
  }
}

describe('a call', () => {
  it('of one record says what the record says', () => {
    expect(summary(captured(81))).toEqual({
      ...{ caller: '101', called: '102', wanted: ['102'], answeredBy: '102', direction: 'internal' },
      ...{ outcome: 'answered', legs: 1, extensions: ['101', '102'] },
    });
    expect(callOf(captured(86))).toMatchObject({ caller: '+441632960111', answeredBy: '101', direction: 'inbound' });
  });

  it('shows who dialled, not the number it showed, and the number outside as it was keyed', () => {
    expect(callOf(captured(73))).toMatchObject({
      ...{ caller: '102', called: '915551234567', wanted: ['915551234567'], answeredBy: '915551234567' },
      direction: 'outbound',
    });
  });

  it('of forty captured records is seventeen, each counted once', () => {
    const calls = groupsOf(stored(cdrs(tableRows()))).map((group) => callOf(group));
    expect(calls).toHaveLength(17);
    expect(calls.reduce((sum, { records }) => sum + records, 0)).toBe(40);
  });

  it('tells of Local channels what lies behind them: one was busy, the other answered', () => {
    const { path, ...call } = callWithPath(captured(51, 66, 67, 68, 69));
    expect(call).toMatchObject({
      caller: '101',
      called: '111',
      answeredBy: '101',
      outcome: 'answered',
      records: 5,
      legs: 2,
    });
    expect(path.map(({ to, result }) => [to?.number, result])).toEqual([
      ['102', 'busy'],
      ['101', 'connected'],
    ]);
  });

  it('asks the second when the first does not answer', () => {
    expect(summary(captured(76, 77, 78, 79, 80))).toMatchObject({ wanted: ['103', '101'], answeredBy: '101', legs: 2 });
  });

  it('does not count the end of a dialplan as a leg', () => {
    const dial = record('101-1 > 102-2 Dial 0 - 8');
    const hangup = record('101-1 > . Hangup 8 - 8', { dst: '102' });
    expect(summary(stored([dial, hangup]))).toMatchObject({ outcome: 'missed', legs: 1, wanted: ['102'] });
    expect(callOf(stored([hangup]))).toMatchObject({ outcome: 'missed', legs: 1 });
  });

  it.each([
    ['101-1 > 102-2 Dial 0 2 6', {}, 'answered'],
    ['101-1 > 102-2 Dial 0 - 20', {}, 'missed'],
    ['101-1 > 102-2 Dial 0 - 6', {}, 'cancelled'],
    ['101-1 > 102-2 Dial 0 - 6', { lastdata: 'PJSIP/102' }, 'missed'],
    ['101-1 > 102-2 Dial 0 - 6', { disposition: 'BUSY' as const }, 'busy'],
    ['101-1 > 102-2 Dial 0 - 6', { disposition: 'CANCEL' as const }, 'cancelled'],
    ['101-1 > 102-2 Dial 0 - 6', { disposition: 'CONGESTION' as const }, 'failed'],
    ['101-1 > . VoiceMail 0 0 6', {}, 'voicemail'],
    ['101-1 > . Queue 0 0 6', {}, 'abandoned'],
    ['101-1 > 102-2 Queue 0 - 6', {}, 'abandoned'],
    ['101-1 > . BackGround 0 0 6', {}, 'answered'],
    ['101-1 > . Dial 0 0 6', {}, 'failed'],
  ])('of %s %o is %s', (line, change, outcome) => {
    expect(callOf(stored([record(line, change)])).outcome).toBe(outcome);
  });

  it('rings from the first attempt to the answer, and talks where somebody talked, at once or one after the other', () => {
    const call = callOf(
      stored([record('103-1 > 101-2 Dial 0 - 3'), record('103-1 > 102-3 Dial 3 5 9', { uniqueid: '1795348800.1' })]),
    );
    expect([call.ring, call.talk, call.answer! - call.start, call.end - call.start]).toEqual([5e6, 4e6, 5e6, 9e6]);
  });

  it('does not know how long it rang when the channel had been answered before', () => {
    expect(callOf(stored([record('101-1 > 102-2 Dial 0 0 9')])).ring).toBe(null);
  });

  it('of an attended transfer knows the consultation by the channel that was consulted, and only when the times touch', () => {
    const first = record('101-1 > 102-2 Dial 0 2 10');
    const asked = record('102-3 > 103-4 Dial 4 6 10');
    const joined = record('101-1 > 103-4 Dial 10 10 15', { dst: '102', lastdata: 'PJSIP/102,20' });
    const groups = groupsOf(stored([first, asked, joined]));
    expect(groups.map((group) => group.length)).toEqual([3]);
    expect(callOf(groups[0]!)).toMatchObject({
      ...{ caller: '101', called: '102', wanted: ['102', '103'], answeredBy: '102', talk: 13e6 },
      transfers: [{ by: '102', from: '102', to: '103', kind: 'attended' }],
    });
    const later = record('101-1 > 103-4 Dial 50 50 55');
    expect(groupsOf(stored([first, asked, later])).map((group) => group.length)).toEqual([2, 1]);
  });

  it('of a blind transfer has one answer and one transfer, also where the target does not answer', () => {
    const first = record('101-1 > 102-2 Dial 0 2 6', { dst: '103' });
    const second = record('101-1 > 103-3 Dial 6 6 12');
    const transfer = { by: '102', from: '102', to: '103', kind: 'blind' };
    expect(callOf(stored([first, second]))).toMatchObject({ called: '102', answeredBy: '102', transfers: [transfer] });
    const missed = { ...second, answer: null, billsec: 0, disposition: 'NO ANSWER' as const };
    expect(callOf(stored([first, missed]))).toMatchObject({ outcome: 'answered', transfers: [transfer], talk: 4e6 });
  });

  it('knows a conference by its channels, whoever came first, and asks nobody to have been wanted', () => {
    const pair = record('101-1 > 102-2 ConfBridge 0 0 10', { dst: '800' });
    const waits = record('103-3 > . ConfBridge 2 2 3', { dst: '800' });
    const others = [record('101-1 > 103-3 ConfBridge 1 1 9'), record('102-2 > 103-3 ConfBridge 2 2 9')];
    for (const order of permutations([pair, waits, ...others]))
      expect(groupsOf(stored(order)).map((group) => group.length)).toEqual([4]);
    expect(callOf(stored([pair, waits, ...others]))).toMatchObject({
      ...{ caller: '101', called: '800', wanted: [], answeredBy: null, outcome: 'answered', talk: 10e6, legs: 3 },
    });
    const later = record('104-4 > 103-3 ConfBridge 50 50 60');
    expect(groupsOf(stored([pair, ...others, later])).map((group) => group.length)).toEqual([3, 1]);
    const dialled = record('101-1 > 102-2 Dial 0 0 10');
    expect(groupsOf(stored([dialled, waits, record('104-4 > 101-1 Dial 0 0 10')]))).toHaveLength(3);
  });

  it('of a conference knows who is in it, not what was dialled; who came for a moment was not taken over', () => {
    const inside = { lastapp: 'ConfBridge', lastdata: '800', dst: '800' };
    const [one, two, three, four] = [
      record('101-1 > trunk1-2 ConfBridge 0 0 4', { ...inside, linkedid: 'a' }),
      record('trunk1-2 > . ConfBridge 1 1 1.5', { ...inside, linkedid: 'a', src: '2125550150' }),
      record('101-1 > 102-3 ConfBridge 4 4 4.05', { ...inside, linkedid: 'a' }),
      record('101-1 > 103-4 ConfBridge 4.05 4.05 9', { ...inside, linkedid: 'a' }),
    ];
    // A dialplan without a pattern of extensions takes any short number for one.
    const known = stored([one, two, three, four]).map((cdr) =>
      cdr.dstchannel?.includes('trunk1') ? { ...cdr, extension: '101', peerExtension: '800', direction: null } : cdr,
    );
    const { path, ...call } = callWithPath(known);
    expect(path.map(({ to, result }) => [to?.number, result])).toEqual([
      ['2125550150', 'connected'],
      [undefined, 'system'],
      ['102', 'connected'],
      ['103', 'connected'],
    ]);
    expect([call.extensions, call.transfers]).toEqual([['101', '102', '103'], []]);
    expect(callOf(known.slice(0, 1)).extensions).toEqual(['101']);
  });

  it('that nobody answered goes on to a conference: who is in it has not picked it up', () => {
    const rang = record('101-1 > 102-2 Dial 0 - 5', { linkedid: 'a' });
    const inside = record('101-1 > 103-3 ConfBridge 5 5 9', { lastapp: 'ConfBridge', lastdata: '800', linkedid: 'a' });
    expect(callOf(stored([rang, { ...inside, dst: '800' }])).transfers).toEqual([]);
  });

  it('of two who were sent into a conference, or taken out of one, has nobody who brought them together', () => {
    const inside = { lastapp: 'ConfBridge', lastdata: '800', dst: '800', linkedid: 'a' };
    const talks = [
      record('101-1 > 102-2 Dial 0 1 6', { linkedid: 'a' }),
      record('102-3 > 103-4 Dial 2 3 6', { linkedid: 'a' }),
    ];
    const sent = record('101-1 > 103-4 ConfBridge 6 6 12', inside);
    const blind = { by: '102', from: '102', to: '800', kind: 'blind' };
    expect(callOf(stored([...talks, sent])).transfers).toEqual([blind]);
    const pairs = [record('101-1 > 102-2 ConfBridge 0 0 6', inside), record('102-2 > 103-4 ConfBridge 1 1 6', inside)];
    const taken = record('101-1 > 103-4 Bridge 6 6 12', { linkedid: 'a', lastdata: '' });
    expect(callOf(stored([...pairs, taken])).transfers).toEqual([]);
  });

  it('of a number that is handed on while it rings says so, also where nobody answers', () => {
    const half = { lastdata: 'PJSIP/102,8', channel: 'PJSIP/101-00000001', uniqueid: '1795348800.1' };
    const local = 'Local/103@internal-0000000d';
    const ids = { linkedid: '1795348800.1', dstchannel: `${local};1`, disposition: 'ANSWERED' as const };
    const talk = record('101-1 > 102-2 Dial 0 2 10');
    const keyed = record('102-2 > 103-9 AppDial 10 10 12', { ...ids, lastdata: '(Outgoing Line)' });
    const rings = record('101-3 > 103-4 Dial 10 - 18', { channel: `${local};2`, linkedid: '1795348800.1' });
    const goesOn = record('101-1 > 103-9 Dial 10 10 18', { ...ids, ...half, dst: '102' });
    expect(callOf(stored([talk, keyed, rings, goesOn]))).toMatchObject({
      ...{ called: '102', wanted: ['102', '103'], answeredBy: '102', legs: 2, talk: 8e6 },
      transfers: [{ by: '102', from: '102', to: '103', kind: 'attended' }],
    });
  });

  it('that a program began with its own phone is of whoever took that phone', () => {
    const local = 'Local/101@internal-00000011';
    const own = record('102-1 > 101-3 Dial 0 2 4', { channel: `${local};2`, linkedid: 'x' });
    const other = record('101-2 > 102-4 Dial 0 2 4', { channel: `${local};1`, linkedid: 'x' });
    const talk = record('101-3 > 102-4 AppDial 4 4 9', { dst: '', linkedid: 'x' });
    const both = { caller: '101', called: '102', wanted: ['102'], answeredBy: '102', legs: 1, transfers: [] };
    expect(callOf(stored([own, other, talk]))).toMatchObject({ ...both, ring: 2e6, talk: 5e6 });
    // The Local channel stays (/n): nothing tells when the other one answered.
    const stays = [
      record('102-1 > 101-3 Dial 0 2 9', { channel: `${local};2`, linkedid: 'x' }),
      record('101-2 > 102-4 Dial 0 2 9', { channel: `${local};1`, linkedid: 'x' }),
    ];
    expect(callOf(stored(stays))).toMatchObject({ ...both, ring: null, talk: 7e6 });
  });

  it('to a number of ours, or one too long for that, was for it, also where the dialplan called nobody', () => {
    const nobody = (dst: string) =>
      summary(stored([record('101-1 > . Congestion 0 - 0', { dst, disposition: 'CONGESTION', lastdata: '2' })]));
    expect(nobody('92125550123')).toMatchObject({ wanted: ['92125550123'], direction: 'outbound', outcome: 'failed' });
    expect(nobody('102')).toMatchObject({ wanted: ['102'], direction: 'internal', outcome: 'failed' });
  });

  it('is of whose mailbox took it at once, and of nobody by a number at which a dialplan says something', () => {
    // FreePBX of a phone that is off: dst vmu102; another extension of the same records is not its mailbox.
    const told = (change: Partial<StoredCdr>) => {
      const [one] = stored([record('trunk-1 > . VoiceMail 0 1 6', { src: '07700900124', dst: 'vmu102' })]);
      const { wanted, extensions, outcome } = callOf([{ ...one!, direction: 'inbound', extension: '102', ...change }]);
      return { wanted, extensions, outcome };
    };
    const of102 = { wanted: ['102'], extensions: ['102'] };
    expect(told({ lastdata: '102@default,u(),' })).toEqual({ ...of102, outcome: 'voicemail' });
    expect(told({ lastdata: '103@default,u(),' })).toMatchObject({ wanted: [], extensions: [] });
    expect(told({ lastapp: 'Playback', dst: '102' })).toMatchObject({ extensions: [] });
  });

  it('is picked up where another phone is up at once, within the time of that Dial', () => {
    const rang = record('101-1 > 102-2 Dial 0 - 0.01');
    const taken = record('101-1 > 103-3 Dial 5 5 9', { dst: '102', lastdata: 'PJSIP/102,20' });
    const pickup = { by: '103', from: '102', to: '103', kind: 'pickup' };
    expect(callOf(stored([rang, taken]))).toMatchObject({ transfers: [pickup], wanted: ['102'], ring: 5e6 });
    const late = { ...taken, start: noon + 30e6, answer: noon + 30e6, end: noon + 40e6 };
    expect(callOf(stored([rang, late])).transfers).toEqual([]);
    expect(callOf(stored([rang, { ...taken, answer: noon + 6e6 }])).transfers).toEqual([]);
  });

  it('is there, too, of a Local channel that dialled itself, which no other record tells of', () => {
    const local = { channel: 'Local/102@internal-0000001a;2', dstchannel: 'Local/102@internal-0000001a;1' };
    const alone = stored([{ ...record('101-1 > 102-2 Dial 0 2 6'), ...local }]);
    expect(callWithPath(alone)).toMatchObject({ legs: 1, records: 1, path: [{ cdrs: [alone[0]!.id] }] });
  });

  it('of Local channels that all lead on to the next costs no more than its records', () => {
    const local = (depth: number) => `Local/1${10 + depth}@hostile-000000${10 + depth}`;
    const leads = (depth: number, at: number) =>
      record(`101-1 > 102-2 Dial ${at} - 30`, {
        ...{ channel: `${local(depth)};2`, dstchannel: `${local(depth + 1)};1`, linkedid: 'hostile' },
        uniqueid: `1795348800.${depth * 100 + at}`,
      });
    const rows = Array.from({ length: 11 * 4 }, (_, at) => leads(Math.floor(at / 4), at % 4));
    const dials = record('101-1 > 102-2 Dial 0 - 30', { dstchannel: `${local(0)};1`, linkedid: 'hostile' });
    const began = performance.now();
    const call = callWithPath(stored([dials, ...rows]));
    expect([call.legs, call.path[0]!.cdrs]).toEqual([1, [1]]);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('of endless legs costs no more than its records', () => {
    const leg = (at: number) => record(`101-1 > 102-${at + 2} Dial ${at} ${at} ${at + 1}`);
    const began = performance.now();
    expect(callOf(stored(Array.from({ length: 1000 }, (_, at) => leg(at))))).toMatchObject({
      legs: 1000,
      transfers: [],
    });
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('never joins two systems', () => {
    const one = record('101-1 > 102-2 Dial 0 2 6');
    expect(groupsOf(stored([one, { ...one, system: 'pbx2' }]))).toHaveLength(2);
  });

  it('does not depend on the order of its records', () => {
    for (const acctids of [
      [51, 66, 67, 68, 69],
      [76, 77, 78, 79, 80],
      [58, 59, 60],
      [56, 57],
    ]) {
      const records = captured(...acctids);
      const expected = unnamed(records);
      for (const order of permutations(records)) expect(unnamed(order)).toEqual(expected);
      for (const order of permutations(records)) {
        const renamed = order.map((one, at) => ({ ...one, id: at + 1 }));
        expect(unnamed(renamed)).toEqual(expected);
      }
    }
  });

  it('knows when its records stand behind different walls', () => {
    const wall = (company: string | null, target: string | null) => ({
      company,
      target,
      extension: '1',
      peerExtension: null,
    });
    const walls = wallsOf([wall('Acme', null), wall('ACME', null), wall(null, 'acme')]);
    expect(walls).toEqual([wall('acme', null), wall(null, 'acme')]);
    expect(isMixed(walls)).toBe(false);
    expect(isMixed(wallsOf([wall('Acme', null), wall('Acme', 'beta')]))).toBe(true);
  });
});
