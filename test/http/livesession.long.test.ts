import { setImmediate as breathe } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Feed } from '../../src/feed/feed.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { listen, type Listener } from './listener.ts';
import { adminToken, openHouse, record, records, type House, type HouseOptions, until } from './support.ts';
import { naming } from '../support/rows.ts';

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
    const systems = new Map([['pbx1', naming]]);
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

  it('reads on when more was committed while it read, and misses nothing of it', async () => {
    let pages = 0;
    await open({
      store: (store) => ({
        ...store,
        changes: async (...range) => {
          const page = await store.changes(...range);
          pages += 1;
          if (pages <= 5) {
            const { head } = house.feed;
            await house.put(records(1));
            await until(() => house.feed.head > head);
          }
          return page;
        },
      }),
    });
    await house.put(records(3));
    const client = await join(adminToken, 0);
    expect(client.seqs).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await client.hear('live')).toEqual({ type: 'live', seq: 8 });
  });

  it('misses and doubles nothing between replay and live, for 50 clients that come and go while thousands of records arrive', async () => {
    await open();
    const total = 3000;
    let seed = 20261122;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    await house.put(records(500));
    await until(() => house.feed.head === 500);
    const clients: { after: number; seqs: number[]; listener: Listener }[] = [];
    let liveMeanwhile = 0;
    const begin = async (after: number): Promise<Listener> => {
      const listener = await listen(house, adminToken);
      listener.say({ type: 'subscribe', after });
      // Every other one changes from replay to live before we go on, in the middle of the writing.
      if (random(2) === 0 && (await listener.hear('live')).seq! < total) liveMeanwhile += 1;
      return listener;
    };
    const join = async () => {
      const after = house.feed.head - random(random(2) === 0 ? 20 : 500);
      clients.push({ after, seqs: [], listener: await begin(after) });
    };
    /** Hangs up in the middle of something and comes back to where it was. */
    const rejoin = async (client: (typeof clients)[number]) => {
      client.listener.ws.terminate();
      await client.listener.gone();
      client.seqs.push(...client.listener.seqs);
      client.listener = await begin(client.seqs.at(-1) ?? client.after);
    };
    let isWriting = true;
    const joining = (async () => {
      while (isWriting) {
        if (clients.length < 50) await join();
        else await rejoin(clients[random(50)]!);
      }
    })();
    for (let put = 500; put < total; put += 5) {
      await house.put(records(5));
      // Store and feed go on without the event loop; the sockets need it, as they would between two events of a PBX.
      for (let turn = 0; turn < 5; turn += 1) await breathe();
    }
    isWriting = false;
    await joining;
    expect(clients).toHaveLength(50);
    expect(liveMeanwhile).toBeGreaterThan(25);
    for (const { after, seqs, listener } of clients) {
      const all = () => [...seqs, ...listener.seqs];
      if (after < total && all().at(-1) !== total) await listener.until(() => listener.seqs.at(-1) === total);
      expect(all()).toEqual(Array.from({ length: total - after }, (_, place) => after + 1 + place));
    }
  }, 60_000);
});
