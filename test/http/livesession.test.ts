import { afterEach, describe, expect, it } from 'vitest';
import { Feed } from '../../src/feed/feed.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import {
  adminToken,
  listen,
  openHouse,
  record,
  records,
  until,
  type Frame,
  type House,
  type HouseOptions,
  type Listener,
} from './support.ts';

describe('a subscription to /live', () => {
  let house: House;
  const open = async (options?: HouseOptions) => (house = await openHouse(options));
  afterEach(() => house.close());

  const join = async (token = adminToken, after: number | null = null, filter?: object): Promise<Listener> => {
    const client = await listen(house, token);
    await client.subscribe(after, filter);
    return client;
  };
  /** All that the client was told up to this place. */
  const told = async (client: Listener, last: number): Promise<[string, number, number][]> => {
    await client.until(() => client.seqs.at(-1) === last);
    return client.changes.map(({ op, seq, cdr }) => [op!, seq!, cdr!.id]);
  };

  it('replays what came after its place, then says live, then tells each change', async () => {
    await open();
    await house.put(records(3));
    const client = await join(adminToken, 1);
    await house.put([record({ userfield: 'new' })]);
    await client.until(() => client.frames.length === 5);
    const shown = client.frames.map(({ type, seq, op, cdr }) => [type, seq, op, cdr?.id]);
    expect(shown).toEqual([
      ['hello', 3, undefined, undefined],
      ['cdr', 2, 'created', 2],
      ['cdr', 3, 'created', 3],
      ['live', 3, undefined, undefined],
      ['cdr', 4, 'created', 4],
    ]);
    expect(client.frames[4]!.cdr).toMatchObject({
      system: 'pbx1',
      userfield: 'new',
      start: '2026-11-22T03:15:29Z',
      extension: '100',
    });
  });

  it('begins now when it names no place', async () => {
    await open();
    await house.put(records(3));
    const client = await join();
    await house.put(records(1));
    expect(await told(client, 4)).toEqual([['created', 4, 4]]);
  });

  it('is told to resync from a place beyond the end or of another generation, and may subscribe again', async () => {
    await open();
    await house.put(records(3));
    const client = await listen(house, adminToken);
    const here = { generation: house.store.generation, seq: 3 };
    client.say({ type: 'subscribe', after: 4 });
    await client.until(() => client.frames.length === 2);
    client.say({ type: 'subscribe', after: 1, generation: 'of a store before the restore' });
    await client.until(() => client.frames.length === 3);
    expect(client.frames.slice(1)).toEqual([
      { type: 'resync', reason: 'place', ...here },
      { type: 'resync', reason: 'generation', ...here },
    ]);
    client.say({ type: 'subscribe', after: 3, generation: house.store.generation });
    expect(await client.hear('live')).toEqual({ type: 'live', seq: 3 });
  });

  it('takes a place that another daemon on the store has given out already, and doubles nothing when it arrives here', async () => {
    await open();
    const { store, context } = house;
    const elsewhere = await Feed.open(store, context.log);
    const systems = new Map([['pbx1', { channel: /^x/, extension: /^x/ }]]);
    const other = new Ingest({ store, feed: elsewhere, systems, log: context.log });
    const rows = records(3).map((fields) => ({ kind: 'api' as const, timezone: 'UTC', fields }));
    await other.post('pbx1', rows, null);
    expect(house.feed.head).toBe(0);
    const client = await join(adminToken, 3);
    const early = await join(adminToken, 2);
    await house.put(records(1));
    expect(await told(client, 4)).toEqual([['created', 4, 4]]);
    expect((await told(early, 4)).map(([, seq]) => seq)).toEqual([3, 4]);
  });

  it.each([
    [{ company: 'ALPHA' }, [1, 3, 4]],
    [{ extension: '200' }, [2, 3, 4]],
    [{ system: 'pbx2' }, [4]],
    [{ disposition: 'BUSY' }, [2, 4]],
    [{ company: 'alpha', extension: '200', system: 'pbx1' }, [3]],
    [{ company: 'nobody' }, []],
    [{}, [1, 2, 3, 4]],
  ])('tells with the filter %j the records %j, in replay and live', async (filter, ids) => {
    await open({ systems: ['pbx1', 'pbx2'] });
    const live = await join(adminToken, 0, filter);
    const busy = { src: '200', channel: 'PJSIP/200-00000001', disposition: 'BUSY' };
    await house.put([record({ accountcode: 'alpha' }), record(busy), record({ peeraccount: 'Alpha', dst: '200' })]);
    await house.put([record({ accountcode: 'alpha', ...busy })], 'pbx2');
    const replayed = await join(adminToken, 0, filter);
    await live.fence();
    for (const client of [replayed, live]) expect(client.changes.map(({ cdr }) => cdr!.id)).toEqual(ids);
  });

  it('tells a company-bound client of its own records only, where an unbound one hears all', async () => {
    await open();
    const bound = await house.token('read', ['ALPHA']);
    const [owner, live] = [await join(adminToken, 0), await join(bound, 0)];
    await house.put([
      record({ accountcode: 'beta' }),
      record(),
      record({ accountcode: 'beta', peeraccount: 'alpha' }),
      record({ accountcode: 'alpha' }),
    ]);
    expect((await told(owner, 4)).map(([, seq]) => seq)).toEqual([1, 2, 3, 4]);
    const [replayed, curious] = [await join(bound, 0), await join(bound, 0, { company: 'beta' })];
    expect((await told(live, 4)).map(([, seq]) => seq)).toEqual([3, 4]);
    expect(replayed.seqs).toEqual([3, 4]);
    expect(curious.seqs).toEqual([3]);
  });

  it('tells a record that leaves its view as deleted, without its content, and one that comes into it as created', async () => {
    await open();
    const tokens = [await house.token('read', ['alpha']), await house.token('read', ['beta'])];
    const [owner, alpha, beta] = [await join(), await join(tokens[0]), await join(tokens[1])];
    const moving = record();
    await house.put([moving]);
    await house.put([{ ...moving, accountcode: 'alpha' }]);
    await house.put([{ ...moving, custom: { company: 'beta' } }]);
    await house.put([record({ accountcode: 'alpha', peeraccount: 'beta' })]);
    expect(await told(owner, 4)).toEqual([
      ['created', 1, 1],
      ['updated', 2, 1],
      ['updated', 3, 1],
      ['created', 4, 2],
    ]);
    expect(await told(alpha, 4)).toEqual([
      ['created', 2, 1],
      ['deleted', 3, 1],
      ['created', 4, 2],
    ]);
    expect(await told(beta, 4)).toEqual([
      ['created', 3, 1],
      ['created', 4, 2],
    ]);
    expect(alpha.changes[1]!.cdr).toEqual({ id: 1 });
    const resumed = await join(tokens[0], 2);
    expect(await told(resumed, 4)).toEqual([
      ['deleted', 3, 1],
      ['created', 4, 2],
    ]);
    expect(resumed.changes[0]!.cdr).toEqual({ id: 1 });
  });

  it('tells a change of the filtered company the same way', async () => {
    await open();
    const client = await join(adminToken, null, { company: 'alpha' });
    const moving = record({ accountcode: 'alpha' });
    await house.put([moving]);
    await house.put([{ ...moving, userfield: 'x' }]);
    await house.put([{ ...moving, custom: { company: 'beta' } }]);
    expect(await told(client, 3)).toEqual([
      ['created', 1, 1],
      ['updated', 2, 1],
      ['deleted', 3, 1],
    ]);
  });

  it('misses and doubles nothing between replay and live, for 50 clients that come and go while thousands of records arrive', async () => {
    await open();
    const total = 4000;
    let seed = 20261122;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    await house.put(records(500));
    const clients: { after: number; listener: Listener }[] = [];
    const writing = (async () => {
      for (let put = 500; put < total; put += 25) await house.put(records(25));
    })();
    const joining = (async () => {
      while (clients.length < 50) {
        const listener = await listen(house, adminToken);
        const after = random(house.feed.head + 1);
        listener.say({ type: 'subscribe', after });
        clients.push({ after, listener });
        const half = clients[random(clients.length)]!;
        // Every now and then one hangs up and comes back where it was.
        if (random(4) === 0 && half.listener.seqs.length > 0) {
          half.listener.ws.terminate();
          await half.listener.gone();
          const again = await listen(house, adminToken);
          const heard = half.listener.frames.filter(({ type }) => type === 'cdr');
          again.say({ type: 'subscribe', after: heard.at(-1)!.seq });
          again.frames.push(...heard);
          half.listener = again;
        }
      }
    })();
    await Promise.all([writing, joining]);
    expect(house.feed.head).toBeGreaterThan(500);
    for (const { after, listener } of clients) {
      await listener.until(() => listener.seqs.at(-1) === total);
      expect(listener.seqs).toEqual(Array.from({ length: total - after }, (_, place) => after + 1 + place));
    }
  }, 60_000);
});

