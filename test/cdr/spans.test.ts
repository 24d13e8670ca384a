// How long a call rang and waited in a queue, where a menu or the queue itself had answered the caller before.
import { describe, expect, it } from 'vitest';
import { callOf } from '../../src/cdr/call.ts';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { record, stored } from './conversation.ts';

const queue = { dst: '600', lastdata: 'support,tT', linkedid: 'a', uniqueid: 'a' };
/** Rung in vain by a channel that was up: NO ANSWER, with a time of answer. `began` is all seconds from 0. */
const vain = (phone: string, began: number, ended: number, told?: string): Cdr => ({
  ...record(`trunk-1 > ${phone} Queue ${began} ${began} ${ended}`, queue),
  disposition: 'NO ANSWER',
  custom: told === undefined ? {} : { ami_ring_seconds: told },
});
const talk = (phone: string, began: number, ended: number, told?: string): Cdr => ({
  ...vain(phone, began, ended, told),
  disposition: 'ANSWERED',
});
const spans = (...records: Cdr[]) => {
  const { ring, queue: waited } = callOf(stored(records));
  return [ring, waited].map((span) => span && span / 1e6);
};

describe('after a menu of four seconds, a queue that rings three phones', () => {
  it.each(['102-2', '103-3', '104-4'])('waits from their ringing until %s answers, which ends the others', (winner) => {
    const began = (phone: string) => (phone === '102-2' ? 0 : 4.2);
    const of = (phone: string) => (phone === winner ? talk(phone, began(phone), 20) : vain(phone, began(phone), 8.2));
    expect(spans(of('102-2'), of('103-3'), of('104-4'))).toEqual([4, 4]);
  });

  it('waits until its caller leaves', () => {
    expect(spans(vain('102-2', 0, 8.4), vain('103-3', 4.2, 8.4))).toEqual([4.2, 4.2]);
  });

  it('waits until somebody picks the call up', () => {
    const rang = { ...record('102-2 > . AppQueue 4.2 - 8', { linkedid: 'a' }), dst: '*8', dstchannel: '' };
    const taken = record('trunk-1 > 105-5 Queue 8 8 12', queue);
    expect(spans(vain('102-2', 0, 8), vain('103-3', 4.2, 8), rang, taken)).toEqual([3.8, 3.8]);
  });

  it('waits as long as events told, where one of them was declined and tells nothing of the answer', () => {
    expect(spans(vain('102-2', 0, 6, '1.900'), talk('103-3', 4.2, 20, '4.000'))).toEqual([4.1, 4.1]);
    expect(spans(talk('102-2', 0, 20, '4.000'), vain('103-3', 4.2, 6, '1.800'))).toEqual([4, 4]);
  });

  it('tells no answer where the only other one was busy', () => {
    expect(spans(vain('102-2', 0, 4.21), talk('103-3', 4.2, 20))).toEqual([null, null]);
  });

  it('is told alike by a table that has no times but the start', () => {
    const bare = (cdr: Cdr): Cdr => ({ ...cdr, answer: null, end: null });
    expect(spans(bare(vain('102-2', 0, 9)), bare(vain('103-3', 4, 9)))).toEqual([5, 5]);
    expect(spans(bare(vain('102-2', 0, 9)), bare(talk('103-3', 4, 20)))).toEqual([5, 5]);
    expect(spans(bare(vain('102-2', 0, 9)))).toEqual([null, null]);
  });

  it('waits from the first ringing on, also when all ring again', () => {
    const again = [vain('102-5', 24, 30), vain('103-6', 24, 30)];
    expect(spans(vain('102-2', 0, 19), vain('103-3', 4, 19), ...again)).toEqual([26, 26]);
  });
});

