import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dispositions, type Cdr } from '../../src/cdr/cdr.ts';
import { texts } from '../../src/cdr/fields.ts';
import { isCutOf } from '../../src/cdr/cut.ts';
import { merge, type Contradictions } from '../../src/cdr/merge.ts';
import { normalise } from '../../src/cdr/normalise.ts';
import { toldBy, withEffects, type Sight } from '../../src/cdr/sight.ts';
import { byAcctid, cdrOf, changed, eventOf, without } from './rows.ts';

const [ami, table, api, importer] = ['pbx1/ami', 'pbx1/table', 'pbx1/api', 'pbx1/import'];
const sightFor = (source: string, cdr: Cdr): Sight => {
  return { source, at: 1, rule: 'new', told: toldBy(cdr), key: null, nth: null, effects: [], dropped: 0 };
};

/** What the store does with the sights of one record, in their order. */
function tell(...sights: [source: string, cdr: Cdr][]): { cdr: Cdr; contradictions: Contradictions } {
  const [[source, first], ...others] = sights as [(typeof sights)[0], ...typeof sights];
  let now = { cdr: first, contradictions: {} as Contradictions };
  let seen = [sightFor(source, first)];
  for (const [at, [by, cdr]] of others.entries()) {
    const merged = merge(now.cdr, seen, now.contradictions, cdr, by);
    now = { cdr: merged.cdr, contradictions: merged.contradictions };
    const known = seen.find((sight) => sight.source === by);
    const sight: Sight = { ...sightFor(by, cdr), rule: 'content', ...(known && { ...known, told: toldBy(cdr) }) };
    const told = withEffects(sight, merged.effects, at + 2);
    seen = known ? seen.map((other) => (other === known ? told : other)) : [...seen, told];
  }
  return now;
}

/** A sight of AMI upon one of the table. */
const enrich = (known: Cdr, sight: Cdr): Cdr => merge(known, [sightFor(table, known)], {}, sight, ami).cdr;

const event = normalise(eventOf(81), 'pbx1');
const freepbx = normalise(
  changed(without(byAcctid(81), 'answer', 'end', 'company'), { did: '441632960100', recordingfile: 'x.wav' }),
  'pbx1',
);

describe('a second sight', () => {
  test('from AMI brings answer, end and the exact start to what the table told', () => {
    const { start, answer, end, timeOrigin } = event;
    expect(enrich(freepbx, event)).toMatchObject({ start, answer, end, timeOrigin, custom: { did: '441632960100' } });
  });
  test('from the table brings did and recordingfile, and takes no exact time away', () => {
    const { start, answer, end, timeOrigin } = event;
    const custom = { company: '', did: '441632960100', recordingfile: 'x.wav' };
    expect(enrich(event, freepbx)).toEqual({ ...event, start, answer, end, timeOrigin, custom });
  });
  test('brings sequence, linkedid, amaflags and texts that were unknown or empty', () => {
    const known = cdrOf({ sequence: null, linkedid: null, amaflags: null, peeraccount: null, userfield: '' });
    const sight = cdrOf({ sequence: 0, linkedid: '1.1', amaflags: 0, peeraccount: 'acme', userfield: 'x' });
    expect(enrich(known, sight)).toEqual(sight);
  });
  test('brings the whole of what a column had cut, of variables too', () => {
    const whole = 'x'.repeat(100);
    const cut = whole.slice(0, 80);
    const known = cdrOf({ clid: cut, custom: { recordingfile: cut } });
    const richer = enrich(known, cdrOf({ clid: whole, custom: { recordingfile: whole } }));
    expect([richer.clid, richer.custom['recordingfile']]).toEqual([whole, whole]);
    expect(enrich(richer, known)).toBe(richer);
  });
  test('with nothing new gives back the very same record', () => {
    expect(enrich(event, event)).toBe(event);
    expect(enrich(event, cdrOf({ linkedid: null, sequence: null, answer: null, end: null, custom: { a: '' } }))).toBe(
      event,
    );
  });
  test.each([
    ['doubled', 'local'],
    ['local', 'epoch'],
    ['utc', 'epoch'],
  ] as const)('mends times that were %s by those that are %s, not the other way', (low, high) => {
    const known = cdrOf({ timeOrigin: low });
    const start = known.start + 3_600_000_000;
    const sight = cdrOf({ timeOrigin: high, start, answer: 6e15, end: 7e15 });
    expect(enrich(known, sight)).toEqual(sight);
    expect(enrich(sight, known)).toMatchObject({ start, answer: 6e15, end: 7e15, timeOrigin: high });
  });
  test.each([
    ['local', 'utc'],
    ['utc', 'local'],
    ['doubled', 'utc'],
  ] as const)(
    'the table in a zone (%s) is believed before AMI in another (%s): UTC may be the wrong one',
    (here, there) => {
      const heard = cdrOf({ timeOrigin: there });
      const row = cdrOf({ timeOrigin: here, start: heard.start + 5 * 3_600_000_000 });
      const told = { start: row.start, timeOrigin: here };
      expect(tell([ami, heard], [table, row]).cdr).toMatchObject(told);
      expect(tell([table, row], [ami, heard]).cdr).toMatchObject(told);
      // Both in the wrong zone, then the table put right.
      const wrong = { ...row, start: heard.start, timeOrigin: there };
      expect(tell([ami, heard], [table, wrong], [table, row]).cdr).toMatchObject(told);
    },
  );
  test('of a file and a writer UTC is believed before another zone', () => {
    const [file, written] = [cdrOf({ timeOrigin: 'local' }), cdrOf({ timeOrigin: 'utc', start: 5e15 })];
    for (const sights of [
      [
        [importer, file],
        [api, written],
      ],
      [
        [api, written],
        [importer, file],
      ],
    ] as const)
      expect(tell(...sights.map(([source, cdr]): [string, Cdr] => [source, cdr])).cdr.start).toBe(5e15);
  });
  test('does not touch the records it is given', () => {
    const [known, sight] = [Object.freeze(cdrOf({ custom: Object.freeze({}) })), Object.freeze(event)];
    expect(() => enrich(known, { ...sight, custom: Object.freeze({ did: '1' }) })).not.toThrow();
  });
});