const heavy = { clid: 'c'.repeat(4000), lastdata: 'l'.repeat(4000), userfield: 'u'.repeat(4000) };

describe('a client of /live that is slow', () => {
  let house: House;
  const small = { live_buffer_bytes: 65_536 };
  const open = async (options?: HouseOptions) => (house = await openHouse(options));
  afterEach(() => house.close());
  const memory = () => {
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 1e6;
  };
  /** Contiguous from 1: nothing was left out before the cut. */
  const places = (frames: Frame[]) => frames.filter(({ type }) => type === 'cdr').map(({ seq }) => seq);
  const upTo = (last: number) => Array.from({ length: last }, (_, place) => place + 1);

  it('is told no more once its buffer is full, closed with 1013, and resumes without a seam', async () => {
    await open({ limits: small });
    const client = await listen(house, adminToken);
    await client.subscribe(0);
    client.ws.pause();
    while (house.live.stats.cuts === 0) await house.put(records(100, heavy));
    const { frames } = house.live.stats;
    await house.put(records(100, heavy));
    expect(house.live.stats.frames).toBe(frames);
    client.ws.resume();
    expect(await client.gone()).toEqual({ code: 1013, reason: 'too slow: resume with after = your last seq' });
    const last = client.seqs.at(-1)!;
    expect(places(client.frames)).toEqual(upTo(last));
    const again = await listen(house, adminToken);
    await again.subscribe(last);
    const head = await house.store.head();
    await again.until(() => again.seqs.at(-1) === head);
    expect([...client.seqs, ...again.seqs]).toEqual(upTo(head));
  });

  it('is hung up on two seconds after the cut when it never reads, while others hear everything and memory stays bounded', async () => {
    await open({ limits: { live_buffer_bytes: 1_048_576 } });
    const [mute, healthy] = [await listen(house, adminToken), await listen(house, adminToken)];
    await mute.subscribe(0);
    await healthy.subscribe(0);
    mute.ws.pause();
    const before = memory();
    let most = 0;
    let cutAt = 0;
    while (house.live.stats.clients === 2) {
      await house.put(records(10, heavy));
      const head = await house.store.head();
      await healthy.until(() => healthy.seqs.at(-1) === head);
      healthy.frames.length = 0;
      healthy.frames.push({ type: 'cdr', seq: head });
      most = Math.max(most, memory() - before);
      if (cutAt === 0 && house.live.stats.cuts === 1) cutAt = performance.now();
    }
    const took = performance.now() - cutAt;
    expect(took).toBeGreaterThan(1800);
    expect(took).toBeLessThan(3500);
    expect(most).toBeLessThan(150);
    expect(healthy.closed).toBeNull();
    mute.ws.terminate();
  });

  it('gets no more than its buffer holds during replay, is cut when it takes nothing, and memory stays bounded', async () => {
    await open({ limits: { ...small, live_stall_seconds: 0.5 } });
    for (let put = 0; put < 5000; put += 500) await house.put(records(500, heavy));
    const client = await listen(house, adminToken);
    await client.hear('hello');
    client.ws.pause();
    const before = memory();
    client.say({ type: 'subscribe', after: 0 });
    let most = 0;
    await until(() => {
      most = Math.max(most, memory() - before);
      return house.live.stats.cuts === 1;
    });
    // The kernel's own buffers take some megabytes; 60 MB were waiting.
    expect(house.live.stats.bytes).toBeLessThan(30e6);
    expect(most).toBeLessThan(100);
    client.ws.resume();
    expect((await client.gone()).code).toBe(1013);
    expect(places(client.frames)).toEqual(upTo(client.seqs.at(-1)!));
    expect(client.seqs.at(-1)).toBeLessThan(5000);
  });

  it('is hung up on two seconds after it was cut in a replay when it never reads', async () => {
    await open({ limits: { ...small, live_stall_seconds: 0.2 } });
    for (let put = 0; put < 2000; put += 500) await house.put(records(500, heavy));
    const client = await listen(house, adminToken);
    client.ws.pause();
    client.say({ type: 'subscribe', after: 0 });
    await until(() => house.live.stats.cuts === 1);
    const cutAt = performance.now();
    await until(() => house.live.stats.clients === 0);
    expect(performance.now() - cutAt).toBeGreaterThan(1500);
    expect(performance.now() - cutAt).toBeLessThan(3500);
    client.ws.terminate();
  });

  it('gets everything in its own pace during replay, when it reads again and again', async () => {
    await open({ limits: { ...small, live_ping_seconds: 0.2 } });
    for (let put = 0; put < 2000; put += 500) await house.put(records(500, heavy));
    const client = await listen(house, adminToken);
    client.say({ type: 'subscribe', after: 0 });
    const ticking = setInterval(() => (client.ws.isPaused ? client.ws.resume() : client.ws.pause()), 10);
    await client.hear('live');
    clearInterval(ticking);
    client.ws.resume();
    expect(client.seqs).toEqual(upTo(2000));
    expect(house.live.stats.cuts).toBe(0);
  });

  it('gets a record larger than its buffer too, live and in replay', async () => {
    await open({ limits: small });
    const custom = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`c${at}`, 'x'.repeat(4000)]));
    const live = await listen(house, adminToken);
    await live.subscribe(0);
    for (let put = 0; put < 5; put += 1) {
      await house.put(records(1, { custom }));
      await live.until(() => live.seqs.at(-1) === put + 1);
    }
    const replayed = await listen(house, adminToken);
    await replayed.subscribe(0);
    expect(replayed.seqs).toEqual(upTo(5));
    expect(house.live.stats.cuts).toBe(0);
  });
});
