import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { findSame, type Known, type Repeats, type Shown } from '../../src/cdr/identity.ts';
import { isCutAt, isCutOf, wholeOf, withWidths, type SourceWidths } from '../../src/cdr/cut.ts';
import { merge } from '../../src/cdr/merge.ts';
import { normalise } from '../../src/cdr/normalise.ts';
import { toldBy, type Sight } from '../../src/cdr/sight.ts';
import { byAcctid, cdrOf, changed } from './rows.ts';

describe('the cut form of a text in a column of a known width', () => {
  it.each([
    ['03012345', '0301234567', 8, true],
    ['0301234', '0301234567', 8, false],
    ['030123456', '0301234567', 8, false],
    ['03012345', '03012345', 8, false],
    ['', '0301234567', 8, false],
    // A CHAR drops spaces at its end.
    ['Anna', 'Anna  Smith', 5, true],
    // Asterisk counts bytes, a database characters; an emoji is one.
    ['Zoë', 'Zoë Smith', 4, true],
    ['Zoë ', 'Zoë Smith', 4, true],
    ['☎☎☎', '☎☎☎☎', 3, true],
    ['😀😀', '😀😀😀', 2, true],
    ['😀', '😀😀😀', 4, true],
    ['Zoé', 'Zoë Smith', 3, false],
    // 0: a column of whole numbers.
    ['301234567', '0301234567', 0, true],
    ['441632960001', '+441632960001', 0, true],
    ['0', 's', 0, true],
    ['301234567', '301234567', 0, false],
    ['301', '0301234567', 0, false],
    ['0301', '301', 0, false],
  ])('%j of %j at %i: %s', (cut, whole, width, is) => expect(isCutAt(cut, whole, width)).toBe(is));

  it('is what any column keeps of any text, by characters and by bytes', () => {
    const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(word, fc.integer({ min: 1, max: 19 }), (whole, width) => {
        const characters = [...whole].slice(0, width).join('');
        if (characters.length < whole.length) expect(isCutAt(characters, whole, width)).toBe(true);
        let bytes = '';
        for (const letter of whole) {
          if (Buffer.byteLength(bytes + letter) > width) break;
          bytes += letter;
        }
        if (bytes !== '' && bytes.length < whole.length) expect(isCutAt(bytes, whole, width)).toBe(true);
      }),
    );
  });

  it('is guessed only from 20 characters on where no width is known', () => {
    const whole = 'abcdefghijklmnopqrstuvwxyz';
    expect(isCutOf(whole.slice(0, 20), whole)).toBe(true);
    expect([whole.slice(0, 19), whole, `b${whole.slice(1, 21)}`].some((cut) => isCutOf(cut, whole))).toBe(false);
  });

  it('of one of few words is that word when no other is cut alike', () => {
    const words = ['NO ANSWER', 'ANSWERED', 'BUSY'];
    expect(['NO ANSWE', 'ANSWERED', 'NO'].map((cut) => wholeOf(cut, words, 8))).toEqual([
      words[0],
      undefined,
      undefined,
    ]);
    expect(wholeOf('A', ['ANSWERED', 'ALSO'], 1)).toBeUndefined();
    expect(wholeOf('NO ANSWE', words, undefined)).toBeUndefined();
  });

  it('is remembered for each width a column ever had', () => {
    const ever = withWidths({}, { dst: 8 });
    expect(withWidths(ever, { dst: 8 })).toBe(ever);
    expect(withWidths(ever, { dst: 12, src: 9 })).toEqual({ dst: [8, 12], src: [9] });
  });
});

describe('a row of narrow columns', () => {
  const row = { ...byAcctid(81), widths: { disposition: 4, amaflags: 3, sequence: 2 } };

  it('has its disposition and amaflags cut, and still tells them', () => {
    const cut = changed(row, { disposition: 'NO A', amaflags: 'DOC' });
    expect(normalise(cut, 'pbx1')).toMatchObject({ disposition: 'NO ANSWER', amaflags: 3 });
    expect(() => normalise({ ...cut, widths: {} }, 'pbx1')).toThrow('disposition: "NO A" is not one of');
  });
  it('tells no sequence that fills its column: its last digits may be gone', () => {
    const told = ['7', '47', '99'].map((sequence) => normalise(changed(row, { sequence }), 'pbx1').sequence);
    expect(told).toEqual([7, null, null]);
    expect(normalise(changed({ ...row, widths: {} }, { sequence: '47' }), 'pbx1').sequence).toBe(47);
  });
});

