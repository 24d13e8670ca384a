import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { JobsConfig } from '../../src/jobs/config.ts';
import { jobsOf } from '../../src/jobs/index.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { odd } from '../store/rejectsuite.ts';
import { someCdr } from '../support/rows.ts';
import { appendTo, silent, tempFolder } from '../support/store.ts';
import { openScheduler, quickJob } from './house.ts';
import { schedulerSuite } from './schedulersuite.ts';

const { folder, remove } = tempFolder();
let stores = 0;
const freshUrl = async () => `sqlite:${join(folder, `${++stores}.db`)}`;
schedulerSuite('SQLite', freshUrl);
afterAll(remove);

describe('the heartbeat', () => {
  let store: Store;
  beforeEach(async () => {
    store = await openStore({ url: await freshUrl() }, silent);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await store.close();
  });

  it('looks every minute by itself, also when a look finds the store away', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    vi.setSystemTime('2026-11-22T12:00:30Z');
    const { job, count } = quickJob('purge', '2 12 * * *');
    let isAway = false;
    const jobs = () => (isAway ? Promise.reject(new Error('away')) : store.jobs());
    const scheduler = await openScheduler({ ...store, jobs }, [job]);
    scheduler.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count()).toBe(0);
    isAway = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count()).toBe(0);
    isAway = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count()).toBe(1);
    await scheduler.close();
    vi.setSystemTime('2026-11-24T12:00:30Z');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(count()).toBe(1);
  });
});

describe('the jobs there are', () => {
  afterEach(() => void vi.useRealTimers());

  const jobOf = (store: Store, name: string) => {
    const config = Value.Default(JobsConfig, {}) as JobsConfig;
    const retention = { run: () => Promise.resolve() };
    const jobs = jobsOf({ config, store, sessions: { idle: 1, most: 1 }, rejectDays: 30, reportDays: 30, retention });
    expect(jobs.map((job) => [job.name, job.cron])).toEqual(Object.entries(config).slice(1));
    return jobs.find((job) => job.name === name)!;
  };

  it('pack each day of the statistics that has been over for a while, once, and stop between two of them', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime('2026-11-22T04:41:00Z');
    const store = await openStore({ url: await freshUrl() }, silent);
    const at = (text: string, number: number) =>
      someCdr(number, { start: Date.parse(text) * 1000, answer: null, end: null });
    await appendTo(store, 'pbx1/api', [
      at('2026-11-12T23:00:00Z', 1),
      at('2026-11-15T00:00:00Z', 2),
      at('2026-11-21T12:00:00Z', 3),
    ]);
    const job = jobOf(store, 'optimize');
    expect(await job.isOwed!()).toBe(false);
    vi.setSystemTime('2026-12-10T00:00:00Z');
    expect(await job.isOwed!()).toBe(true);
    vi.setSystemTime('2026-11-22T04:41:00Z');
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const said: unknown[] = [];
    await expect(job.run(stop.signal, (counts) => said.push(counts))).rejects.toThrow('enough');
    expect(said).toEqual([{ packed: 1 }]);
    await job.run(new AbortController().signal, (counts) => said.push(counts));
    // From the twelfth to the nineteenth.
    expect(said.at(-1)).toEqual({ packed: 7 });
    expect(await store.packDay(Date.now() * 1000)).toBe(false);
    await store.close();
  });

  it('discard old rejects in slices, and stop between two of them', async () => {
    const store = await openStore({ url: await freshUrl() }, silent);
    const days = (count: number) => (Date.now() - count * 86_400_000) * 1000;
    const batch = Array.from({ length: 600 }, (_, at) => odd(at));
    await appendTo(store, 'pbx1/ami', batch, { now: days(31) });
    await appendTo(store, 'pbx1/ami', [odd(9999)], { now: days(29) });
    const rejects = jobOf(store, 'rejects');
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const said: unknown[] = [];
    await expect(rejects.run(stop.signal, (counts) => said.push(counts))).rejects.toThrow('enough');
    await rejects.run(new AbortController().signal, (counts) => said.push(counts));
    expect(said).toEqual([{ discarded: 500 }, { discarded: 100 }, { discarded: 100 }]);
    expect(await store.rejects(10)).toMatchObject([{ raw: '{"duration":"x9999"}' }]);
    await store.close();
  });
});
