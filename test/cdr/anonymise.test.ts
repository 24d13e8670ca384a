// Anonymising whole calls: each captured situation stays what it was to whoever counts, and no number of an outsider stays in it.
import { describe, expect, it } from 'vitest';
import { anonymised, digitsOf, mentions, numbersIn, type Erasure, type Person } from '../../src/cdr/anonymise.ts';
import { callOf } from '../../src/cdr/call.ts';
import type { StoredCdr } from '../../src/cdr/cdr.ts';
import { groupsOf } from '../../src/cdr/groups.ts';
import { newOverlay, overlaid } from '../../src/cdr/overlay.ts';
import { countedOf } from '../../src/cdr/stats.ts';
import { cutoffsOf, lookBefore, nothingBefore, type RetentionRules } from '../../src/cdr/retention.ts';
import { files, read } from './situation.ts';

const all: Erasure = { numbers: 'all', ours: new Set() };

const alone = (cdr: StoredCdr): Person => ({ cdr, overlay: undefined, sights: [], contradictions: {} });

describe('a call without the people in it', () => {
  it.each(files)('is the same to statistics, transfers and legs: %s', (file) => {
    const { records } = read(file);
    for (const group of groupsOf(records)) {
      const before = callOf(group);
      const people = anonymised(group.map(alone), all);
      const after = callOf(people.map(({ cdr }) => cdr));
      expect(countedOf(after)).toEqual(countedOf(before));
      const kinds = ({ transfers }: typeof before) => transfers.map(({ kind }) => kind);
      expect([kinds(after), after.legs, after.answer]).toEqual([kinds(before), before.legs, before.answer]);
      const ours = new Set([
        ...before.extensions,
        ...group.flatMap(({ properties: { trunk, trunk_out: out } }) => numbersIn(`${trunk ?? ''} ${out ?? ''}`)),
      ]);
      const outside = group
        .flatMap(({ src, dst, direction }) => [
          direction === 'inbound' ? src : null,
          direction === 'outbound' ? dst : null,
        ])
        .flatMap((number) => (number && /^\+?\d{7,}$/.test(number) ? [digitsOf(number)] : []))
        .filter((number) => !ours.has(number));
      expect(people.filter((person) => mentions(person, new Set(outside)))).toEqual([]);
    }
  });

  it('is made once: doing it again changes nothing', () => {
    for (const file of files) {
      const once = anonymised(read(file).records.map(alone), all);
      expect(anonymised(once, all).map(({ cdr }) => cdr)).toEqual(once.map(({ cdr }) => cdr));
    }
  });

  const [record] = read(files[0]!).records;
  const some = {
    ...record!,
    src: '447700900111',
    dst: '102',
    clid: '"Zoë" <447700900111>',
    direction: 'inbound' as const,
  };

  it('keeps the names of its trunks, whatever digits they have', () => {
    const properties = { trunk: 'telco 4420794601', trunk_out: 'mobile 4477009001' };
    const cdr: StoredCdr = { ...some, direction: 'transit', properties };
    expect(anonymised([alone(cdr)], all)[0]!.cdr.properties).toEqual(properties);
  });

  it('keeps what people wrote where it names nobody, of one number; and nothing of it, of all', () => {
    const overlay = {
      ...newOverlay(some),
      note: 'nice',
      tags: ['vip'],
      said: { metadata: { a: '447700900111' }, userfield: 'x' },
    };
    const person = { ...alone(overlaid(some, overlay)), overlay };
    const one = anonymised([person], { numbers: new Set(['447700900111']), ours: new Set() })[0]!;
    expect(one.overlay).toMatchObject({ note: 'nice', tags: ['vip'], said: { userfield: 'x' } });
    expect(one.overlay!.said).not.toHaveProperty('metadata');
    expect(anonymised([person], all)[0]!.overlay).toMatchObject({ note: null, tags: ['vip'], said: { userfield: '' } });
    const other = anonymised([person], { numbers: new Set(['99999']), ours: new Set() })[0]!;
    expect(other).toBe(person);
  });

  it('is without what was not believed, also when the effects of that had no room', () => {
    const number = new Set(['07700900777']);
    const contradictions = { src: { 'pbx1/table': some.src, 'pbx1/ami': '07700900777' } };
    const person = { ...alone(some), contradictions };
    expect([mentions(person, number), mentions(alone(some), number)]).toEqual([true, false]);
    const [next] = anonymised([person], { numbers: number, ours: new Set() });
    expect(next).toMatchObject({ cdr: { src: some.src }, contradictions: {} });
    expect(anonymised([person], { numbers: number, ours: number })[0]).toBe(person);
  });

  it('has names of SIP users taken out too, and what is listed as ours left', () => {
    const sip = { ...some, src: 'zoe.smith', clid: 'zoe.smith', custom: { did: '442079460000', cnam: 'Zoë' } };
    const erasure: Erasure = { numbers: 'all', ours: new Set(['442079460000']) };
    const { cdr } = anonymised([alone(sip)], erasure)[0]!;
    expect([cdr.src, cdr.clid, cdr.custom]).toEqual(['anonymous1', '<anonymous1>', { did: '442079460000' }]);
    expect(numbersIn('+44 (0)20-7')).toEqual(['44', '0', '20', '7']);
  });
});

describe('how long a record is kept', () => {
  const day = 86_400e6;
  const rules: RetentionRules = {
    usual: { remove: 100, anonymise: null },
    companies: new Map([
      ['acme', { remove: 10, anonymise: 5 }],
      ['beta', { remove: null, anonymise: 7 }],
    ]),
  };
  const of = (company: string | null, target: string | null) => cutoffsOf({ company, target }, rules, 1000 * day);

  it('is what its company wants, of two the longer, of none the usual', () => {
    expect(of('ACME', null)).toEqual({ remove: 990 * day, anonymise: 995 * day });
    expect(of('acme', 'beta')).toEqual({ remove: null, anonymise: 993 * day });
    expect(of('acme', 'other')).toEqual({ remove: 900 * day, anonymise: null });
    expect(of(null, null)).toEqual({ remove: 900 * day, anonymise: null });
  });

  it('says from when there is anything to look at, and before when nobody keeps anything', () => {
    expect(lookBefore(rules, 1000 * day)).toBe(995 * day);
    expect(nothingBefore(rules, 1000 * day)).toBeNull();
    expect(nothingBefore({ ...rules, companies: new Map() }, 1000 * day)).toBe(900 * day);
    expect(lookBefore({ usual: { remove: null, anonymise: null }, companies: new Map() }, 1)).toBeNull();
  });
});