const widths: SourceWidths = new Map([['pbx1/table', { dst: [8], channel: [16], src: [10] }]]);
const repeats: Record<string, Repeats> = { 'pbx1/ami': 'never', 'pbx1/table': 'whole', 'pbx1/import': 'again' };
const whole = cdrOf({ sequence: null, channel: 'PJSIP/acme-101-0000002d', src: '+441632960000', dst: '030123456789' });
const cut = { ...whole, channel: 'PJSIP/acme-101-0', src: '+441632960', dst: '03012345' };

const sightFrom = (source: string, cdr = whole): Sight => ({
  ...{ source, at: 1, rule: 'new', told: toldBy(cdr), key: null, nth: null, effects: [], dropped: 0 },
});
const known = (cdr: typeof whole, ...sources: string[]): Known => ({
  cdr,
  sights: sources.map((one) => sightFrom(one, cdr)),
});
const shown = (source: string, cdr: typeof whole, wide = widths): Shown => ({
  ...{ cdr, source, repeats: repeats[source]!, mark: undefined, widths: wide },
});
const ruleOf = (row: Shown, record: Known) => findSame(row, [record], new Set())?.rule;

describe('a record whose texts narrow columns have cut is one record', () => {
  test.each([
    ['AMI, then the table', shown('pbx1/table', cut), known(whole, 'pbx1/ami')],
    ['the table, then AMI', shown('pbx1/ami', whole), known(cut, 'pbx1/table')],
    ['the table, then a file', shown('pbx1/import', whole), known(cut, 'pbx1/table')],
    ['both, then a dump of the table', shown('pbx1/import', cut), known(whole, 'pbx1/ami', 'pbx1/table')],
  ])('%s', (_, row, record) => {
    expect(ruleOf(row, record)).toBe('content');
    const numbered = { ...row, cdr: { ...row.cdr, sequence: 7 } };
    expect(ruleOf(numbered, { ...record, cdr: { ...record.cdr, sequence: 7 } })).toBe('sequence');
    expect(ruleOf({ ...row, widths: new Map() }, record)).toBeUndefined();
  });

  test.each([
    [
      'a text that is shorter than the column',
      shown('pbx1/table', { ...cut, dst: '0301234' }),
      known(whole, 'pbx1/ami'),
    ],
    ['another beginning', shown('pbx1/table', { ...cut, dst: '03012346' }), known(whole, 'pbx1/ami')],
    ['AMI, which tells texts whole', shown('pbx1/ami', cut), known(whole, 'pbx1/table')],
    [
      'what AMI told, too',
      shown('pbx1/import', { ...whole, src: '1' }),
      known({ ...cut, src: '1' }, 'pbx1/ami', 'pbx1/table'),
    ],
    ['a file whose columns nobody knows', shown('pbx1/import', cut), known(whole, 'pbx1/ami')],
  ])('but %s is another', (_, row, record) => expect(ruleOf(row, record)).toBeUndefined());

  it('takes of several first the one that is equal to the letter, then the likest', () => {
    const other = { ...whole, dst: '030123459999', userfield: 'x' };
    const short = { ...whole, dst: '03012345' };
    const find = (row: Shown, ...records: Known[]) => findSame(row, records, new Set())?.record.cdr;
    const row = shown('pbx1/table', { ...whole, dst: '03012345', userfield: 'x' });
    expect(find(row, known(whole, 'pbx1/ami'), known(other, 'pbx1/ami'))).toBe(other);
    expect(find(row, known(whole, 'pbx1/ami', 'pbx1/table'), known(short, 'pbx1/ami'))).toBe(short);
  });
});

describe('the merge of texts that narrow columns have cut', () => {
  it.each([
    ['AMI, then the table', whole, 'pbx1/ami', cut, 'pbx1/table', []],
    ['the table, then AMI', cut, 'pbx1/table', whole, 'pbx1/ami', ['src', 'dst', 'channel']],
  ])('%s: the record has them whole, and nobody contradicts', (_, first, by, second, then, filled) => {
    const merged = merge(first, [sightFrom(by, first)], {}, second, then, widths);
    expect(merged.cdr).toEqual(whole);
    expect(merged.contradictions).toEqual({});
    expect(merged.effects.map(({ field, way }) => [field, way]).sort()).toEqual(
      filled.map((field) => [field, 'whole']).sort(),
    );
    const again = merge(merged.cdr, [sightFrom(by, first), sightFrom(then, second)], {}, cut, 'pbx1/table', widths);
    expect(again.cdr).toBe(merged.cdr);
  });
  it('takes a text that the table says otherwise for another one', () => {
    const merged = merge(whole, [sightFrom('pbx1/ami')], {}, { ...cut, dst: '0301' }, 'pbx1/table', widths);
    expect(merged.cdr.dst).toBe('0301');
    expect(Object.keys(merged.contradictions)).toEqual(['dst']);
  });
});