describe('sources that contradict each other', () => {
  const [one, two] = [cdrOf({ dst: '102', custom: { did: '1' } }), cdrOf({ dst: '999', custom: { did: '2' } })];

  test('the table is believed before AMI and AMI before a writer, in whatever order they come; the others are kept', () => {
    const words = { dst: { [ami]: '999', [table]: '102' }, 'custom.did': { [ami]: '2', [table]: '1' } };
    expect(tell([table, one], [ami, two])).toEqual({ cdr: one, contradictions: words });
    expect(tell([ami, two], [table, one])).toEqual({ cdr: one, contradictions: words });
    const writer = tell([api, one], [ami, two]);
    expect([writer.cdr.dst, writer.contradictions['dst']]).toEqual(['999', { [ami]: '999', [api]: '102' }]);
    const three = tell([api, cdrOf({ dst: '5' })], [ami, two], [table, one]);
    expect(three.cdr.dst).toBe('102');
    expect(three.contradictions['dst']).toEqual({ [ami]: '999', [api]: '5', [table]: '102' });
  });
  test('a word that was only one source’s own is changed by it, without a contradiction', () => {
    expect(tell([table, one], [table, two])).toEqual({ cdr: two, contradictions: {} });
    expect(tell([ami, cdrOf({ dst: '' })], [table, one], [table, two]).contradictions['dst']).toBeUndefined();
  });
  test('a row that the table changes after AMI had told the same is believed, and AMI’s word is kept', () => {
    const { cdr, contradictions } = tell([ami, one], [table, one], [table, two]);
    expect([cdr.dst, contradictions['dst']]).toEqual(['999', { [ami]: '102', [table]: '999' }]);
  });
  test('it is over when they agree again', () => {
    expect(tell([ami, one], [table, two], [table, one])).toEqual({ cdr: one, contradictions: {} });
    expect(tell([table, one], [api, two], [api, one])).toEqual({ cdr: one, contradictions: {} });
  });
  test('said again it changes nothing: the very same objects come back', () => {
    const once = tell([ami, one], [table, two]);
    const seen = [sightFor(ami, one), sightFor(table, two)];
    const again = merge(once.cdr, seen, once.contradictions, two, table);
    expect([again.cdr === once.cdr, again.contradictions === once.contradictions]).toEqual([true, true]);
  });
  test('a source may take back a text that it told, not one that it never knew', () => {
    const [told, empty] = [cdrOf({ userfield: 'x' }), cdrOf({ userfield: '' })];
    expect(tell([table, told], [table, empty]).cdr.userfield).toBe('');
    expect(tell([ami, told], [table, empty], [table, empty]).cdr.userfield).toBe('x');
  });
  test('a table may take back a custom value whose word the record has from it, and nobody else may', () => {
    const say = (a: string) => cdrOf({ custom: { a } });
    const left = (...sights: [string, Cdr][]) => tell(...sights).cdr.custom['a'];
    expect(left([table, say('1')], [table, say('')])).toBe('');
    expect(left([table, say('1')], [table, say('')], [table, say('2')])).toBe('2');
    expect(left([table, say('1')], [table, say('2')], [table, say('')])).toBe('');
    expect(left([ami, cdrOf({})], [table, say('1')], [table, say('')])).toBe('');
    expect(left([ami, say('1')], [table, say('')], [table, say('')])).toBe('1');
    expect(left([ami, say('1')], [table, say('1')], [table, say('')])).toBe('1');
    expect(left([table, say('')], [ami, say('1')], [table, say('')])).toBe('1');
    expect(left([table, say('1')], [table, cdrOf({})], [table, say('')])).toBe('1');
    expect(left([importer, say('1')], [importer, say('')])).toBe('1');
    expect(left([api, say('1')], [api, say('')])).toBe('1');
    const other = { b: '1' };
    expect(left([table, cdrOf({ custom: other })], [table, cdrOf({ custom: { a: '', ...other } })])).toBeUndefined();
    const both = tell([table, say('1')], [ami, cdrOf({ custom: { b: '1' } })], [table, say('')]);
    expect(both).toMatchObject({ cdr: { custom: { a: '', b: '1' } }, contradictions: { 'custom.a': { [ami]: '1' } } });
  });
  test('nothing is taken back where it was not kept who told it', () => {
    const [known, empty] = [cdrOf({ custom: { a: '1' } }), cdrOf({ custom: { a: '' } })];
    for (const gap of [{ effects: null }, { dropped: 1 }]) {
      expect(merge(known, [{ ...sightFor(table, known), ...gap }], {}, empty, table).cdr).toBe(known);
    }
  });
  test.each([
    ['AMI first', 1],
    ['the table first', -1],
  ])('whose zone was wrong says otherwise now: what nobody tells any more is not kept for its clock, %s', (_, turn) => {
    const right = { start: 1_795_320_490_000_000, answer: null, end: null };
    const event = cdrOf({ timeOrigin: 'utc', ...right });
    const misread = cdrOf({ timeOrigin: 'utc', ...right, start: right.start + 3_600_000_000 });
    const both = [
      [ami, event],
      [table, misread],
    ] as [string, Cdr][];
    if (turn < 0) both.reverse();
    expect(tell(...both).cdr.start).toBe(misread.start);
    const { cdr, contradictions } = tell(...both, [table, cdrOf({ timeOrigin: 'local', ...right })]);
    expect([cdr.start, contradictions]).toEqual([right.start, {}]);
  });
  test('of times the better origin is believed, whichever source it is, and the other kept', () => {
    const exact = cdrOf({ timeOrigin: 'epoch', start: 1_795_317_329_411_497, answer: null, end: null });
    const local = cdrOf({ timeOrigin: 'local', start: 1_795_320_929_000_000, answer: null, end: null });
    for (const order of [
      [
        [ami, exact],
        [table, local],
      ],
      [
        [table, local],
        [ami, exact],
      ],
    ] as [string, Cdr][][]) {
      const { cdr, contradictions } = tell(...(order as [[string, Cdr]]));
      expect([cdr.start, cdr.timeOrigin]).toEqual([exact.start, 'epoch']);
      expect(contradictions).toEqual({ start: { [ami]: exact.start, [table]: local.start } });
    }
  });
  test('of times, neither a file nor a writer is believed before AMI or the table, whatever it knows and when it comes', () => {
    const heard = cdrOf({ timeOrigin: 'local', start: 1_795_320_929_000_000 });
    const told = cdrOf({ timeOrigin: 'epoch', start: 1_795_317_329_000_000 });
    const words = (source: string) => ({ start: { [source]: told.start, [table]: heard.start } });
    for (const source of [importer, api]) {
      for (const order of [
        [source, told, table, heard],
        [table, heard, source, told],
      ] as const) {
        const { cdr, contradictions } = tell([order[0], order[1]], [order[2], order[3]]);
        expect([cdr.start, cdr.timeOrigin]).toEqual([heard.start, 'local']);
        expect(contradictions).toEqual(words(source));
      }
    }
    expect(tell([importer, heard], [api, told]).cdr).toMatchObject({ start: told.start, timeOrigin: 'epoch' });
  });
  test('a file that tells a record in another zone does not take it away from the birth of its channel', () => {
    const born = cdrOf({ uniqueid: '1795317329.1', start: 1_795_317_329_000_000, timeOrigin: 'local', end: null });
    const off = (seconds: number) => ({ ...born, start: born.start + seconds * 1e6, timeOrigin: 'utc' as const });
    for (const seconds of [3600, -18_000, 2700]) {
      expect(tell([importer, born], [importer, off(seconds)])).toEqual({ cdr: born, contradictions: {} });
      expect(tell([importer, off(seconds)], [importer, born]).cdr).toEqual(born);
    }
    expect(tell([importer, born], [importer, off(7)]).cdr.start).toBe(off(7).start);
  });
  test('the only source may correct its own times, of a zone that was set wrong', () => {
    const wrong = cdrOf({ timeOrigin: 'utc', start: 1_795_320_929_000_000 });
    const right = cdrOf({ timeOrigin: 'local', start: 1_795_317_329_000_000 });
    expect(tell([table, wrong], [table, right])).toEqual({ cdr: { ...right }, contradictions: {} });
  });
});

