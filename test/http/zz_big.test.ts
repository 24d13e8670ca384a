import { it } from 'vitest';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { adminToken, listen, openHouse, records } from '/work/main/test/http/support.ts';
it('big', async () => {
  const house = await openHouse();
  for (let p = 0; p < 100; p++) await house.put(records(1000));
  const run = async (filter: object, n: number) => {
    (globalThis as any).gc?.();
    const before = process.memoryUsage();
    const h = monitorEventLoopDelay({ resolution: 5 }); h.enable();
    let most = 0; const t = setInterval(() => { const m = process.memoryUsage(); most = Math.max(most, m.rss - before.rss); }, 20);
    const t0 = performance.now();
    const cs = await Promise.all(Array.from({ length: n }, () => listen(house, adminToken)));
    for (const c of cs) { c.ws.removeAllListeners('message'); }
    await Promise.all(cs.map((c) => new Promise<void>((r) => { c.ws.on('message', (d: Buffer) => { if (d.length < 100 && d.toString().includes('"live"')) r(); }); c.say({ type: 'subscribe', after: 0, filter }); })));
    clearInterval(t); h.disable();
    console.log(JSON.stringify(filter), n, 'ms', Math.round(performance.now() - t0), 'rss+MB', Math.round(most / 1e6), 'loop max ms', h.max / 1e6, 'p99', h.percentile(99) / 1e6);
    for (const c of cs) c.ws.terminate();
  };
  await run({}, 1); await run({ company: 'nobody' }, 1); await run({}, 10);await run({ company: 'nobody' }, 10);
  await house.close();
}, 200000);
