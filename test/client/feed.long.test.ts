// The feed's memory, over a line that is cut at any time, goes mute, or is too quick for its reader.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Live, type LiveEvent, type LiveState } from '../../src/client/client.ts';
import { listen } from '../http/listener.ts';
import { adminToken, openHouse, record, records, until, type House } from '../http/support.ts';
import { openLine, type Line } from './line.ts';

const retryMs = { first: 5, most: 20 };

describe('the feed of the client', () => {
  let house: House;
  let line: Line;
  beforeEach(async () => {
    house = await openHouse();
    line = await openLine(house.url);
  });
  afterEach(async () => {
    await line.close();
    await house.close();
  });

  const client = (token = adminToken) => connect({ url: line.url, token });
  /** Reads in the background; `over` is how it ended. */
  const read = (live: Live, each: (event: LiveEvent) => void | Promise<void> = () => undefined) => {
    const events: LiveEvent[] = [];
    const over = live.each((event) => {
      events.push(event);
      return each(event);
    });
    over.catch(() => undefined);
    return { events, over, seqs: () => events.flatMap((event) => (event.type === 'cdr' ? [event.seq] : [])) };
  };
  const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

  it('tells each change exactly once, in order, however often the line is cut', async () => {
    await house.put(records(300));
    const stop = new AbortController();
    const reader = read(client().live({ after: 0, signal: stop.signal, retryMs }));
    for (let round = 0; round < 60; round++) {
      await house.put(records(1 + (round % 5)));
      await delay(Math.random() * 25);
      line.cut();
    }
    const head = house.feed.head;
    await until(() => reader.seqs().at(-1) === head);
    expect(reader.seqs()).toEqual(upTo(head));
    expect(line.count).toBeGreaterThan(20);
    stop.abort();
    await expect(reader.over).rejects.toBe(stop.signal.reason);
  });

  it('begins now when it is told nothing else, and misses nothing from there on', async () => {
    await house.put(records(3));
    const stop = new AbortController();
    const live = client().live({ signal: stop.signal, retryMs });
    const reader = read(live);
    await until(() => reader.events.some(({ type }) => type === 'live'));
    line.cut();
    await house.put(records(2));
    await until(() => reader.seqs().length === 2);
    expect(reader.seqs()).toEqual([4, 5]);
    expect(live.place).toEqual({ after: 5, generation: house.feed.generation });
    stop.abort();
  });

  it('goes on in another process from the place it names', async () => {
    await house.put(records(9));
    const first = client().live({ after: 0 });
    for await (const event of first) if (event.type === 'cdr' && event.seq === 4) break;
    expect(first.place).toEqual({ after: 4, generation: house.feed.generation });
    const { after, generation } = first.place;
    const seqs: number[] = [];
    for await (const event of client().live({ after, generation: generation! })) {
      if (event.type === 'live') break;
      if (event.type === 'cdr') seqs.push(event.seq);
    }
    expect(seqs).toEqual([5, 6, 7, 8, 9]);
  });

  it('hears only what its filter lets through, before and after a cut', async () => {
    const stop = new AbortController();
    const reader = read(client().live({ after: 0, filter: { not: { dst: '1' } }, signal: stop.signal, retryMs }));
    await house.put([record({ dst: '1' }), record({ dst: '2' })]);
    await until(() => reader.seqs().length === 1);
    line.cut();
    await house.put([record({ dst: '1' }), record({ dst: '2' })]);
    await until(() => reader.seqs().length === 2);
    expect(reader.seqs()).toEqual([2, 4]);
    stop.abort();
  });

  it('says that a place is of another store, and goes on from the one that is named', async () => {
    await house.put(records(2));
    const stop = new AbortController();
    const live = client().live({ after: 9, generation: 'of a store of old', signal: stop.signal });
    const reader = read(live);
    await until(() => reader.events.some(({ type }) => type === 'live'));
    const { generation } = house.feed;
    expect(reader.events[0]).toEqual({ type: 'resync', reason: 'generation', generation, seq: 2 });
    await house.put(records(1));
    await until(() => reader.seqs().length === 1);
    expect([reader.seqs(), live.place]).toEqual([[3], { after: 3, generation }]);
    stop.abort();
  });

  it('notices a line that has gone mute, and makes another', async () => {
    const stop = new AbortController();
    const states: LiveState[] = [];
    const options = {
      after: 0,
      signal: stop.signal,
      retryMs,
      muteMs: 60,
      onState: (state: LiveState) => states.push(state),
    };
    const reader = read(client().live(options));
    await until(() => states.includes('live'));
    // A quiet line is not a mute one: its pings are answered.
    await delay(400);
    expect(line.count).toBe(1);
    line.mute(true);
    await house.put(records(1));
    await until(() => states.includes('waiting'));
    line.mute(false);
    await until(() => reader.seqs().length === 1);
    expect(line.count).toBeGreaterThan(1);
    stop.abort();
    await reader.over.catch(() => undefined);
    expect(states.at(-1)).toBe('over');
  });

  it('hangs up on a reader that is too slow and resumes, so that nothing is lost and little waits', async () => {
    await house.put(records(500));
    const stop = new AbortController();
    const states: LiveState[] = [];
    const onState = (state: LiveState) => void states.push(state);
    const live = client().live({ after: 0, buffer: 20, signal: stop.signal, retryMs, onState });
    const go = Promise.withResolvers<void>();
    const reader = read(live, () => go.promise);
    // Nobody reads: one line, and no other until there is room.
    await until(() => states.includes('waiting'));
    await delay(200);
    expect(line.count).toBe(1);
    go.resolve();
    await until(() => reader.seqs().length === 500);
    expect(reader.seqs()).toEqual(upTo(500));
    expect(line.count).toBeGreaterThan(3);
    stop.abort();
  });

  it('drops the oldest instead where it is told to, and says how many', async () => {
    await house.put(records(500));
    const stop = new AbortController();
    const go = Promise.withResolvers<void>();
    const states: LiveState[] = [];
    const onState = (state: LiveState) => void states.push(state);
    const live = client().live({ after: 0, buffer: 20, whenFull: 'drop', signal: stop.signal, onState });
    const reader = read(live, () => go.promise);
    await until(() => states.includes('live'));
    go.resolve();
    await until(() => reader.events.at(-1)?.type === 'live');
    const dropped = reader.events.reduce((sum, event) => sum + (event.type === 'dropped' ? event.count : 0), 0);
    expect(dropped + reader.seqs().length).toBe(500);
    expect([reader.seqs().at(-1), line.count]).toEqual([500, 1]);
    expect(dropped).toBeGreaterThan(400);
    stop.abort();
  });

  it('ends with what cdrd said when there is no use in trying again', async () => {
    const ended = (live: Live) => read(live).over;
    await expect(ended(client('an-unknown-token').live())).rejects.toMatchObject({ name: 'ApiError', status: 401 });
    await expect(ended(client().live({ filter: { and: [] } }))).rejects.toMatchObject({
      status: 400,
      message: 'filter.and: has no part, expected 1 to 50',
    });
    await expect(ended(client().live({ signal: AbortSignal.abort('too late') }))).rejects.toBe('too late');
    const live = client().live();
    stopSoon(live);
    await expect(live.each(() => undefined)).rejects.toThrow('a feed can be read once');
  });

  const stopSoon = (live: Live) => {
    const iterator = live[Symbol.asyncIterator]();
    const first = iterator.next();
    void first.then(() => iterator.return());
  };

  it('ends when its token is revoked', async () => {
    await house.close();
    house = await openHouse({ limits: { live_ping_seconds: 0.05 } });
    await line.close();
    line = await openLine(house.url);
    const { token, secret } = await house.store.createToken({ name: 't', scope: 'read', companies: null }, 1);
    const reader = read(client(secret).live({ after: 0, retryMs }));
    await until(() => reader.events.some(({ type }) => type === 'live'));
    await house.store.revokeToken(token.id, 2);
    await expect(reader.over).rejects.toMatchObject({ status: 401, message: 'the token was revoked' });
  });

  it('keeps trying while nobody is there, waiting longer each time', async () => {
    const stop = new AbortController();
    const states: LiveState[] = [];
    const nobody = connect({ url: 'http://127.0.0.1:1', token: adminToken });
    const onState = (state: LiveState) => void states.push(state);
    const reader = read(nobody.live({ signal: stop.signal, retryMs, onState }));
    await until(() => states.filter((state) => state === 'waiting').length > 5);
    stop.abort();
    await expect(reader.over).rejects.toBe(stop.signal.reason);
  });

  it('leaves nothing behind when the loop is left', async () => {
    for await (const event of client().live({ after: null })) if (event.type === 'live') break;
    await until(() => house.live.stats.clients === 0);
    const listener = await listen(house, adminToken);
    expect(house.live.stats.clients).toBe(1);
    listener.ws.terminate();
  });
});
