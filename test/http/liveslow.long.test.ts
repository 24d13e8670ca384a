// What the daemon bears from clients of /live that take nothing, or little.
import { afterEach, describe, expect, it } from 'vitest';
import { memoryMb } from '../support/memory.ts';
import { listen, type Frame } from './listener.ts';
import { adminToken, flood, openHouse, records, until, type House, type HouseOptions } from './support.ts';

const heavy = { clid: 'c'.repeat(4000), lastdata: 'l'.repeat(4000), userfield: 'u'.repeat(4000) };

describe('a client of /live that is slow', () => {
  let house: House;
  const small = { live_buffer_bytes: 65_536 };
  const open = async (options?: HouseOptions) => (house = await openHouse(options));
  afterEach(() => house.close());
  /** Contiguous from 1: nothing was left out before the cut. */
  const places = (frames: Frame[]) => frames.filter(({ type }) => type === 'cdr').map(({ seq }) => seq);
  const upTo = (last: number) => Array.from({ length: last }, (_, place) => place + 1);

  it('is told no more once its buffer is full, closed with 1013, and resumes without a seam', async () => {
    await open({ limits: small });
    const client = await listen(house, adminToken);
    await client.subscribe(0);
    client.ws.pause();
    await flood(
      () => house.live.stats.cuts > 0,
      () => house.put(records(100, heavy)),
    );
    const { frames } = house.live.stats;
    await house.put(records(100, heavy));
    expect(house.live.stats.frames).toBe(frames);
    client.ws.resume();
    const why = 'too slow: over 65536 bytes wait (limits.live_buffer_bytes); resume with after = your last seq';
    expect(await client.gone()).toEqual({ code: 1013, reason: why });
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
    const before = memoryMb();
    let most = 0;
    let puts = 0;
    let cutAt = 0;
    await flood(
      () => house.live.stats.clients < 2,
      async () => {
        await house.put(records(10, heavy));
        const head = await house.store.head();
        await healthy.until(() => healthy.seqs.at(-1) === head);
        healthy.frames.length = 0;
        healthy.frames.push({ type: 'cdr', seq: head });
        puts += 1;
        if (puts % 10 === 0) most = Math.max(most, memoryMb() - before);
        if (cutAt === 0 && house.live.stats.cuts === 1) cutAt = performance.now();
      },
    );
    const took = performance.now() - cutAt;
    expect(took).toBeGreaterThan(1500);
    expect(took).toBeLessThan(3500);
    expect(most).toBeLessThan(10);
    expect(healthy.closed).toBeNull();
    mute.ws.terminate();
  });

  it('gets no more than its buffer holds during replay, is cut when it takes nothing, and memory stays bounded', async () => {
    await open({ limits: { ...small, live_stall_seconds: 0.5 } });
    for (let put = 0; put < 5000; put += 500) await house.put(records(500, heavy));
    const client = await listen(house, adminToken);
    await client.hear('hello');
    client.ws.pause();
    const before = memoryMb();
    client.say({ type: 'subscribe', after: 0 });
    let most = 0;
    await until(() => {
      most = Math.max(most, memoryMb() - before);
      return house.live.stats.cuts === 1;
    });
    // The kernel's own buffers take some megabytes; 60 MB were waiting.
    expect(house.live.stats.bytes).toBeLessThan(30e6);
    expect(most).toBeLessThan(20);
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

  it('gets everything in its own pace during replay, alive for as long as it takes anything', async () => {
    // A busy machine may well give a client nothing for a tenth of a second.
    await open({ limits: { ...small, live_ping_seconds: 1 } });
    for (let put = 0; put < 2000; put += 500) await house.put(records(500, heavy));
    const client = await listen(house, adminToken);
    client.ws.on('message', () => {
      // Its pong to a ping stands behind megabytes.
      if (client.seqs.length > 1000) return;
      client.ws.pause();
      setTimeout(() => client.ws.resume(), 5);
    });
    client.say({ type: 'subscribe', after: 0 });
    await client.hear('live');
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
