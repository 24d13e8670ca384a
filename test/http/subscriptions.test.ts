// Several subscriptions of one socket: whose a change is, what replacing one means, how far each has come.
import { afterEach, describe, expect, it } from 'vitest';
import { listen, type Frame, type Listener } from './listener.ts';
import { adminToken, openHouse, record, records, until, type House, type HouseOptions } from './support.ts';

describe('the subscriptions of one socket', () => {
  let house: House;
  const open = async (options?: HouseOptions) => (house = await openHouse(options));
  afterEach(() => house.close());

  const join = () => listen(house, adminToken);
  /** Subscribes under a name; resolves when that one is live, for the `nth` time. */
  const subscribe = async (client: Listener, id: string, after: number | null, filter: object = {}, nth = 1) => {
    client.say({ type: 'subscribe', id, after, filter });
    await client.until(() => client.frames.filter((frame) => frame.type === 'live' && frame.id === id).length === nth);
  };
  const shown = (frames: Frame[]) => frames.map(({ type, ids, id, op, seq }) => [type, ids ?? id, op, seq]);
  const alpha = { accountcode: 'alpha' };
  const answered = async (client: Listener, said: object) => {
    const { length } = client.frames;
    client.say(said);
    await client.until(() => client.frames.length > length);
    return client.frames[length];
  };

  it('are told a change that several of them match once, with their ids, and the nameless one as ever', async () => {
    await open();
    const client = await join();
    await subscribe(client, 'a', 0, { company: 'alpha' });
    await subscribe(client, 'busy', 0, { disposition: 'BUSY' });
    await subscribe(client, 'all', 0);
    await client.subscribe(0, { company: 'alpha' });
    await client.until(() => client.frames.length === 5);
    const moving = record(alpha);
    await house.put([moving, record({ disposition: 'BUSY' })]);
    // A change is told with its record as it is when it is read.
    await until(() => house.feed.head === 2);
    await house.put([{ ...moving, custom: { company: 'beta' } }]);
    await client.until(() => client.frames.length === 11);
    expect(shown(client.frames.slice(5))).toEqual([
      ['cdr', undefined, 'created', 1],
      ['cdr', ['a', 'all'], 'created', 1],
      ['cdr', ['busy', 'all'], 'created', 2],
      ['cdr', undefined, 'deleted', 3],
      ['cdr', ['a'], 'deleted', 3],
      ['cdr', ['all'], 'updated', 3],
    ]);
  });

  it('replay each for itself, and each says when it is live', async () => {
    await open();
    await house.put([record(alpha), record({ accountcode: 'beta' }), record(alpha)]);
    const client = await join();
    client.say({ type: 'subscribe', id: 'a', after: 1, filter: { company: 'alpha' } });
    client.say({ type: 'subscribe', id: 'b', after: 0 });
    await client.until(() => client.frames.filter(({ type }) => type === 'live').length === 2);
    const of = (name: string) => client.frames.filter(({ id, ids }) => id === name || ids?.includes(name));
    expect(shown(of('a'))).toEqual([
      ['cdr', ['a'], 'created', 3],
      ['live', 'a', undefined, 3],
    ]);
    expect(of('b').map(({ seq }) => seq)).toEqual([1, 2, 3, 3]);
  });

  it('replace their filter at the place they have reached, and say which: no hole and no double', async () => {
    await open();
    const client = await join();
    await subscribe(client, 'a', 0, { company: 'alpha' });
    await house.put([record(alpha), record({ accountcode: 'beta' })]);
    await until(() => house.feed.head === 2);
    await subscribe(client, 'a', null, { company: 'beta' }, 2);
    await house.put([record(alpha), record({ accountcode: 'beta' })]);
    await client.until(() => client.seqs.includes(4));
    expect(shown(client.frames.slice(2))).toEqual([
      ['cdr', ['a'], 'created', 1],
      ['replaced', 'a', undefined, 2],
      ['live', 'a', undefined, 2],
      ['cdr', ['a'], 'created', 4],
    ]);
  });

  it('replace their filter from an earlier place when they are given one, telling that past by the new filter', async () => {
    await open();
    const client = await join();
    await house.put([record({ accountcode: 'beta' }), record(alpha)]);
    await subscribe(client, 'a', 0, { company: 'alpha' });
    await subscribe(client, 'a', 0, { company: 'beta' }, 2);
    expect(shown(client.frames.slice(1))).toEqual([
      ['cdr', ['a'], 'created', 2],
      ['live', 'a', undefined, 2],
      ['replaced', 'a', undefined, 0],
      ['cdr', ['a'], 'created', 1],
      ['live', 'a', undefined, 2],
    ]);
  });

  it('replaced in the middle of a replay go on exactly behind the last change that was told', async () => {
    await open({ limits: { live_buffer_bytes: 65_536 } });
    const heavy = { lastdata: 'l'.repeat(4000), userfield: 'u'.repeat(4000), clid: 'c'.repeat(4000) };
    for (let put = 0; put < 10; put += 1) await house.put(records(100, heavy));
    const client = await join();
    await client.hear('hello');
    client.ws.pause();
    client.say({ type: 'subscribe', id: 'a', after: 0 });
    // Its replay waits for it once nothing is sent any more.
    let [sent, looks] = [0, 0];
    await until(() => {
      looks = house.live.stats.frames === sent ? looks + 1 : 0;
      sent = house.live.stats.frames;
      return sent > 1 && looks === 20;
    });
    client.say({ type: 'subscribe', id: 'a' });
    await until(() => house.live.stats.frames > sent);
    client.ws.resume();
    await client.hear('live');
    expect(client.seqs).toEqual(Array.from({ length: 1000 }, (_, place) => place + 1));
    const told = client.frames.filter(({ type }) => type === 'cdr' || type === 'replaced');
    const replaced = told.flatMap((frame, at) => (frame.type === 'replaced' ? [[frame.seq, told[at - 1]?.seq]] : []));
    expect(replaced).toEqual([[sent - 1, sent - 1]]);
    expect(sent).toBeLessThan(1000);
  });

  it('end one by one, and make room: no more at once than configured', async () => {
    await open({ limits: { live_subscriptions: 2 } });
    const client = await join();
    await subscribe(client, 'a', null);
    await subscribe(client, 'b', null);
    expect(await answered(client, { type: 'subscribe', id: 'c' })).toEqual({
      ...{ type: 'error', id: 'c' },
      message: '2 subscriptions are open, no more are taken (limits.live_subscriptions)',
    });
    await house.put(records(1));
    await until(() => house.feed.head === 1);
    await client.until(() => client.seqs.length === 1);
    expect(await answered(client, { type: 'unsubscribe', id: 'a' })).toEqual({ type: 'unsubscribed', id: 'a', seq: 1 });
    expect(await answered(client, { type: 'unsubscribe', id: 'a' })).toMatchObject({ type: 'error', id: 'a' });
    await subscribe(client, 'c', null);
    await house.put(records(1));
    await client.until(() => client.seqs.includes(2));
    expect(client.frames.at(-1)!.ids).toEqual(['b', 'c']);
  });

  it('are answered under their id when something is wrong, and stay as they were', async () => {
    await open();
    const client = await join();
    await subscribe(client, 'a', null);
    const seq = { generation: house.store.generation, seq: 0 };
    expect(await answered(client, { type: 'subscribe', id: 'a', after: 7 })).toEqual({
      ...{ type: 'resync', id: 'a', reason: 'place' },
      ...seq,
    });
    expect(await answered(client, { type: 'subscribe', id: 'a', after: -1 })).toMatchObject({ type: 'error', id: 'a' });
    expect(await answered(client, { type: 'subscribe', id: '' })).toEqual({
      ...{ type: 'error', id: '' },
      message: 'id: "" is not a text of 1 to 64 characters',
    });
    await house.put(records(1));
    await client.until(() => client.seqs.length === 1);
    expect(client.frames.at(-1)!.ids).toEqual(['a']);
  });

  it('are told how far they have come when their filter lets nothing through, and only then', async () => {
    await open({ limits: { live_progress_seconds: 0.05 } });
    const client = await join();
    await subscribe(client, 'all', 0);
    await subscribe(client, 'none', 0, { company: 'nobody' });
    await house.put(records(3));
    await client.until(() => client.frames.some(({ type, seq }) => type === 'progress' && seq === 3));
    await house.put(records(1));
    await client.until(() => client.frames.some(({ type, seq }) => type === 'progress' && seq === 4));
    const progress = client.frames.filter(({ type }) => type === 'progress');
    expect(new Set(progress.map(({ id }) => id))).toEqual(new Set(['none']));
    expect(new Set(progress.map(({ seq }) => seq)).size).toBe(progress.length);
  });

  it('are told how far they have come during a replay too', async () => {
    let read: () => void = () => undefined;
    let pages = 0;
    await open({
      limits: { live_progress_seconds: 0.02 },
      store: (store) => ({
        ...store,
        changes: async (...range) => {
          // The second page comes late.
          if ((pages += 1) === 2) await new Promise<void>((resolve) => (read = resolve));
          return store.changes(...range);
        },
      }),
    });
    await house.put(records(150));
    await until(() => house.feed.head === 150);
    const client = await join();
    client.say({ type: 'subscribe', after: 0, filter: { company: 'nobody' } });
    expect(await client.hear('progress')).toEqual({ type: 'progress', seq: 100 });
    read();
    expect(await client.hear('live')).toEqual({ type: 'live', seq: 150 });
  });

  it('are told how far they have come right before the goodbye', async () => {
    await open({ limits: { live_progress_seconds: 3600 } });
    const client = await join();
    await client.subscribe(null, { company: 'nobody' });
    await house.put(records(2));
    await until(() => house.feed.head === 2);
    const closing = house.live.close();
    expect((await client.gone()).code).toBe(1001);
    expect(client.frames.at(-1)).toEqual({ type: 'progress', seq: 2 });
    await closing;
  });
});
