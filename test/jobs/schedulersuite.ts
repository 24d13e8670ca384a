// What the scheduler must do whichever database is below it: catch up, never twice, nothing forgotten. Run on both.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isoOf } from '../../src/cdr/time.ts';
import type { Job } from '../../src/jobs/job.ts';
import { leaseMs, type Scheduler } from '../../src/jobs/scheduler.ts';
import { byCommand } from '../../src/store/audit.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { silent } from '../support/store.ts';
import { until } from '../support/until.ts';
import { heldJob, openScheduler, quickJob } from './house.ts';

export function schedulerSuite(name: string, freshUrl: () => Promise<string>): void {
  describe(`the scheduler on ${name}`, () => {
    let store: Store;
    const open: Scheduler[] = [];
    beforeEach(async () => {
      store = await openStore({ url: await freshUrl() }, silent);
      vi.useFakeTimers({ toFake: ['Date'] });
      vi.setSystemTime('2026-11-22T12:00:30Z');
    });
    afterEach(async () => {
      for (const one of open.splice(0)) await one.close();
      vi.useRealTimers();
      await store.close();
    });

    const start = async (
      ...given: Parameters<typeof openScheduler> extends [unknown, ...infer Rest] ? Rest : never
    ) => {
      const scheduler = await openScheduler(store, ...given);
      open.push(scheduler);
      return scheduler;
    };
    const look = async (scheduler: Scheduler, at: string) => {
      vi.setSystemTime(at);
      await scheduler.look();
    };
    const stateOf = async (scheduler: Scheduler) => (await scheduler.list())[0]!;
    const dueOf = async (scheduler: Scheduler) => isoOf((await stateOf(scheduler)).due!);

    it('tells a run that was begun apart from it, until one of its own is newer; what is due stays', async () => {
      const { job } = quickJob('purge', '0 * * * *');
      const at = Date.parse('2026-11-22T12:30:00Z') * 1000;
      const apart = { started: at, ended: at + 2e6, outcome: 'failed', report: { reason: 'away' } } as const;
      const scheduler = await start([{ ...job, apart: () => apart }]);
      const before = await store.jobs();
      expect(await stateOf(scheduler)).toMatchObject({ ...apart, took: 2e6, runs: 0, failures: 0, succeeded: null });
      expect(await dueOf(scheduler)).toBe('2026-11-22T13:00:00Z');
      expect(await store.jobs()).toEqual(before);
      await look(scheduler, '2026-11-22T13:00:00Z');
      await scheduler.idle();
      expect(await stateOf(scheduler)).toMatchObject({ outcome: 'done', report: { count: 1 }, runs: 1 });
    });

    it('begins no job that goes on apart from it, asked or due; that is no failure, and it is begun afterwards', async () => {
      const { job, count } = quickJob('purge', '0 * * * *');
      let isBusy = true;
      const scheduler = await start([{ ...job, isBusy: () => isBusy }]);
      expect(await scheduler.run('purge', byCommand)).toBe(false);
      await look(scheduler, '2026-11-22T13:00:00Z');
      expect([count(), await stateOf(scheduler)]).toMatchObject([0, { runs: 0, failures: 0, isRunning: false }]);
      isBusy = false;
      await look(scheduler, '2026-11-22T13:01:00Z');
      await scheduler.idle();
      expect([count(), await stateOf(scheduler)]).toMatchObject([1, { runs: 1, failures: 0, outcome: 'done' }]);
    });

    it('runs a job when it is due, once, and keeps what it said', async () => {
      const { job, count } = quickJob('purge', '0 * * * *');
      const scheduler = await start([job]);
      await look(scheduler, '2026-11-22T12:59:59Z');
      expect(count()).toBe(0);
      await look(scheduler, '2026-11-22T13:00:00Z');
      await scheduler.idle();
      await look(scheduler, '2026-11-22T13:00:30Z');
      await scheduler.idle();
      expect(count()).toBe(1);
      expect(await stateOf(scheduler)).toMatchObject({
        outcome: 'done',
        report: { count: 1 },
        runs: 1,
        isRunning: false,
      });
      expect(await dueOf(scheduler)).toBe('2026-11-22T14:00:00Z');
    });

    it('does once at the start what fell due while the daemon was away, however often it did', async () => {
      const { job, count } = quickJob('purge', '0 * * * *');
      await (await start([job])).close();
      vi.setSystemTime('2026-11-25T12:20:00Z');
      const later = await start([job]);
      await later.look();
      await later.idle();
      await later.look();
      expect(count()).toBe(1);
      expect(await dueOf(later)).toBe('2026-11-25T13:00:00Z');
    });

    it('does nothing at the first start, and nothing by itself that is off', async () => {
      const [hourly, off] = [quickJob('purge', '0 * * * *'), quickJob('tidy', 'off')];
      const scheduler = await start([hourly.job, off.job]);
      await look(scheduler, '2026-11-22T12:30:00Z');
      await look(scheduler, '2030-11-22T12:30:00Z');
      await scheduler.idle();
      expect([hourly.count(), off.count()]).toEqual([1, 0]);
      expect(await scheduler.run('tidy', byCommand)).toBe(true);
      await scheduler.idle();
      expect(off.count()).toBe(1);
    });

    it('begins before its time what has much to do, and not again until it has rested', async () => {
      const [much, off] = [quickJob('pack', '0 0 * * *'), quickJob('tidy', 'off')];
      let isOwed = false;
      const owing = (job: Job): Job => ({ ...job, isOwed: async () => isOwed });
      const scheduler = await start([owing(much.job), owing(off.job)]);
      await look(scheduler, '2026-11-22T12:01:30Z');
      await scheduler.idle();
      expect(much.count()).toBe(0);
      isOwed = true;
      await look(scheduler, '2026-11-22T12:02:30Z');
      await scheduler.idle();
      await look(scheduler, '2026-11-22T12:12:29Z');
      await scheduler.idle();
      expect(much.count()).toBe(1);
      expect(await dueOf(scheduler)).toBe('2026-11-23T00:00:00Z');
      await look(scheduler, '2026-11-22T12:12:31Z');
      await scheduler.idle();
      expect([much.count(), off.count()]).toEqual([2, 0]);
    });

    it('does a job again that was cut off in the middle by a crash, when its last sign of life is old enough', async () => {
      const { job, runs } = heldJob('purge', '0 * * * *');
      const crashed = await start([job]);
      await look(crashed, '2026-11-22T13:00:00Z');
      await until(() => runs.length === 1, 'the job to begin');
      // The process is gone: no end, no sign of life. The next one starts at once.
      const next = await start([job]);
      await look(next, '2026-11-22T13:00:10Z');
      expect(runs).toHaveLength(1);
      expect((await stateOf(next)).isRunning).toBe(true);
      vi.setSystemTime(Date.parse('2026-11-22T13:00:00Z') + leaseMs + 1);
      expect((await stateOf(next)).isRunning).toBe(false);
      await next.look();
      await until(() => runs.length === 2, 'the job to begin again');
      runs[1]!.end();
      await next.idle();
      expect(await stateOf(next)).toMatchObject({ outcome: 'done', runs: 1 });
      // Had it been alive all the same, it is told that the job is another's, and its end counts for nothing.
      await crashed.look();
      await crashed.idle();
      expect(runs[0]!.signal.aborted).toBe(true);
      expect(await stateOf(next)).toMatchObject({ outcome: 'done', runs: 1 });
    });

    it('leaves a job that goes on alone, however long it takes, and never runs it twice at once', async () => {
      const { job, runs } = heldJob('purge', '*/5 * * * *');
      const [one, two] = [await start([job]), await start([job])];
      for (let minute = 5; minute < 30; minute++) {
        vi.setSystemTime(Date.parse('2026-11-22T12:00:00Z') + minute * 60_000);
        await one.look();
        await two.look();
      }
      await until(() => runs.length > 0, 'the job to begin');
      expect(runs).toHaveLength(1);
      expect(await two.run('purge', byCommand)).toBe(false);
      runs[0]!.end();
      await one.idle();
      expect(await dueOf(one)).toBe('2026-11-22T12:30:00Z');
    });

    it('lets one of two daemons that look at once have the job', async () => {
      const { job, count } = quickJob('purge', '0 * * * *');
      const both = [await start([job]), await start([job])];
      for (let hour = 13; hour < 18; hour++) {
        vi.setSystemTime(`2026-11-22T${hour}:00:00Z`);
        await Promise.all(both.map((one) => one.look()));
        await Promise.all(both.map((one) => one.idle()));
        expect([hour, count()]).toEqual([hour, hour - 12]);
      }
    });

    it('cuts a job off when the daemon stops, waits for it, and still owes it', async () => {
      const { job, runs } = heldJob('purge', '0 * * * *');
      const scheduler = await start([job]);
      await look(scheduler, '2026-11-22T13:00:00Z');
      await until(() => runs.length === 1, 'the job to begin');
      runs[0]!.report({ removed: 7 });
      await scheduler.close();
      const [row] = await store.jobs();
      expect(row).toMatchObject({
        runner: null,
        outcome: 'stopped',
        report: { removed: 7, reason: 'the daemon stops' },
      });
      const next = await start([job]);
      await look(next, '2026-11-22T13:00:05Z');
      await until(() => runs.length === 2, 'the job to begin again');
      runs[1]!.end();
    });

    it('says why a job failed, and tries it when it is due next', async () => {
      const { job, runs } = heldJob('purge', '0 * * * *');
      const scheduler = await start([job]);
      await look(scheduler, '2026-11-22T13:00:00Z');
      await until(() => runs.length === 1, 'the job to begin');
      runs[0]!.fail(new Error('the disk is full'));
      await scheduler.idle();
      expect(await stateOf(scheduler)).toMatchObject({
        ...{ outcome: 'failed', report: { reason: 'the disk is full' }, failures: 1, succeeded: null },
      });
      await look(scheduler, '2026-11-22T13:30:00Z');
      expect(runs).toHaveLength(1);
      expect(await dueOf(scheduler)).toBe('2026-11-22T14:00:00Z');
    });
  });
}
