// What a further sight did to a record: merge.ts notes it, sight.ts keeps it within bounds, and it tells how the record became.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { merge, type Contradictions } from '../../src/cdr/merge.ts';
import { readSights, toldBy, withEffects, writeSights, type Effect, type Sight } from '../../src/cdr/sight.ts';
import { cdrOf } from './rows.ts';

const [ami, table, api, importer] = ['pbx1/ami', 'pbx1/table', 'pbx1/api', 'pbx1/import'];
const sightFor = (source: string, cdr: Cdr, change: Partial<Sight> = {}): Sight => {
  return { source, at: 1, rule: 'new', told: toldBy(cdr), key: null, nth: null, effects: [], dropped: 0, ...change };
};

/** What each sight after the first did, and the record in the end. */
function tell(...sights: (readonly [source: string, cdr: Cdr])[]): { cdr: Cdr; effects: (readonly Effect[])[] } {
  const [[source, first], ...others] = sights as [(typeof sights)[0], ...typeof sights];
  let now = { cdr: first, contradictions: {} as Contradictions };
  let seen = [sightFor(source, first)];
  const effects = others.map(([by, cdr]) => {
    const merged = merge(now.cdr, seen, now.contradictions, cdr, by);
    now = merged;
    seen = [...seen.filter((sight) => sight.source !== by), sightFor(by, cdr)];
    return merged.effects;
  });
  return { cdr: now.cdr, effects };
}

const [one, two] = [cdrOf({ dst: '102' }), cdrOf({ dst: '999' })];
const second = one.start;

it.each<[string, (readonly [string, Cdr])[], Effect[]]>([
  [
    'fills what nobody knew',
    [
      [ami, cdrOf({ sequence: null, userfield: '', answer: null })],
      [table, cdrOf({ sequence: 7, userfield: 'x', custom: { did: '442' } })],
    ],
    [
      { field: 'answer', way: 'filled', said: one.answer, before: null },
      { field: 'sequence', way: 'filled', said: 7, before: null },
      { field: 'userfield', way: 'filled', said: 'x', before: '' },
      { field: 'custom.did', way: 'filled', said: '442', before: null },
    ],
  ],
  [
    'brings the whole of what was cut',
    [
      [table, cdrOf({ lastdata: 'x'.repeat(20) })],
      [ami, cdrOf({ lastdata: 'x'.repeat(30) })],
    ],
    [{ field: 'lastdata', way: 'whole', said: 'x'.repeat(30), before: 'x'.repeat(20) }],
  ],
  [
    'brings the whole after it had said otherwise',
    [
      [table, cdrOf({ lastdata: 'x'.repeat(20) })],
      [ami, cdrOf({ lastdata: 'y' })],
      [ami, cdrOf({ lastdata: 'x'.repeat(30) })],
    ],
    [{ field: 'lastdata', way: 'whole', said: 'x'.repeat(30), before: 'x'.repeat(20) }],
  ],
  [
    'changes its own word',
    [
      [table, one],
      [table, two],
    ],
    [{ field: 'dst', way: 'changed', said: '999', before: '102' }],
  ],
  [
    'is more trusted',
    [
      [ami, one],
      [table, two],
    ],
    [{ field: 'dst', way: 'trusted', said: '999', before: '102' }],
  ],
  [
    'is as trusted and newer',
    [
      [importer, one],
      ['pbx2/import', two],
    ],
    [{ field: 'dst', way: 'newer', said: '999', before: '102' }],
  ],
  [
    'is less trusted: kept beside it',
    [
      [table, one],
      [ami, two],
    ],
    [{ field: 'dst', way: 'kept', said: '999', before: '102' }],
  ],
  [
    'says the same second more exactly',
    [
      [table, cdrOf({ timeOrigin: 'utc', start: second, answer: null, end: null })],
      [ami, cdrOf({ timeOrigin: 'epoch', start: second + 411, answer: null, end: null })],
    ],
    [{ field: 'start', way: 'surer', said: second + 411, before: second }],
  ],
  [
    'knows another time by a surer clock',
    [
      [table, cdrOf({ timeOrigin: 'local', start: second + 3_600e6, answer: null, end: null })],
      [ami, cdrOf({ timeOrigin: 'epoch', start: second, answer: null, end: null })],
    ],
    [{ field: 'start', way: 'surer', said: second, before: second + 3_600e6 }],
  ],
  [
    'gives in',
    [
      [table, one],
      [api, two],
      [api, one],
    ],
    [{ field: 'dst', way: 'agreed', said: '102', before: '999' }],
  ],
])('a further sight that %s: told as that, from what to what', (_, sights, expected) => {
  expect(tell(...sights).effects.at(-1)).toEqual(expected);
});

