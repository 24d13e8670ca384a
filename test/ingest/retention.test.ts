import { expect, it, onTestFinished, vi } from 'vitest';
import { join } from 'node:path';
import { Retention, retentionRules } from '../../src/ingest/retention.ts';
import { byCommand } from '../../src/store/audit.ts';
import type { JobNote } from '../../src/store/jobs.ts';
import type { RetentionDone, RetentionSlice } from '../../src/store/retention.ts';
import { openStore } from '../../src/store/store.ts';
import { someCdr } from '../support/rows.ts';
import { ann, appendTo, silent, tempFolder } from '../support/store.ts';

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
    listHolds: () => Promise.resolve([]),
    raiseHorizons: () => Promise.resolve(0),
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

it('nothing older than the longest time is taken in any more, after a run by hand as after the job, unless something is held', async () => {
  const { folder, remove } = tempFolder();
  const store = await openStore({ url: `sqlite:${join(folder, 'cdrd.db')}` }, silent);
  const day = 86_400e6;
  const now = someCdr(0).start + 400 * day;
  const rules = retentionRules({ retention_days: 30, anonymise_days: 'off', companies: [] });
  const retention = new Retention(store, { wake: () => undefined }, rules);
  const byHand = () => retention.slice({ after: { start: 0, id: 0 }, isDryRun: false }, now, byCommand);
  const job = () => retention.run(new AbortController().signal, () => undefined, byCommand, now + day);
  let number = 0;
  const aged = async (days: number) => {
    const outcomes = await appendTo(store, 'pbx1/api', [someCdr(++number, { start: now - days * day, end: null })]);
    return outcomes![0]!.outcome;
  };
  await aged(1);

  const hold = await store.addHold({ company: null, number: '999', reason: null }, ann, 1);
  await byHand();
  expect(await aged(31)).toBe('created');
  await store.removeHold(hold.id, ann, 1);
  await retention.slice({ after: { start: 0, id: 0 }, isDryRun: true }, now, byCommand);
  expect(await aged(31)).toBe('created');
  await byHand();
  expect([await aged(31), await aged(4000), await aged(29.5)]).toEqual(['expired', 'expired', 'created']);
  await job();
  expect([await aged(29.5), await aged(28.5)]).toEqual(['expired', 'created']);

  await store.close();
  remove();
});

it('takes as many records at once as the store writes in a moment: ingest waits for a slice', async () => {
  const hands: (number | undefined)[] = [];
  let [takesMs, clock] = [1, 0];
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  onTestFinished(() => void vi.restoreAllMocks());
  const store = {
    retain: async ({ hand = 0 }: RetentionSlice): Promise<RetentionDone> => {
      hands.push(hand);
      clock += takesMs;
      return { looked: 1000, removed: hand, anonymised: 0, held: 0, companies: {}, after: null };
    },
  };
  const rules = retentionRules({ retention_days: 365, anonymise_days: 'off', companies: [] });
  const retention = new Retention(store as never, { wake: () => undefined }, rules);
  const slices = async (count: number) => {
    hands.length = 0;
    for (let slice = 0; slice < count; slice += 1)
      await retention.slice({ after: { start: 0, id: 0 }, isDryRun: false }, 0);
    return hands;
  };
  expect(await slices(8)).toEqual([1, 2, 4, 8, 16, 32, 64, 100]);
  takesMs = 15;
  expect(await slices(8)).toEqual([100, 50, 25, 12, 6, 3, 1, 1]);
});
