import { expect, it } from 'vitest';
import { Retention, retentionRules } from '../../src/ingest/retention.ts';
import { byCommand } from '../../src/store/audit.ts';
import type { JobNote } from '../../src/store/jobs.ts';
import type { RetentionDone, RetentionSlice } from '../../src/store/retention.ts';

it('counts what is held anew with every run, by hand too, and adds up what was taken', async () => {
  const slices: RetentionDone[] = [];
  const store = {
    retain: ({ isDryRun }: RetentionSlice) => {
      if (isDryRun) return Promise.resolve(slices[0]!);
      return Promise.resolve(slices.shift()!);
    },
    audit: () => Promise.resolve(),
  };
  const rules = retentionRules({ retention_days: 365, anonymise_days: 'off', companies: [] });
  const retention = new Retention(store as never, { wake: () => undefined }, rules);
  const start = { start: 0, id: 0 };
  const place = { start: 5, id: 100 };
  const done = (removed: number, held: number, after: RetentionDone['after'] = null): RetentionDone => ({
    ...{ looked: 100, removed, anonymised: 0, held, companies: {}, after },
  });
  slices.push(done(2, 3, place), done(1, 2));
  await retention.slice({ after: start, isDryRun: false }, 0);
  await retention.slice({ after: place, isDryRun: false }, 0);
  expect(retention.counts).toEqual({ removed: 3, anonymised: 0, held: 5 });

  slices.push(done(0, 5));
  await retention.slice({ after: start, isDryRun: true }, 0);
  expect(retention.counts).toEqual({ removed: 3, anonymised: 0, held: 5 });
  await retention.slice({ after: start, isDryRun: false }, 0);
  expect(retention.counts).toEqual({ removed: 3, anonymised: 0, held: 5 });

  slices.push(done(4, 0));
  await retention.slice({ after: start, isDryRun: false }, 0);
  expect(retention.counts).toEqual({ removed: 7, anonymised: 0, held: 0 });
});

it('a run by hand is the last run of the job once its last slice is done, with all that it took; a dry run is none', async () => {
  const notes: JobNote[] = [];
  const slices = [10, 5, 1, 7].map((removed) => ({ removed, anonymised: 1, held: 2 }));
  const place = { start: 5, id: 100 };
  let after: RetentionDone['after'] = place;
  const store = {
    retain: () => Promise.resolve({ ...slices.shift()!, looked: 100, companies: {}, after }),
    audit: () => Promise.resolve(),
    noteJob: (note: JobNote) => Promise.resolve(void notes.push(note)),
  };
  const rules = retentionRules({ retention_days: 365, anonymise_days: 'off', companies: [] });
  const retention = new Retention(store as never, { wake: () => undefined }, rules);
  const start = { start: 0, id: 0 };
  // Left in the middle.
  await retention.slice({ after: start, isDryRun: false }, 3, byCommand);
  await retention.slice({ after: start, isDryRun: false }, 5, byCommand);
  expect(notes).toEqual([]);
  after = null;
  await retention.slice({ after: place, isDryRun: false }, 9, byCommand);
  const report = { removed: 6, anonymised: 2, held: 4 };
  expect(notes).toEqual([{ name: 'retention', started: 5, ended: 9, report }]);
  await retention.slice({ after: start, isDryRun: true }, 10, byCommand);
  expect(notes).toHaveLength(1);
});
