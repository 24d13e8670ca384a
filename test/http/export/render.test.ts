import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openRenderer, type Look } from '../../../src/http/export/render.ts';

const look: Look = { format: 'csv', columns: null, zone: 'UTC', hasHeader: true, isGuarded: true };
const cell = (value: unknown, change: Partial<Look> = {}) =>
  openRenderer({ ...look, ...change }, ['a', 'b'])
    .lines([{ a: value, b: 1 }])
    .replace(/,1\r\n$/, '');

describe('a CSV', () => {
  it('has a line of names and ends every line with CR LF', () => {
    const { head, lines } = openRenderer(look, ['a', 'b']);
    expect(
      head +
        lines([
          { a: 1, b: 'x' },
          { a: null, b: true },
        ]),
    ).toBe('a,b\r\n1,x\r\n,true\r\n');
    expect(openRenderer({ ...look, hasHeader: false }, ['a']).head).toBe('');
    expect(lines([])).toBe('');
  });

  it.each([
    ['+442079460000', "'+442079460000"],
    ['=1+1', "'=1+1"],
    ['-5', "'-5"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', '"\'\t=1"'],
    ['\r=1', '"\'\r=1"'],
    ['\n=1', '"\'\n=1"'],
    ['=1,2"3', `"'=1,2""3"`],
    ['＝1', "'＝1"],
    ['a;=1+1', '"a;=1+1"'],
    ['a\t=1+1', '"a\t=1+1"'],
    ['1+1', '1+1'],
    ['"Bob" <100>', '"""Bob"" <100>"'],
    ['one\r\ntwo', '"one\r\ntwo"'],
  ])('guards the cell %j so that no spreadsheet runs it: %j', (text, written) => {
    expect(cell(text)).toBe(written);
    // The second time it comes from memory.
    expect(cell(text)).toBe(written);
  });

  it('leaves a number its sign, which no spreadsheet runs', () => {
    expect(cell(-5)).toBe('-5');
  });

  it('has every text as it is without the guard, for programs', () => {
    expect(cell('+44', { isGuarded: false })).toBe('+44');
    expect(cell('a;b', { isGuarded: false })).toBe('a;b');
  });

  it('writes lists and objects as JSON, and nothing where there is nothing', () => {
    expect(cell(['vip', 'a,b'])).toBe('"[""vip"",""a,b""]"');
    expect(cell({ did: '12' })).toBe('"{""did"":""12""}"');
    for (const empty of [null, undefined, '', [], {}]) expect(cell(empty)).toBe('');
  });

  it('never writes an empty line, which readers pass over', () => {
    expect(openRenderer({ ...look, columns: ['a'] }, ['a', 'b']).lines([{ a: null }, { a: 'x' }])).toBe('""\r\nx\r\n');
  });

  it('of any texts is read back by an RFC 4180 reader, each with its guard where it begins like a formula', () => {
    const texts = fc.array(
      fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'=+-@\t\r\n,;" a1é') })),
    );
    fc.assert(
      fc.property(texts, fc.boolean(), (rows, isGuarded) => {
        const { head, lines } = openRenderer({ ...look, isGuarded }, ['a', 'b']);
        const read = parse(head + lines(rows.map(([a, b]) => ({ a, b }))), {
          record_delimiter: '\r\n',
          relax_column_count: false,
        });
        const expected = (text: string) =>
          isGuarded && /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;
        expect(read).toEqual([['a', 'b'], ...rows.map((row) => row.map(expected))]);
      }),
    );
  });
});

describe('an NDJSON', () => {
  it('has each row as it is, or the chosen columns in their order', () => {
    const rows = [{ a: 1, b: { c: ['x\n'] } }];
    expect(openRenderer({ ...look, format: 'ndjson' }, ['a', 'b']).lines(rows)).toBe('{"a":1,"b":{"c":["x\\n"]}}\n');
    expect(openRenderer({ ...look, format: 'ndjson', columns: ['b', 'a'] }, []).lines(rows)).toBe(
      '{"b":{"c":["x\\n"]},"a":1}\n',
    );
  });
});
