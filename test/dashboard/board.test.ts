// The board of calls: one line for each, however it is told, and never two.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../src/client/queue.ts';
import { Board, endedMax, isLive } from '../../src/dashboard/live/board.ts';
import { fits, lineOf } from '../../src/dashboard/live/line.ts';

const start = '2026-11-22T09:00:00.000000Z';
const party = (number: string) => ({ channel: `PJSIP/${number}-1`, number, extension: number, company: 'acme' });
const live = (linkedid: string, more = {}) => ({
  ...{
    system: 'pbx1',
    linkedid,
    state: 'ringing',
    since: start,
    start,
    ring: start,
    answer: null,
    caller: '101',
    called: '102',
  },
  ...{ company: 'acme', target: 'acme', direction: 'internal', extensions: ['101', '102'] },
  legs: [{ state: 'ringing', since: start, from: party('101'), to: party('102'), ring: start, answer: null }],
  ...more,
});
const call = (id: number, linkedids: string[], more = {}) => ({
  ...{
    id,
    system: 'pbx1',
    linkedids,
    outcome: 'answered',
    direction: 'internal',
    caller: '101',
    called: '102',
    answered_by: '102',
  },
  ...{
    companies: ['acme'],
    extensions: ['101', '102'],
    start,
    end: start,
    duration: 7,
    talk_seconds: 5,
    updated: start,
  },
  ...more,
});
const liveEvent = (op: string, of: object, more = {}) =>
  ({ type: 'call', live: true, op, call: of, ...more }) as unknown as LiveEvent;
const told = (op: string, of: object, seq = 1) => ({ type: 'call', op, seq, call: of }) as unknown as LiveEvent;
const whole = { type: 'live_calls', calls: 0 } as LiveEvent;
const ended = (linkedid: string, reason = 'hangup') => liveEvent('ended', { system: 'pbx1', linkedid }, { reason });
const lines = (board: Board) => board.rows.map(lineOf);