describe('a queue that rings one phone', () => {
  it('does not tell when it was entered after a menu: events tell the ringing, and no menu is told as a wait', () => {
    expect(spans(talk('102-2', 0, 20))).toEqual([null, null]);
    expect(spans(vain('102-2', 0, 20))).toEqual([null, null]);
    expect(spans({ ...vain('102-2', 0, 20), dstchannel: '' })).toEqual([null, null]);
    expect(spans(talk('102-2', 0, 20, '4.000'))).toEqual([4, null]);
    expect(spans(vain('102-2', 0, 20, '4.000'))).toEqual([4, null]);
  });

  it('was entered as that phone rang, where only Answer() was before it', () => {
    expect(spans(vain('102-2', 0, 5.6, '5.100'))).toEqual([5.1, 5.1]);
  });

  it('and then another one does not tell when the first one rang, unless events do', () => {
    expect(spans(vain('102-2', 0, 10), talk('103-3', 12, 20))).toEqual([null, null]);
    expect(spans(vain('102-2', 0, 10), vain('103-3', 12, 20))).toEqual([null, null]);
    expect(spans(vain('102-2', 0, 10, '9.500'), talk('103-3', 12, 20, '2.000'))).toEqual([13.5, 13.5]);
  });

  it('and does not answer itself is waited in from the beginning, but may not have rung so long', () => {
    const plain = { lastdata: 'sales', dst: '601' };
    expect(spans(record('101-1 > 102-2 Queue 0 6 9', plain))).toEqual([null, 6]);
    expect(spans(record('101-1 > 102-2 Queue 0 - 6', plain))).toEqual([null, 6]);
  });
});

it('a call that was picked up after a transfer rang as long as its first phone did', () => {
  const first = record('trunk-1 > 101-2 Dial 0 2 6', { uniqueid: 'a', linkedid: 'a' });
  const rang = record('trunk-1 > 102-3 Dial 6 6 9', { uniqueid: 'a', linkedid: 'a', disposition: 'NO ANSWER' });
  const taken = record('trunk-1 > 105-5 Dial 9 9 12', { uniqueid: 'a', linkedid: 'a', lastdata: 'PJSIP/102,20' });
  const call = callOf(stored([first, rang, taken]));
  expect([call.ring, call.transfers.map(({ kind }) => kind)]).toEqual([2e6, ['blind', 'pickup']]);
});

describe('a queue that answered and rang one Local channel, which was picked up', () => {
  const local = { uniqueid: 'b', linkedid: 'a', channel: 'Local/101@from-queue-00000010;2', lastdata: 'PJSIP/101,12' };
  const code = { ...record('101-6 > . AppDial 0.506 - 4.018', { linkedid: 'a' }), dst: '*8101', dstchannel: '' };
  const rang = record('trunk-1 > 101-6 Dial 0.503 4.018 4.018', local);
  const taken = record('trunk-1 > 105-7 Dial 4.021 4.021 7.999', { ...local, dst: '101' });
  const outer = { ...talk('101-6', 0, 8), dstchannel: 'Local/101@from-queue-00000010;1' };
  const told = (...records: Cdr[]) => {
    const { answeredBy, talk: talked, transfers, wanted, ring } = callOf(stored(records));
    return { answeredBy, talked, wanted, ring, by: transfers.map(({ by, from, kind }) => [by, from, kind]) };
  };
  const picked = { answeredBy: '105', talked: 3_979_000, wanted: ['101'], by: [['105', '101', 'pickup']] };

  it('was answered by who took it, though the record of the phone that rang says so too', () => {
    expect(told(code, rang, taken, outer)).toEqual({ ...picked, ring: 3_518_000 });
    expect(spans(outer, taken, rang, code)).toEqual([3.518, 3.518]);
  });

  it('is told alike where the phone that rang has no record of its own', () => {
    expect(told(rang, taken, outer)).toEqual({ ...picked, ring: 3_518_000 });
  });
});

it('a Local channel that plays something before it rings a phone rang as long as events told', () => {
  const half = { channel: 'Local/102@night-00000001;2', uniqueid: 'b', linkedid: 'a' };
  const inner = record('. > 102-3 Dial 0 6 9', half);
  const change = { dstchannel: 'Local/102@night-00000001;1', linkedid: 'a', custom: { ami_ring_seconds: '2.000' } };
  expect(callOf(stored([record('trunk-1 > 102-2 Dial 0 6 9', change), inner])).ring).toBe(2e6);
});

