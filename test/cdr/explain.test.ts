import { expect, it } from 'vitest';
import { explain, type Life } from '../../src/cdr/explain.ts';
import type { StoredCdr } from '../../src/cdr/cdr.ts';
import { bitOf, rules, ways, type Sight } from '../../src/cdr/sight.ts';
import { derive, someCdr } from '../support/rows.ts';

const at = 1_795_000_100_000_000;
const bare = { inCall: {}, note: null, tags: [], words: '', hidden: false, edited: false, created: at, updated: at };
const cdr: StoredCdr = { ...someCdr(1), ...derive(someCdr(1)), ...bare, id: 7 };

function life(change: Partial<Life> = {}): Life {
  const rest = { raw: cdr, isErased: false, sights: [], contradictions: {}, edits: [], changes: [], more: false };
  return { cdr, ...rest, ...change };
}

function sight(source: string, change: Partial<Sight> = {}): Sight {
  return { source, at, rule: 'new', told: 0, key: null, nth: null, effects: [], dropped: 0, ...change };
}

const all = { words: true };

it('tells of each sight when it came, by which rule, and which fields it told', () => {
  const told = bitOf.get('sequence')! + bitOf.get('custom')!;
  const { sights } = explain(life({ sights: [sight('pbx1/table', { rule: 'row', told, key: '0:47' })] }), all);
  expect(sights).toEqual([
    {
      ...{ source: 'pbx1/table', at: '2026-11-18T11:08:20Z', rule: 'row', key: '0:47', nth: null },
      because: 'the same row of the table as before, by its id',
      ...{ told: ['sequence', 'custom'], effects: [], dropped: 0 },
    },
  ]);
});

const effects = [
  { at, field: 'did', way: 'filled', said: '442', before: null },
  { at: at + 5e6, field: 'start', way: 'kept', said: cdr.start + 3_600_000_000, before: cdr.start },
] as const;

it('tells what each sight did to the record, from what to what and why, with times as times', () => {
  const { sights } = explain(life({ sights: [sight('pbx1/table', { effects, dropped: 3 })] }), all);
  expect(sights).toMatchObject([
    {
      dropped: 3,
      effects: [
        {
          at: '2026-11-18T11:08:20Z',
          field: 'did',
          way: 'filled',
          because: 'nobody had told it',
          before: null,
          said: '442',
        },
        { at: '2026-11-18T11:08:25Z', field: 'start', before: '2026-11-18T11:06:41Z', said: '2026-11-18T12:06:41Z' },
      ],
    },
  ]);
  const empty = { ...effects[0], before: '' };
  const [emptied] = explain(life({ sights: [sight('pbx1/table', { effects: [empty] })] }), all).sights;
  expect(emptied!.effects).toMatchObject([{ way: 'filled', because: 'the record had it empty' }]);
  const each = ways.map((way) => ({ ...effects[0], way }));
  const [one] = explain(life({ sights: [sight('pbx1/table', { effects: each })] }), all).sights;
  expect(new Set(one!.effects!.map(({ because }) => because)).size).toBe(ways.length);
});

it('says of sights from before effects were kept that they are not known', () => {
  expect(explain(life({ sights: [sight('pbx1/table', { effects: null })] }), all).sights).toMatchObject([
    { rule: 'new', effects: null },
  ]);
});

it('has words for every rule, and says of older sights that nothing was kept', () => {
  const { sights } = explain(life({ sights: rules.map((rule) => sight('pbx1/ami', { rule, told: 3 })) }), all);
  expect(new Set(sights.map(({ because }) => because)).size).toBe(rules.length);
  expect(sights.at(-1)).toMatchObject({ rule: 'unknown', at: null, told: null });
});

