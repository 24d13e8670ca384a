// What a client of the event stream is told, and how it comes back.
import { afterEach, describe, expect, it } from 'vitest';
import { stream } from './streamer.ts';
import { adminToken, ask, flood, openHouse, record, records, until, type House, type HouseOptions } from './support.ts';

describe('the event stream', () => {
  let house: House;
  const open = async (options?: HouseOptions) => (house = await openHouse(options));
  afterEach(() => house.close());

  it('replays what came after its place, says live, tells each change, and names a place with every event', async () => {
    await open();
    await house.put(records(3));
    const client = await stream(house, adminToken, '?after=1');
    await client.hear('live');
    await house.put([record({ userfield: 'new' })]);
    await client.until(() => client.frames.length === 5);
    expect(client.frames.map(({ type, seq, op, cdr }) => [type, seq, op, cdr?.id])).toEqual([
      ['hello', 3, undefined, undefined],
      ['cdr', 2, 'created', 2],
      ['cdr', 3, 'created', 3],
      ['live', 3, undefined, undefined],
      ['cdr', 4, 'created', 4],
    ]);
    expect(client.lastId).toBe(`${house.store.generation}:4`);
    expect(Number(client.retry)).toBeGreaterThan(0);
    expect(client.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
  });

  it('goes on behind the last event a client took, whatever the URL says, even if that was no record', async () => {
    await open();
    const first = await stream(house, adminToken, '?company=alpha');
    await first.until(() => first.frames.length === 2);
    await first.hangUp();
    await house.put([record({ accountcode: 'alpha' }), record(), record({ accountcode: 'Alpha' })]);
    const second = await stream(house, adminToken, '?company=alpha&after=0', first.lastId);
    await second.until(() => second.seqs.length === 2);
    expect(second.seqs).toEqual([1, 3]);
    await second.hangUp();
    const third = await stream(house, adminToken, '?company=alpha&after=0', `${house.store.generation}:1`);
    await third.hear('live');
    expect(third.seqs).toEqual([3]);
  });

  it('is told to resync from a place that is not here, and then goes on from the place it is told', async () => {
    await open();
    await house.put(records(3));
    const here = { generation: house.store.generation, seq: 3 };
    for (const [id, reason] of [
      ['0123456789abcdef:2', 'generation'],
      ['nonsense', 'generation'],
      [`${here.generation}:4`, 'place'],
    ] as const) {
      const client = await stream(house, adminToken, '', id);
      await client.hear('live');
      expect(client.frames.map(({ type }) => type)).toEqual(['hello', 'resync', 'live']);
      expect(client.frames[1]).toEqual({ type: 'resync', reason, ...here });
      expect(client.lastId).toBe(`${here.generation}:3`);
      await client.hangUp();
    }
    const given = await stream(house, adminToken, '?after=2&generation=other');
    expect(await given.hear('resync')).toMatchObject({ reason: 'generation' });
    await house.put(records(1));
    await given.until(() => given.seqs.length === 1);
    expect(given.seqs).toEqual([4]);
  });

  it('tells only what lies within the walls of its token and the filter of its URL', async () => {
    await open();
    const bound = await stream(house, await house.token('read', ['alpha']), '?after=0&company=beta');
    const all = await stream(house, adminToken, '?after=0');
    const beta = record({ accountcode: 'beta' });
    const both = record({ accountcode: 'beta', peeraccount: 'alpha' });
    await house.put([beta, both]);
    await house.put([{ ...both, custom: { company: 'gamma' } }]);
    await Promise.all([all.until(() => all.seqs.at(-1) === 3), bound.until(() => bound.seqs.at(-1) === 3)]);
    expect(all.seqs).toEqual([1, 2, 3]);
    expect(bound.frames.filter(({ type }) => type === 'cdr').map(({ op, seq }) => [op, seq])).toEqual([
      ['created', 2],
      ['deleted', 3],
    ]);
    expect(bound.frames.at(-1)!.cdr).toEqual({ id: 2 });
  });

  it('lets in no more clients than configured, and no one without a token or with a parameter nobody knows', async () => {
    await open({ limits: { live_clients: 1 } });
    await expect(stream(house, 'wrong')).rejects.toThrow('401');
    await expect(stream(house, adminToken, '?compnay=x')).rejects.toThrow('400');
    const first = await stream(house, adminToken);
    await expect(stream(house, adminToken)).rejects.toThrow('503');
    await first.hangUp();
    await until(() => house.live.stats.clients === 0);
    const head = await ask(house, 'HEAD', '/api/v1/live', { token: adminToken });
    expect([head.status, house.live.stats.clients]).toEqual([200, 0]);
    await stream(house, adminToken);
  });

  it('sends heartbeats and ends when the token was revoked', async () => {
    await open({ limits: { live_ping_seconds: 0.05 } });
    const { token, secret } = await house.store.createToken({ name: 'soon gone', scope: 'read', companies: null }, 1);
    const [client, other] = [await stream(house, secret), await stream(house, adminToken)];
    await client.until(() => client.comments >= 2);
    await house.store.revokeToken(token.id, 2);
    await client.gone();
    expect(other.isOver).toBe(false);
    await expect(stream(house, secret, '', client.lastId)).rejects.toThrow('401');
  });

  it('ends a client that takes too little, which resumes without a hole', async () => {
    await open({ limits: { live_buffer_bytes: 65_536 } });
    const heavy = { clid: 'c'.repeat(4000), lastdata: 'l'.repeat(4000), userfield: 'u'.repeat(4000) };
    const client = await stream(house, adminToken, '?after=0');
    await client.hear('live');
    client.response.pause();
    await flood(
      () => house.live.stats.cuts > 0,
      () => house.put(records(100, heavy)),
    );
    client.response.resume();
    await client.gone();
    const again = await stream(house, adminToken, '', client.lastId);
    await again.hear('live');
    const head = await house.store.head();
    expect([...client.seqs, ...again.seqs]).toEqual(Array.from({ length: head }, (_, place) => place + 1));
  });

  it('hangs up on a client that takes nothing between two heartbeats', async () => {
    await open({ limits: { live_ping_seconds: 0.1, live_buffer_bytes: 64 * 1_048_576 } });
    const heavy = { clid: 'c'.repeat(4000), lastdata: 'l'.repeat(4000), userfield: 'u'.repeat(4000) };
    const client = await stream(house, adminToken);
    client.response.pause();
    // More than the kernel's own buffers hold.
    for (let put = 0; put < 10; put += 1) await house.put(records(100, heavy));
    await until(() => house.live.stats.clients === 0);
    expect(house.live.stats.cuts).toBe(0);
    client.response.destroy();
  });

  it('tells how far it has come, then ends, when the daemon stops', async () => {
    await open({ limits: { live_progress_seconds: 3600 } });
    const client = await stream(house, adminToken, '?company=nobody');
    await client.hear('live');
    await house.put(records(2));
    await until(() => house.feed.head === 2);
    const began = performance.now();
    await house.live.close();
    await client.gone();
    expect(performance.now() - began).toBeLessThan(450);
    const goodbye = { type: 'end', code: 1001, reason: 'cdrd is stopping' };
    expect(client.frames.slice(-2)).toEqual([{ type: 'progress', seq: 2 }, goodbye]);
    expect(client.lastId).toBe(`${house.store.generation}:2`);
    await expect(stream(house, adminToken)).rejects.toThrow('503');
  });
});
