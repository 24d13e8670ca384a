// The merge against a model that knows the truth: whatever the order in which sources show records, again and after crashes,
// the stored set is the true set.
//
// Left out, because nobody could decide it:
// - A row whose compared content (dst, duration) was edited before the table had shown it, or before AMI told the old form, or when a
//   file or a writer had told it before the table: without a sequence on both sides nothing says that the two are one. For the same
//   reason import and API show edited records only where all sequences are known.
// - Records of one channel that stand whole quarters of an hour apart and agree in all else: one of them may be told in a wrong zone.
// - Records of one channel that differ only in a text of which one is the beginning of the other, 20 characters or more: it may be cut.
// - A sequence and a word of the content that are edited between two looks, or a sequence before the first look, or in a table without
//   ids: two known sequences that differ are two records then. The same of both at any time, once retention has taken the record.
// - A start that is edited after retention has taken the record: in a table without ids nothing names it then.
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../../src/store/store.ts';
import { silent } from '../support/store.ts';
import { World, type Setup, type Truth } from './mergeworld.ts';
import { runs } from './seed.ts';

let store: Store;
let table: Database.Database;
let folder: string;
let worlds = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cdrd-merge-'));
  store = await openStore({ url: `sqlite:${join(folder, 'cdrd.db')}` }, silent);
  table = new Database(join(folder, 'master.db'));
  table.pragma('synchronous = OFF');
});
afterAll(async () => {
  await store.close();
  table.close();
  rmSync(folder, { recursive: true, force: true });
});

const setups: fc.Arbitrary<Setup> = fc.record({
  tableId: fc.boolean(),
  tableSequence: fc.boolean(),
  isUnfilled: fc.boolean(),
  isNarrow: fc.boolean(),
  amiSequence: fc.boolean(),
  amiEpoch: fc.boolean(),
  fileSequence: fc.boolean(),
  apiSequence: fc.boolean(),
  withoutBillsec: fc.subarray(['ami', 'table', 'import', 'api'] as const),
  pageRows: fc.integer({ min: 1, max: 4 }),
});