describe('follow-me, after an announcement of three seconds', () => {
  const behind = (line: string, change: Partial<Cdr>) => record(line, { linkedid: 'a', ...change });
  const own = (told: boolean) => [
    behind('. > 101-6 Dial 3.363 - 7.541', { channel: 'Local/101@followme-00000007;2', uniqueid: 'b' }),
    heard('Local/101@followme-00000007;1', '0 0 3.367', told ? '4.177' : null),
  ];
  const heard = (dstchannel: string, times: string, told: string | null) =>
    behind(`trunk-1 > 101-2 FollowMe ${times}`, {
      ...{ uniqueid: 'a', dst: '620', lastdata: '101', dstchannel },
      custom: told === null ? {} : { ami_ring_seconds: told },
    });
  const mobile = { channel: 'Local/2125550123@followme-00000008;2', uniqueid: 'c', dst: '2125550123' };

  it.each([true, false])('rang from the first phone on, until the mobile answered (events: %s)', (told) => {
    const inner = behind('. > trunk-7 Dial 7.546 9.563 9.579', { ...mobile, lastdata: 'PJSIP/2125550123@trunk,12' });
    const outer = heard('Local/2125550123@followme-00000008;1', '7.547 7.547 9.579', told ? '2.000' : null);
    const joined = { ...heard('', '9.582 9.582 12', null), dstchannel: inner.dstchannel };
    const rang = callOf(stored([...own(told), inner, outer, joined])).ring;
    expect(rang! / 1e6).toBeCloseTo(6.2, 1);
  });

  it.each([true, false])('rang from the first phone on, until nobody had answered (events: %s)', (told) => {
    const inner = behind('. > trunk-7 Dial 7.546 - 17.962', { ...mobile, lastdata: 'PJSIP/2125550123@trunk,12' });
    const outer = heard('Local/2125550123@followme-00000008;1', '7.546 7.546 7.548', told ? '10.411' : null);
    const rang = callOf(stored([...own(told), inner, outer])).ring;
    expect(rang! / 1e6).toBeCloseTo(14.6, 1);
  });
});

describe('nothing rang', () => {
  it.each([
    ['a menu', '101-1 > . BackGround 0 0.013 6', {}],
    ['a menu that waits before it answers', '101-1 > . BackGround 0 1 6', {}],
    ['a conference', '101-1 > . ConfBridge 0 0.002 6', {}],
    ['a mailbox', '101-1 > . VoiceMail 0 0.001 6', {}],
    ['a phone that is busy at once', '101-1 > 102-2 Dial 0 - 0.1', { disposition: 'BUSY' as const }],
    [
      'a phone that is busy at once, and said that it rang',
      '101-1 > 102-2 Dial 0 - 0.1',
      { disposition: 'BUSY' as const, custom: { ami_ring_seconds: '0.002' } },
    ],
    ['a line on which there is no way', '101-1 > 102-2 Dial 0 - 1', { disposition: 'CONGESTION' as const }],
  ])('in %s', (_, line, change) => {
    expect(callOf(stored([record(line, change)])).ring).toBeNull();
  });

  it('but a phone that rejects with busy after a second did', () => {
    expect(callOf(stored([record('101-1 > 102-2 Dial 0 - 1', { disposition: 'BUSY' })])).ring).toBe(1e6);
  });

  it('so long that a menu before a Dial nobody answered is told as ringing', () => {
    const rang = { ...record('101-1 > 102-2 Dial 0 0 15'), disposition: 'NO ANSWER' as const };
    expect(callOf(stored([rang])).ring).toBeNull();
    expect(callOf(stored([{ ...rang, custom: { ami_ring_seconds: '8.000' } }])).ring).toBe(8e6);
  });
});
