import { describe, expect, it } from 'vitest';
import type { ReconcileAsk, Reconciler } from '../../src/ingest/chores.ts';
import { reconcileJob } from '../../src/jobs/reconcile.ts';
import type { Reconcile } from '../../src/store/reconciles.ts';

const asked: ReconcileAsk[] = [];
const ending = (end: Promise<Partial<Reconcile>>): Reconciler => ({
  cron: '30 3 * * *',
  start: (ask) => {
    asked.push(ask);
    return end as Promise<Reconcile>;
  },
  progress: () => ({ system: 'pbx1', state: 'idle', rows: 0, reached: null, started: null }),
  last: () => null,
  latest: () => null,
  summary: () => ({ system: 'pbx1', healed: 0, last: null }),
  remember: () => Promise.resolve(),
});
const counts = { read: 9, missing: 2, changed: 1, gone: 0 };

describe('the job that reconciles', () => {
  it('bears the name of its system and the schedule beside its table, and reports what was found', async () => {
    const told: object[] = [];
    const job = reconcileJob('pbx1', ending(Promise.resolve({ state: 'done', detail: null, ...counts })));
    await job.run(new AbortController().signal, (report) => told.push(report));
    expect({ name: job.name, cron: job.cron, told }).toEqual({
      ...{ name: 'reconcile-pbx1', cron: '30 3 * * *' },
      told: [counts],
    });
    expect(asked).toEqual([{ older: true }]);
  });

  it('tells the run that was begun by hand, with what it found and how it ended', () => {
    const by = (latest: Partial<Reconcile>) => ({ ...ending(Promise.resolve({})), latest: () => latest as Reconcile });
    const run = { started: 1, ended: 3, state: 'done', detail: null, ...counts } as const;
    expect(reconcileJob('pbx1', by(run)).apart!()).toEqual({ started: 1, ended: 3, outcome: 'done', report: counts });
    const failed = reconcileJob('pbx1', by({ ...run, state: 'failed', detail: 'away' })).apart!();
    expect(failed).toMatchObject({ outcome: 'failed', report: { ...counts, reason: 'away' } });
    expect(reconcileJob('pbx1', ending(Promise.resolve({}))).apart!()).toBeNull();
  });

  it('is busy while a reconcile that was begun by hand goes on', () => {
    const idle = ending(Promise.resolve({}));
    const running = { ...idle, progress: () => ({ ...idle.progress(), state: 'running' as const }) };
    expect([idle, running].map((one) => reconcileJob('pbx1', one).isBusy!())).toEqual([false, true]);
  });

  it('fails with why the table could not be compared', async () => {
    const job = reconcileJob(
      'pbx1',
      ending(Promise.resolve({ state: 'failed', detail: 'the table is away', ...counts })),
    );
    await expect(job.run(new AbortController().signal, () => undefined)).rejects.toThrow('the table is away');
  });

  it('is stopped, not failed, when the daemon stops under it, begun or not', async () => {
    for (const end of [
      new Promise<never>(() => undefined),
      Promise.resolve({ state: 'stopped' as const, ...counts }),
    ]) {
      const stop = new AbortController();
      const run = reconcileJob('pbx1', ending(end)).run(stop.signal, () => undefined);
      stop.abort(new Error('the daemon stops'));
      await expect(run).rejects.toThrow('the daemon stops');
    }
  });
});