const few = fc.nat(7);
/** Of few values, so that legs are often equal in everything: ForkCDR's twins. */
const leg = fc.record({ offset: fc.nat(1), duration: fc.constantFrom(5, 6), dst: fc.constantFrom('102', '103') });
const steps = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      step: fc.constant('call' as const),
      legs: fc.array(leg, { minLength: 1, maxLength: 3 }),
      amiHears: fc.boolean(),
      isLate: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ step: fc.constant('ami' as const), count: few, size: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('show' as const), from: few, count: few }) },
  { weight: 4, arbitrary: fc.record({ step: fc.constant('poll' as const) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('restart' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant('crash' as const),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant('edit' as const),
      which: few,
      change: fc.constantFrom(
        { userfield: 'x=1' },
        { dst: '104' },
        { duration: 7 },
        { dst: '103' },
        { sequence: 1000 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('import' as const), size: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('post' as const), which: few }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('reconcile' as const) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('empty' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ step: fc.constant('expire' as const), which: few, isEditedThen: fc.boolean() }),
  },
);
type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

async function take(world: World, setup: Setup, step: Step): Promise<void> {
  const { records } = world;
  const waiting = records.filter(({ ami }) => ami === 'waiting');
  const isNamed = (hasSequence: boolean) => hasSequence && setup.tableSequence && setup.amiSequence;
  const untouched = (hasSequence: boolean) => records.filter(({ isEdited }) => !isEdited || isNamed(hasSequence));
  switch (step.step) {
    case 'call':
      return world.call(step.legs, step.amiHears, step.isLate);
    case 'ami':
      return void (await world.ami(waiting.slice(0, step.count), step.size));
    case 'show':
      return records.slice(step.from, step.from + step.count).forEach((record) => world.show(record));
    case 'poll':
      return void (await world.poll());
    case 'restart':
      return world.restart();
    case 'crash':
      return world.crashAt(step.when);
    case 'edit': {
      const record = records[step.which];
      if (!record || !mayEdit(world, setup, record, step.change)) return;
      // Each gets a number of its own.
      const change = 'sequence' in step.change ? { sequence: 1000 + step.which } : step.change;
      return world.edit(record, change);
    }
    case 'import':
      return world.import(untouched(setup.fileSequence), step.size);
    case 'post': {
      const name = records[step.which]?.uniqueid;
      const some = untouched(setup.apiSequence).filter(({ uniqueid }) => uniqueid === name);
      return some.length > 0 ? world.post(some) : undefined;
    }
    case 'reconcile':
      return world.reconcile();
    case 'empty':
      // What nobody has read by now would be lost for good.
      for (const record of records) world.show(record);
      while (!(await world.poll()));
      return world.empty();
    case 'expire': {
      const family = records.filter(({ uniqueid }) => uniqueid === records[step.which]?.uniqueid);
      if (family.length === 0) return;
      // Retention comes long after all have told it.
      await world.ami(
        family.filter(({ ami }) => ami === 'waiting'),
        3,
      );
      for (const record of family) world.show(record);
      while (!(await world.poll()));
      await world.expire(family);
      const change = { duration: 7 };
      for (const record of family)
        if (step.isEditedThen && mayEdit(world, setup, record, change)) world.edit(record, change);
      return;
    }
  }
}

function mayEdit(world: World, setup: Setup, record: Truth, change: object): boolean {
  if (record.rowId === null || !record.isVisible) return false;
  if ('userfield' in change) return true;
  const { isFresh, isShown, isExpired, isEdited, isRenumbered } = record;
  if ('sequence' in change)
    return setup.tableSequence && setup.tableId && isShown && !isFresh && !(isExpired && isEdited);
  if (isRenumbered && (isFresh || isExpired)) return false;
  if (setup.tableSequence && setup.amiSequence) return record.isShown || !record.isToldBare;
  const family = world.records.filter(({ uniqueid }) => uniqueid === record.uniqueid);
  return family.every(({ isShown, ami }) => isShown && ami === 'done');
}

const told =
  (setup: Setup, world: World) =>
  (
    record: Pick<Truth, 'uniqueid' | 'duration' | 'dst' | 'second' | 'userfield'> & {
      sequence: number | null;
      billsec: number;
    },
  ) =>
    [
      record.uniqueid,
      record.second,
      record.duration,
      world.kept(record.dst),
      record.userfield,
      setup.tableSequence ? record.sequence : '-',
      world.isBillsecSure(record.uniqueid) ? record.billsec : '-',
    ].join(' ');

it('the merge: survives any order of sources, pages, re-reads, edits and crashes: stored set = true set', async () => {
  await fc.assert(
    fc.asyncProperty(setups, fc.array(steps, { minLength: 1, maxLength: 24 }), async (setup, plan) => {
      const world = await World.open(setup, store, join(folder, 'master.db'), table, ++worlds);
      try {
        for (const step of plan) await take(world, setup, step);
        // In the end everybody has told everything.
        await world.ami(
          world.records.filter(({ ami }) => ami === 'waiting'),
          3,
        );
        for (const record of world.records) world.show(record);
        while (!(await world.poll()));
        const stored = (await world.stored()).map((cdr) => ({
          ...cdr,
          second: Math.floor(cdr.start / 1e6),
          dst: cdr.dst ?? '',
          userfield: cdr.userfield ?? '',
        }));
        // No record has an answer or an end that a billsec could be made of.
        const truth = world.records
          .filter(({ isExpired }) => !isExpired)
          .map((record) => ({ ...record, billsec: record.isBillsecTold ? 1 : 0 }));
        expect(stored.map(told(setup, world)).sort()).toEqual(truth.map(told(setup, world)).sort());
        for (const kind of ['ami', 'table', 'import', 'api', 'reconcile']) {
          const counts = await store.source(`${world.system}/${kind}`);
          expect(counts.received).toBe(counts.stored + counts.duplicate + counts.rejected + counts.expired);
          expect(counts.rejected).toBe(0);
        }
      } finally {
        await world.close();
      }
    }),
    { ...runs(1500, 40_000), endOnFailure: false },
  );
});