describe('the board', () => {
  it('has one line for a call from its first ringing to its records', () => {
    const board = new Board();
    board.hear(liveEvent('created', live('1.1')));
    const [{ key }] = board.rows as unknown as [{ key: string }];
    expect(lines(board)).toMatchObject([{ isLive: true, state: 'ringing', id: null, seconds: null }]);
    board.hear(liveEvent('updated', live('1.1', { state: 'talking' })));
    expect(lines(board)).toMatchObject([{ key, state: 'talking' }]);
    board.hear(ended('1.1'));
    expect(lines(board)).toMatchObject([{ key, isLive: false, state: null, outcome: null }]);
    board.hear(told('created', call(5, ['1.1'])));
    expect(lines(board)).toMatchObject([{ key, id: 5, outcome: 'answered', seconds: 7 }]);
  });

  it('shows how it stands while records of it come and it goes on', () => {
    const board = new Board();
    board.hear(liveEvent('created', live('1.1', { state: 'talking' })));
    board.hear(told('created', call(5, ['1.1'])));
    expect(lines(board)).toMatchObject([{ isLive: true, state: 'talking', id: 5, outcome: null }]);
  });

  it('makes one line of two that were one call', () => {
    const board = new Board();
    board.hear(liveEvent('created', live('1.1')));
    board.hear(liveEvent('created', live('1.2')));
    board.hear(ended('1.1'));
    board.hear(ended('1.2'));
    board.hear(told('created', call(5, ['1.1', '1.2'])));
    expect(lines(board)).toMatchObject([{ id: 5 }]);
    board.hear(told('created', call(6, ['1.3'])));
    board.hear(told('deleted', { id: 6 }));
    expect(lines(board)).toHaveLength(1);
  });

  it('says of a call that ended without a record how long it was and who answered first', () => {
    let now = Date.parse(start) + 4000;
    const board = new Board(() => now);
    const leg = (number: string) => ({ state: 'talking', since: start, from: party('101'), to: party(number) });
    board.hear(liveEvent('created', live('1.1')));
    expect(lines(board)).toMatchObject([{ answeredBy: null }]);
    board.hear(liveEvent('updated', live('1.1', { state: 'talking', legs: [leg('102')] })));
    board.hear(liveEvent('updated', live('1.1', { state: 'talking', legs: [leg('103')] })));
    now += 5000;
    board.hear(ended('1.1'));
    now += 3000;
    expect(lines(board)).toMatchObject([{ isLive: false, outcome: null, answeredBy: '102', seconds: 9 }]);
    board.hear(told('created', call(5, ['1.1'], { answered_by: '104' })));
    expect(lines(board)).toMatchObject([{ answeredBy: '104', seconds: 7 }]);
  });

  it('knows no duration of a call of which nobody knows when it ended', () => {
    const board = new Board();
    board.hear(liveEvent('created', live('1.1')));
    board.hear(ended('1.1', 'unknown'));
    expect(lines(board)).toMatchObject([{ isLive: false, isUnknown: true, seconds: null }]);
  });

  it('after a cut ends what is not told again, and says that nobody knows how', () => {
    const board = new Board();
    for (const linkedid of ['1.1', '1.2']) board.hear(liveEvent('created', live(linkedid)));
    board.hear(whole);
    board.expectLive();
    board.hear(liveEvent('created', live('1.2')));
    board.hear(whole);
    const [going, gone] = lines(board);
    expect(going).toMatchObject({ isLive: true });
    expect(gone).toMatchObject({ isLive: false, isUnknown: true });
  });

  it('takes a list that was read after the feed began only where it is newer', () => {
    const board = new Board();
    board.hear(told('updated', call(5, ['1.1'], { outcome: 'missed', updated: '2026-11-22T09:00:02.000000Z' })));
    board.fill([call(5, ['1.1']), call(4, ['1.0'])] as never);
    expect(lines(board).map(({ id, outcome }) => [id, outcome])).toEqual([
      [5, 'missed'],
      [4, 'answered'],
    ]);
  });

  it('has each call once, whatever of it is told again, in whatever order', () => {
    const step = fc.record({ id: fc.integer({ min: 1, max: 6 }), kind: fc.constantFrom('live', 'ended', 'call') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const board = new Board();
        const known = new Set<number>();
        for (const { id, kind } of steps) {
          if (kind === 'live') board.hear(liveEvent('updated', live(`1.${id}`)));
          if (kind === 'ended') board.hear(ended(`1.${id}`));
          if (kind === 'call') board.hear(told('updated', call(id, [`1.${id}`])));
          if (kind !== 'ended') known.add(id);
        }
        expect(board.rows).toHaveLength(known.size);
        expect(board.rows.findLastIndex(isLive)).toBe(board.rows.filter(isLive).length - 1);
      }),
    );
  });

  it('keeps so many ended calls and every one that goes on', () => {
    const board = new Board();
    board.hear(liveEvent('created', live('0.1')));
    for (let id = 1; id <= endedMax * 2; id += 1) {
      const end = new Date(Date.parse(start) + id * 1000).toISOString();
      board.hear(told('created', call(id, [`1.${id}`], { end })));
    }
    expect(board.rows.length).toBeLessThanOrEqual(endedMax * 1.1 + 1);
    const [first, second] = lines(board);
    expect([first?.isLive, second?.id]).toEqual([true, endedMax * 2]);
  });
});

describe('the filter of Live', () => {
  const board = new Board();
  board.hear(liveEvent('created', live('1.1')));
  const [line] = lines(board) as [ReturnType<typeof lineOf>];
  const any = { q: '', direction: '', status: '' };

  it('finds every word in some number or name', () => {
    for (const q of ['', '101', 'ACME', 'acm 102']) expect(fits(line, { ...any, q })).toBe(true);
    for (const q of ['103', 'acme 999']) expect(fits(line, { ...any, q })).toBe(false);
  });

  it('goes by status and direction', () => {
    const fitting = ['', 'now', 'ringing'].map((status) => fits(line, { ...any, status }));
    const others = ['ended', 'talking', 'answered'].map((status) => fits(line, { ...any, status }));
    expect([fitting, others]).toEqual([Array(3).fill(true), Array(3).fill(false)]);
    expect(['internal', 'inbound'].map((direction) => fits(line, { ...any, direction }))).toEqual([true, false]);
  });
});
