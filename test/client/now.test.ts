// Calls on the client's feed: each change of one once, and those that go on now, over lines that are cut.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type LiveEvent, type LiveOptions } from '../../src/client/client.ts';
import { EventQueue } from '../../src/client/queue.ts';
import { captured, heardNow, type Captured } from '../live/captured.ts';
import { adminToken, openHouse, records, until, type House } from '../http/support.ts';
import { openLine, type Line } from './line.ts';

const talk = captured('internal-caller-hangs-up');
const busy = captured('internal-busy');

describe('calls on the feed of the client', () => {
  let house: House;
  let line: Line;
  let stop: AbortController;
  beforeEach(async () => {
    house = await openHouse();
    line = await openLine(house.url);
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await line.close();
    await house.close();
  });

  const read = (options: LiveOptions) => {
    const events: LiveEvent[] = [];
    const live = connect({ url: line.url, token: adminToken }).live({
      ...{ signal: stop.signal, retryMs: { first: 5, most: 20 } },
      ...options,
    });
    live.each((event) => void events.push(event)).catch(() => undefined);
    return events;
  };
  const changed = (events: readonly LiveEvent[]) =>
    events.flatMap((event) => (event.type === 'call' && !('live' in event) ? [event.call.id] : []));
  const shown = (events: readonly LiveEvent[]) =>
    events.flatMap((event) => {
      if (event.type === 'live_calls') return [`${event.calls} in all`];
      if (event.type !== 'call' || !('live' in event)) return [];
      return [`${event.op} ${event.call.linkedid} ${event.op === 'ended' ? event.reason : event.call.state}`];
    });
  const send = (some: readonly Captured[]) => {
    const ear = house.context.board.ear('pbx1');
    for (const { event } of some) if (event) ear.hear(heardNow(event));
  };

  it.each([['call'], ['cdr and call']])(
    'tells each change of a call once, however often it is cut (%s)',
    async (what) => {
      const types = what.split(' and ') as ('cdr' | 'call')[];
      const events = read({ after: 0, types });
      for (const [round, calls] of [1, 3, 4, 6, 8, 9, 11].entries()) {
        // Only a line that is past the past says no place after the call.
        await until(() => events.filter(({ type }) => type === 'live').length === round + 1);
        await house.put(records(calls - changed(events).length));
        await until(() => changed(events).length >= calls);
        line.cut();
      }
      expect(changed(events)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect(events.some(({ type }) => type === 'cdr')).toBe(types.includes('cdr'));
    },
  );

  it('tells who rings and talks now, and after a cut what is new, what changed and what is over', async () => {
    house.context.board.ear('pbx1').up();
    send(talk.slice(0, 5));
    const events = read({ types: ['call'], live: true });
    await until(() => shown(events).length === 2);
    expect(shown(events)).toEqual(['created 1795357376.0 ringing', '1 in all']);
    line.mute(true);
    send(talk);
    send(busy.slice(0, 4));
    line.mute(false);
    line.cut();
    await until(() => shown(events).length === 5);
    expect(shown(events).slice(2).sort()).toEqual([
      '1 in all',
      'created 1795357403.14 ringing',
      'ended 1795357376.0 unknown',
    ]);
  });

  it('says again what goes on over a cut as a change, not as a beginning', async () => {
    house.context.board.ear('pbx1').up();
    send(talk.slice(0, 5));
    const events = read({ types: ['call'], live: true });
    await until(() => shown(events).length === 2);
    line.cut();
    await until(() => shown(events).length === 4);
    expect(shown(events).slice(2)).toEqual(['updated 1795357376.0 ringing', '1 in all']);
  });
});

describe('live calls that wait for a reader', () => {
  type Now = Parameters<EventQueue['pushNow']>[0];
  const now = (linkedid: string, op: string, state = 'ringing') =>
    ({ type: 'call', live: true, op, call: { system: 'pbx1', linkedid, state } }) as Now;
  const drain = (queue: EventQueue) => {
    const all: LiveEvent[] = [];
    for (let event = queue.next('g'); event; event = queue.next('g')) all.push(event);
    return all;
  };

  it('are told by their last word, once each, before it is said that these are all', () => {
    const queue = new EventQueue({ after: null, generation: undefined }, 2, false);
    for (const event of [now('a', 'created'), now('b', 'created'), { type: 'live_calls', calls: 2 } as const])
      queue.pushNow(event);
    for (const event of [now('a', 'updated', 'talking'), now('b', 'ended'), now('c', 'created')]) queue.pushNow(event);
    expect(drain(queue)).toEqual([
      ...[now('a', 'created', 'talking'), now('b', 'ended'), { type: 'live_calls', calls: 2 }, now('c', 'created')],
    ]);
  });

  it('keep no change of the sequence waiting, nor does it them', () => {
    const queue = new EventQueue({ after: null, generation: undefined }, 9, false);
    for (const name of ['a', 'b', 'c']) queue.pushNow(now(name, 'created'));
    for (const seq of [1, 2]) queue.push({ type: 'progress', seq });
    expect(drain(queue).map(({ type }) => type)).toEqual(['progress', 'call', 'progress', 'call', 'call']);
    expect(queue.place).toEqual({ after: 2, generation: 'g' });
  });
});
