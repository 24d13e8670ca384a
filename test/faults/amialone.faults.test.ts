// The merge where no table heals it: what AMI told and was committed is stored, each event a record of its own, for AMI never
// repeats one; what a file or a writer shows beside it is merged, however it came first.
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { join } from 'node:path';
import { openStore, type Store } from '../../src/store/store.ts';
import { silent, tempFolder } from '../support/store.ts';
import { World, type Setup, type Truth } from './mergeworld.ts';
import { runs } from './seed.ts';

let store: Store;
let table: Database.Database;
let folder: string;
let remove: () => void;
let worlds = 0;

beforeAll(async () => {
  ({ folder, remove } = tempFolder());
  store = await openStore({ url: `sqlite:${join(folder, 'cdrd.db')}` }, silent);
  table = new Database(join(folder, 'master.db'));
});
afterAll(async () => {
  await store.close();
  table.close();
  remove();
});

const setups: fc.Arbitrary<Setup> = fc.record({
  ...{ tableId: fc.constant(true), tableSequence: fc.constant(false), isNarrow: fc.constant(false) },
  ...{ isUnfilled: fc.boolean(), pageRows: fc.constant(4) },
  withoutBillsec: fc.subarray(['ami', 'table', 'import', 'api'] as const),
  ...{ amiSequence: fc.boolean(), amiEpoch: fc.boolean(), fileSequence: fc.boolean(), apiSequence: fc.boolean() },
});

/** Of few values, so that legs are often equal in everything: ForkCDR's twins. */
const leg = fc.record({ offset: fc.nat(1), duration: fc.constantFrom(5, 6), dst: fc.constantFrom('102', '103') });
const size = fc.integer({ min: 1, max: 3 });
const steps = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ step: fc.constant('call' as const), legs: fc.array(leg, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 4, arbitrary: fc.record({ step: fc.constant('ami' as const), count: fc.nat(7), size }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('restart' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ step: fc.constant('crash' as const), when: fc.constantFrom('before', 'after') }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('import' as const), size }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('post' as const), which: fc.nat(7) }) },
);
type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

/** Resolves to the records that are stored by now, whoever told them. */
async function take(world: World, step: Step): Promise<readonly Truth[]> {
  const { records } = world;
  switch (step.step) {
    case 'call':
      world.call(step.legs, true, true);
      return [];
    case 'ami':
      return world.ami(records.filter(({ ami }) => ami === 'waiting').slice(0, step.count), step.size);
    case 'restart':
      await world.restart();
      return [];
    case 'crash':
      world.crashAt(step.when);
      return [];
    case 'import':
      await world.import(records, step.size);
      return records.slice();
    case 'post': {
      const name = records[step.which]?.uniqueid;
      const family = records.filter(({ uniqueid }) => uniqueid === name);
      if (family.length > 0) await world.post(family);
      return family;
    }
  }
}

const told = (
  { uniqueid, duration, dst }: { uniqueid: string; duration: number; dst: string | null },
  second: number,
) => [uniqueid, second, duration, dst].join(' ');

it('the merge with AMI alone: survives any order of events, files, writers and crashes: stored set = told set', async () => {
  await fc.assert(
    fc.asyncProperty(setups, fc.array(steps, { minLength: 1, maxLength: 16 }), async (setup, plan) => {
      const world = await World.open(setup, store, join(folder, 'master.db'), table, ++worlds);
      const truth = new Set<Truth>();
      try {
        for (const step of plan) for (const record of await take(world, step)) truth.add(record);
        const stored = await world.stored();
        expect(stored.map((cdr) => told(cdr, Math.floor(cdr.start / 1e6))).sort()).toEqual(
          [...truth].map((record) => told(record, record.second)).sort(),
        );
      } finally {
        await world.close();
      }
    }),
    { ...runs(500, 15_000), endOnFailure: false },
  );
});