it.each([
  ['dst', { 'pbx1/ami': '103', 'pbx1/table': '102' }, 'pbx1/table', 'the table is believed before AMI'],
  [
    'dst',
    { 'pbx1/ami': '102', 'pbx1/api': '1', 'pbx1/import': '2' },
    'pbx1/ami',
    'AMI is believed before an HTTP writer and an import',
  ],
  [
    'dst',
    { 'pbx1/api': '102', 'pbx1/table': '9' },
    'pbx1/api',
    'both are believed alike, and this word is the newer one',
  ],
  [
    'dst',
    { 'pbx1/ami': '8', 'pbx1/table': '9' },
    null,
    'the record has none of these words any more: a later one took over',
  ],
])('says of %s whose word the record has, and why: %j', (field, said, believed, why) => {
  const [one] = explain(life({ contradictions: { [field]: said } }), all).contradictions;
  expect(one).toEqual({ field, believed, why, sources: Object.keys(said), words: said });
});

it('compares times to the second and shows them as times', () => {
  const said = { 'pbx1/ami': cdr.start + 5, 'pbx1/table': cdr.start + 3_600_000_000 };
  expect(explain(life({ contradictions: { start: said } }), all).contradictions).toMatchObject([
    {
      believed: 'pbx1/ami',
      why: 'its clock is surer: an epoch before any zone (of imports and the API UTC before another), the hour that comes twice last',
      words: { 'pbx1/table': '2026-11-18T12:06:41Z' },
    },
  ]);
});

it.each([
  [
    'surer',
    'its clock is surer: an epoch before any zone (of imports and the API UTC before another), the hour that comes twice last',
  ],
  ['trusted', 'the table is believed before AMI'],
  [
    null,
    'its clock is surer: an epoch before any zone (of imports and the API UTC before another), the hour that comes twice last; of times that are alike, the table is believed before AMI',
  ],
] as const)('says of contradicting times by what rule the believed one took over: %s', (way, why) => {
  const said = { 'pbx1/ami': cdr.start + 3_600_000_000, 'pbx1/table': cdr.start };
  const effects = way === null ? [] : [{ at, field: 'start', way, said: cdr.start, before: cdr.start + 3_600_000_000 }];
  const told = life({ contradictions: { start: said }, sights: [sight('pbx1/table', { effects })] });
  expect(explain(told, all).contradictions).toMatchObject([{ believed: 'pbx1/table', why }]);
});

it('says of the times of a file that the PBX itself is believed before it', () => {
  const said = { 'pbx1/import': cdr.start + 3_600_000_000, 'pbx1/table': cdr.start };
  expect(explain(life({ contradictions: { start: said } }), all).contradictions).toMatchObject([
    { believed: 'pbx1/table', why: 'the table is believed before an import' },
  ]);
});

it('keeps what sources said, and what people corrected, from readers who may not see the raw record', () => {
  const corrected = { ...cdr, company: 'beta' };
  const contradictions = { dst: { 'pbx1/ami': '103', 'pbx1/table': '102' } };
  const kept = [{ at, field: 'dst', way: 'kept', said: '103', before: '102' }] as const;
  const told = life({ cdr: corrected, contradictions, sights: [sight('pbx1/ami', { effects: kept })] });
  const [seen] = explain(told, { words: false }).sights;
  expect(seen!.effects).toEqual([
    {
      ...{ at: '2026-11-18T11:08:20Z', field: 'dst', way: 'kept' },
      because: 'those that say otherwise are believed; its word is kept as a contradiction',
    },
  ]);
  expect(JSON.stringify(explain(told, { words: false }))).not.toMatch(/"103"|acme/i);
  expect(explain(told, all).derived).toMatchObject({ company: 'beta', raw: { company: 'acme' } });
});

it('tells which rule gives each fact and from what to whoever may see what the sources said, and to nobody else', () => {
  const reasons = [
    { fact: 'company', value: 'acme', rule: 'by account', origin: 'rules', from: { accountcode: 'acme/9' } },
  ];
  expect(explain(life(), { words: true, reasons }).derived).toMatchObject({ rules: reasons });
  expect(explain(life(), { words: false, reasons }).derived).not.toHaveProperty('rules');
  expect(explain(life(), { words: true, reasons: null }).derived).not.toHaveProperty('rules');
});