const text = fc.option(fc.oneof(fc.constantFrom('', 'PJSIP/acme-101-00000005'), fc.string({ maxLength: 30 })));
const cut = fc
  .integer({ min: 0, max: 40 })
  .map((length) => 'abcdefghijklmnopqrstuvwxyz0123456789ABCD'.slice(0, length));
const micros = fc.option(fc.integer({ min: 1, max: 5e15 }));
const record: fc.Arbitrary<Cdr> = fc.record({
  ...(Object.fromEntries(texts.map(({ name }) => [name, fc.oneof(text, cut)])) as Record<
    (typeof texts)[number]['name'],
    fc.Arbitrary<string | null>
  >),
  system: fc.constant('pbx1'),
  uniqueid: fc.constant('1.1'),
  sequence: fc.option(fc.nat()),
  linkedid: fc.option(fc.string({ minLength: 1 })),
  start: fc.integer({ min: 1, max: 5e15 }),
  answer: micros,
  end: micros,
  timeOrigin: fc.constantFrom('doubled' as const, 'local' as const, 'utc' as const, 'epoch' as const),
  duration: fc.nat(),
  billsec: fc.nat(),
  disposition: fc.constantFrom(...dispositions),
  amaflags: fc.option(fc.nat(99)),
  custom: fc.dictionary(fc.constantFrom('did', 'company', 'recordingfile', 'a.b'), fc.oneof(fc.string(), cut)),
});

