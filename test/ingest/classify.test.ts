// Which samples a slice of a reclassification shows: something of each fact that changes, then the first others.
import { expect, it } from 'vitest';
import { Classifier, kindsOf, samplesMax, type ClassifyAsk } from '../../src/ingest/classify.ts';
import { rulesOf } from '../../src/configrules.ts';
import { noTables } from '../../src/rules/tables.ts';
import type { Reclassified } from '../../src/store/reclassified.ts';
import { stored } from '../cdr/conversation.ts';
import { someCdr } from '../support/rows.ts';
import { ann } from '../support/store.ts';

const rules = rulesOf({ systems: [{ name: 'pbx1', rules: [{ name: 'ours', set: { company: 'beta' } }] }] });
const change = { before: 'acme', after: 'beta' };
/** A record for each list of facts; ids from 1 on. */
const slice = async (facts: readonly string[][], ask: Partial<ClassifyAsk> = {}) => {
  const changed: Reclassified[] = stored(facts.map((_, at) => someCdr(at + 1))).map((cdr, at) => ({
    cdr,
    changes: Object.fromEntries(facts[at]!.map((fact) => [fact, change])),
  }));
  const store = {
    classify: async () => ({
      looked: facts.length,
      changed,
      hidden: 0,
      calls: 0,
      after: facts.length,
      more: false,
      head: facts.length,
    }),
    tables: async () => noTables,
  };
  const classifier = new Classifier(store, { wake: () => undefined }, rules, () => rules);
  return classifier.slice({ after: 0, isDryRun: true, samples: 2, isFirst: false, ...ask }, ann, 1);
};
const company = ['company'];

it('the first of each fact is shown, however many others there are, and then the first others', async () => {
  const { samples, facts } = await slice([company, company, company, ['direction'], ['company', 'trunk']], {
    samples: 4,
  });
  expect(samples.map(({ id }) => id)).toEqual([1, 2, 4, 5]);
  expect(facts).toEqual({ company: 4, direction: 1, trunk: 1 });
});

it('facts that no wanted sample is left for are shown all the same, those that were shown are not', async () => {
  const told = ['pbx1 company'];
  expect((await slice([company, company, ['trunk']], { samples: 0, told })).samples.map(({ id }) => id)).toEqual([3]);
  expect((await slice([company, ['trunk'], ['trunk']], { samples: 0 })).samples.map(({ id }) => id)).toEqual([1, 2]);
});

it('a sample says which rule gives the fact, and what it is a sample of', async () => {
  const [sample] = (await slice([['company', 'is_pick']])).samples;
  expect(sample!.changes).toEqual([
    { fact: 'company', before: 'acme', after: 'beta', rule: 'ours', origin: 'systems[0].rules' },
    { fact: 'is_pick', before: 'acme', after: 'beta', rule: null, origin: null },
  ]);
  expect(kindsOf(sample!)).toEqual(['pbx1 company', 'pbx1 is_pick']);
});

it('a slice shows so many samples at most', async () => {
  const many = Array.from({ length: samplesMax + 5 }, (_, at) => [`fact${at}`]);
  expect((await slice(many)).samples).toHaveLength(samplesMax);
});

it('a slice is some transactions, told as one; between two of them those who want something of the loop have it', async () => {
  const spin = (ms: number) => {
    for (const end = performance.now() + ms; performance.now() < end;);
  };
  let turns = 0;
  const between: number[] = [];
  const firsts: boolean[] = [];
  const store = {
    classify: async ({ after, by }: { after: number; by?: object }) => {
      between.push(turns);
      turns = 0;
      firsts.push(by !== undefined);
      spin(20);
      const [cdr] = stored([someCdr(after + 1)]);
      const changed = [{ cdr: { ...cdr!, id: after + 1 }, changes: { company: change } }];
      return { looked: 100, changed, calls: 1, after: after + 1, more: after < 3, head: 4 };
    },
    tables: async () => noTables,
  };
  const classifier = new Classifier(store as never, { wake: () => undefined }, rules, () => rules);
  let isDone = false;
  const others = () => {
    if (isDone) return;
    turns += 1;
    spin(0.2);
    setImmediate(others);
  };
  setImmediate(others);
  const ask = { after: 0, isDryRun: false, samples: 2, isFirst: true };
  const done = await classifier.slice(ask, ann, 1).finally(() => (isDone = true));
  expect(done).toMatchObject({ looked: 400, changed: 4, calls: 4, facts: { company: 4 }, after: 4, more: false });
  expect(done.samples.map(({ id }) => id)).toEqual([1, 2]);
  expect(firsts).toEqual([true, false, false, false]);
  // Of the 20 ms that each of them may have, at a fifth of a millisecond each.
  expect(Math.min(...between.slice(1))).toBeGreaterThan(10);
});
