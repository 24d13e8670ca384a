// Which jobs there are; a new one is a few lines here and a key in config.ts.
import { setImmediate } from 'node:timers/promises';
import type { Micros } from '../cdr/cdr.ts';
import type { Retention } from '../ingest/retention.ts';
import { byCommand } from '../store/audit.ts';
import type { SessionLimits } from '../store/sessions.ts';
import type { Store } from '../store/store.ts';
import type { JobsConfig } from './config.ts';
import type { Job } from './job.ts';

export interface JobsOptions {
  config: JobsConfig;
  store: Pick<
    Store,
    'purgeSessions' | 'discardRejects' | 'sweepReports' | 'sweepRecount' | 'packDay' | 'isPackingOwed' | 'optimize'
  >;
  sessions: SessionLimits;
  /** rejects.keep_days */
  rejectDays: number;
  /** dialects.telnyx.report_days */
  reportDays: number;
  retention: Pick<Retention, 'run'>;
}

/** Days that a report is still told of after its text has gone. */
const reportRestDays = 365;

export function jobsOf({ config, store, sessions, rejectDays, reportDays, retention }: JobsOptions): Job[] {
  return [
    {
      name: 'sessions',
      cron: config.sessions,
      run: (signal, report) =>
        inSlices(
          signal,
          (removed) => report({ removed }),
          () => store.purgeSessions(sessions, now()),
        ),
    },
    {
      name: 'rejects',
      cron: config.rejects,
      run: (signal, report) => {
        const until = now() - rejectDays * 86_400 * 1e6;
        const discard = async () => (await store.discardRejects({ until }, byCommand, now())).length;
        return inSlices(signal, (discarded) => report({ discarded }), discard);
      },
    },
    {
      name: 'reports',
      cron: config.reports,
      run: (signal, report) => {
        const ago = (days: number) => now() - days * 86_400 * 1e6;
        const limits = () => ({ expired: ago(reportDays), gone: ago(reportDays + reportRestDays) });
        return inSlices(
          signal,
          (removed) => report({ removed }),
          () => store.sweepReports(limits(), now()),
        );
      },
    },
    {
      name: 'recounts',
      cron: config.recounts,
      run: (signal, report) =>
        inSlices(
          signal,
          (cleared) => report({ cleared }),
          async () => Number(await store.sweepRecount(now())),
        ),
    },
    {
      name: 'retention',
      cron: config.retention,
      run: (signal, report) => retention.run(signal, (sum) => report({ ...sum }), byCommand),
    },
    {
      name: 'optimize',
      cron: config.optimize,
      isOwed: () => store.isPackingOwed(now()),
      run: async (signal, report) => {
        await inSlices(
          signal,
          (packed) => report({ packed }),
          async () => Number(await store.packDay(now())),
        );
        await store.optimize();
      },
    },
  ];
}

/** Slice after slice until one is empty, with a turn of the loop between. */
async function inSlices(signal: AbortSignal, tell: (sum: number) => void, slice: () => Promise<number>): Promise<void> {
  let sum = 0;
  for (;;) {
    const count = await slice();
    tell((sum += count));
    if (count === 0) return;
    await setImmediate();
    signal.throwIfAborted();
  }
}

function now(): Micros {
  return Date.now() * 1000;
}