describe('of any sights of a record', () => {
  const told = ({ custom: _, ...cdr }: Cdr) =>
    Object.entries(cdr).map(([name, value]) => [name, value !== null && value !== '']);

  const saying = (custom: Cdr['custom']) => Object.fromEntries(Object.entries(custom).filter(([, value]) => value));

  test('none takes a value of another source away without keeping it', () => {
    fc.assert(
      fc.property(record, record, (known, sight) => {
        const { cdr, contradictions } = tell([table, known], [ami, sight]);
        for (const name of Object.keys(known) as (keyof Cdr)[]) {
          const [old, now] = [known[name], cdr[name]];
          if (name === 'custom' || name === 'timeOrigin' || old === null || old === '' || now === old) continue;
          const isSharper = typeof old === 'number' && Math.floor(old / 1e6) === Math.floor((now as number) / 1e6);
          if (isSharper || isCutOf(String(old), String(now))) continue;
          expect(contradictions[name]).toEqual({ [table]: old, [ami]: now });
        }
        for (const [name, old] of Object.entries(known.custom)) {
          const now = cdr.custom[name]!;
          expect(old === '' ? typeof now === 'string' : now === old || isCutOf(old, now)).toBe(true);
        }
      }),
    );
  });

  test('a second time adds nothing', () => {
    fc.assert(
      fc.property(record, record, (known, sight) => {
        const once = tell([table, known], [ami, sight]);
        expect(tell([table, known], [ami, sight], [ami, sight])).toEqual(once);
        expect(tell([table, known], [ami, sight], [table, known])).toEqual(once);
      }),
    );
  });

  test('what is known in the end does not depend on who came first', () => {
    fc.assert(
      fc.property(record, record, (one, two) => {
        const [forth, back] = [tell([table, one], [ami, two]), tell([ami, two], [table, one])];
        expect(told(forth.cdr)).toEqual(told(back.cdr));
        expect(forth.cdr.timeOrigin).toBe(back.cdr.timeOrigin);
        for (const { name } of texts) expect(forth.cdr[name] ?? '').toEqual(back.cdr[name] ?? '');
        expect(saying(forth.cdr.custom)).toEqual(saying(back.cdr.custom));
      }),
    );
  });
});
