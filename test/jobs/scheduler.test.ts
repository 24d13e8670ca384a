import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { JobsConfig } from '../../src/jobs/config.ts';
import { jobsOf } from '../../src/jobs/index.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { odd } from '../store/rejectsuite.ts';
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
  it('discard old rejects in slices, and stop between two of them', async () => {
    const store = await openStore({ url: await freshUrl() }, silent);
    const days = (count: number) => (Date.now() - count * 86_400_000) * 1000;
    const batch = Array.from({ length: 600 }, (_, at) => odd(at));
    await appendTo(store, 'pbx1/ami', batch, { now: days(31) });
    await appendTo(store, 'pbx1/ami', [odd(9999)], { now: days(29) });
    const config = Value.Default(JobsConfig, {}) as JobsConfig;
    const retention = { run: () => Promise.resolve() };
    const jobs = jobsOf({ config, store, sessions: { idle: 1, most: 1 }, rejectDays: 30, reportDays: 30, retention });
    expect(jobs.map(({ name, cron }) => [name, cron])).toEqual(Object.entries(config).slice(1));
    const rejects = jobs.find(({ name }) => name === 'rejects')!;
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
