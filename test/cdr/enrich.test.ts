import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dispositions, type Cdr } from '../../src/cdr/cdr.ts';
import { enrich } from '../../src/cdr/enrich.ts';
import { texts } from '../../src/cdr/fields.ts';
import { isCutOf } from '../../src/cdr/identity.ts';
import { normalise } from '../../src/cdr/normalise.ts';
import { byAcctid, cdrOf, changed, eventOf, without } from './rows.ts';

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
  test('never changes what is known: the first word stands', () => {
    const other = cdrOf({
      sequence: 9,
      src: '999',
      amaflags: 1,
      duration: 9,
      disposition: 'BUSY',
      custom: { did: '2' },
    });
    const known = cdrOf({ custom: { did: '1' } });
    expect(enrich(known, other)).toBe(known);
  });
  test('with nothing new gives back the very same record', () => {
    expect(enrich(event, event)).toBe(event);
    expect(enrich(event, cdrOf({ linkedid: null, sequence: null, answer: null, end: null, custom: { a: '' } }))).toBe(
      event,
    );
  });
  test.each([
    ['local', 'utc'],
    ['local', 'epoch'],
    ['utc', 'epoch'],
  ] as const)('mends times that were %s by those that are %s, not the other way', (low, high) => {
    const [known, sight] = [
      cdrOf({ timeOrigin: low }),
      cdrOf({ timeOrigin: high, start: 5e15, answer: 6e15, end: 7e15 }),
    ];
    expect(enrich(known, sight)).toEqual(sight);
    expect(enrich(sight, known)).toBe(sight);
  });
  test('does not touch the records it is given', () => {
    const [known, sight] = [Object.freeze(cdrOf({ custom: Object.freeze({}) })), Object.freeze(event)];
    expect(() => enrich(known, { ...sight, custom: Object.freeze({ did: '1' }) })).not.toThrow();
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
  timeOrigin: fc.constantFrom('local' as const, 'utc' as const, 'epoch' as const),
  duration: fc.nat(),
  billsec: fc.nat(),
  disposition: fc.constantFrom(...dispositions),
  amaflags: fc.option(fc.nat(99)),
  custom: fc.dictionary(fc.constantFrom('did', 'company', 'recordingfile', 'a.b'), fc.oneof(fc.string(), cut)),
});

describe('of any two records', () => {
  test('none loses a value: each stands, is the whole of a cut one, or is a time of higher trust', () => {
    fc.assert(
      fc.property(record, record, (known, sight) => {
        const richer = enrich(known, sight);
        const times = ['start', 'answer', 'end', 'timeOrigin'] as const;
        for (const name of Object.keys(known) as (keyof Cdr)[]) {
          const [old, now] = [known[name], richer[name]];
          if (name === 'custom' || old === null || old === '') continue;
          if ((times as readonly string[]).includes(name)) expect(now === old || now === sight[name]).toBe(true);
          else expect(now === old || isCutOf(String(old), String(now))).toBe(true);
        }
        for (const [name, old] of Object.entries(known.custom)) {
          const now = richer.custom[name]!;
          expect(old === '' ? typeof now === 'string' : now === old || isCutOf(old, now)).toBe(true);
        }
      }),
    );
  });

  test('a second time adds nothing: the very same record comes back', () => {
    fc.assert(
      fc.property(record, record, (known, sight) => {
        const richer = enrich(known, sight);
        expect(enrich(richer, sight)).toBe(richer);
        expect(enrich(richer, known)).toBe(richer);
      }),
    );
  });

  test('what is known in the end does not depend on who came first', () => {
    fc.assert(
      fc.property(record, record, (one, two) => {
        const isKnown = (cdr: Cdr) =>
          Object.entries(cdr).map(([name, value]) => [name, value !== null && value !== '']);
        const [forth, back] = [enrich(one, two), enrich(two, one)];
        expect(isKnown(forth)).toEqual(isKnown(back));
        expect(forth.timeOrigin).toBe(back.timeOrigin);
        expect(
          Object.keys(forth.custom)
            .filter((name) => forth.custom[name])
            .sort(),
        ).toEqual(
          Object.keys(back.custom)
            .filter((name) => back.custom[name])
            .sort(),
        );
      }),
    );
  });
});
