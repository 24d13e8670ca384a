import { expect, it } from 'vitest';
import { Retention, retentionRules } from '../../src/ingest/retention.ts';
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