it('a sight that says what was said before did nothing, however often it comes', () => {
  expect(tell([table, one], [table, one]).effects).toEqual([[]]);
  expect(tell([table, one], [ami, two], [ami, two], [table, one]).effects.slice(1)).toEqual([[], []]);
  const other = { start: second + 3_600e6, timeOrigin: 'utc' } as const;
  const born = cdrOf({ uniqueid: `${second / 1e6}.1`, start: second, timeOrigin: 'local', end: null });
  expect(tell([importer, born], [importer, { ...born, ...other }]).effects).toEqual([[]]);
});

const source = fc.constantFrom(ami, table, api, importer);
const word = fc.constantFrom('', 'a', 'b', 'x'.repeat(20), 'x'.repeat(30));
const told = fc.record({
  dst: fc.option(word),
  sequence: fc.option(fc.constant(3)),
  start: fc.constantFrom(second, second + 411, second + 900e6, second + 900e6 + 5),
  answer: fc.option(fc.constantFrom(second + 1e6, second + 901e6)),
  timeOrigin: fc.constantFrom('doubled' as const, 'local' as const, 'utc' as const, 'epoch' as const),
  custom: fc.dictionary(fc.constantFrom('did', 'a.b'), word),
});

it('from the first sight the effects lead to the record as it is, whoever says what in which order', () => {
  const sights = fc.array(
    fc.tuple(
      source,
      told.map((change) => cdrOf(change)),
    ),
    { minLength: 2, maxLength: 8 },
  );
  fc.assert(
    fc.property(sights, (all) => {
      const { cdr, effects } = tell(...all);
      const now: Record<string, unknown> = { ...all[0]![1], ...prefixed(all[0]![1].custom) };
      for (const { field, way, said, before } of effects.flat()) {
        if (way === 'agreed') expect(secondsOf(now[field])).toBe(secondsOf(said));
        else expect(now[field] ?? null).toBe(before);
        if (way !== 'kept' && way !== 'agreed') now[field] = said;
      }
      expect(now).toMatchObject({ ...plainOf(cdr), ...prefixed(known(cdr.custom)) });
    }),
    { numRuns: 2000 },
  );
});

/** Of times a second is enough to agree. */
const secondsOf = (word: unknown) => (typeof word === 'number' ? Math.floor(word / 1e6) : word);

const plainOf = ({ custom: _, timeOrigin: __, ...plain }: Cdr) => plain;
const prefixed = (custom: Cdr['custom']) =>
  Object.fromEntries(Object.entries(custom).map(([name, value]) => [`custom.${name}`, value]));
/** That a custom value is empty is no word. */
const known = (custom: Cdr['custom']) => Object.fromEntries(Object.entries(custom).filter(([, value]) => value !== ''));

it('is kept with its sight as it was, and not known of sights from before', () => {
  const effects: Effect[] = [
    { field: 'start', way: 'surer', said: 5, before: 4 },
    { field: 'custom.did', way: 'filled', said: '442', before: null },
  ];
  const seen = withEffects(
    withEffects(sightFor(table, one, { at: 100 }), effects.slice(0, 1), 100),
    effects.slice(1),
    170,
  );
  expect(readSights(writeSights([sightFor(ami, one), seen]))).toEqual([sightFor(ami, one), seen]);
  expect(seen.effects).toEqual([
    { ...effects[0], at: 100 },
    { ...effects[1], at: 170 },
  ]);
  const old = '[["pbx1/ami",5,"new",3,null,null]]';
  expect(readSights(old)).toMatchObject([{ source: 'pbx1/ami', at: 5, effects: null, dropped: 0 }]);
  expect(writeSights(readSights(old))).toBe(old);
});

it('has room for 4,000 characters of effects of a source: the oldest are dropped and counted; longer words are cut', () => {
  const long = {
    field: 'lastdata',
    way: 'changed',
    said: '\u0001'.repeat(4096),
    before: '\u{1f600}'.repeat(2000),
  } as const;
  let sight = sightFor(table, one);
  for (let round = 0; round < 200; round += 1) {
    sight = withEffects(sight, [{ field: 'userfield', way: 'changed', said: `n${round}`, before: null }], round + 2);
  }
  expect(sight.effects!.length).toBeGreaterThan(80);
  expect(sight.effects!.length + sight.dropped).toBe(200);
  expect(sight.effects!.at(-1)).toMatchObject({ said: 'n199', at: 201 });
  sight = withEffects(sight, [long], 500);
  const { said, before } = sight.effects!.at(-1)!;
  expect(said).toBe(`${'\u0001'.repeat(254)}…`);
  expect([String(before).length, String(before).endsWith('…')]).toEqual([255, true]);
  const text = writeSights([ami, table, api, importer].map((source) => ({ ...sight, source: source })));
  expect(Buffer.byteLength(text)).toBeLessThan(65_536);
  expect(readSights(text)[1]).toEqual({ ...sight, source: table });
});
