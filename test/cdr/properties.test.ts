import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propertyNames } from '../../src/cdr/cdr.ts';
import { parsePairs, propertiesOf } from '../../src/cdr/properties.ts';

const of = (custom: Record<string, string>, userfield: string | null = null) => propertiesOf({ custom, userfield });

describe('properties come', () => {
  test('from a JSON column', () => {
    expect(of({ properties: '{"company":"acme","src_ext":101,"is_ivr":true,"is_park":false,"colour":"red"}' })).toEqual(
      {
        company: 'acme',
        src_ext: '101',
        is_ivr: true,
      },
    );
  });
  test('from a k=v column', () => {
    expect(of({ properties: 'company=acme;bill_to=acme%3Bsales;is_auth=1;' })).toEqual({
      company: 'acme',
      bill_to: 'acme;sales',
      is_auth: true,
    });
  });
  test('from custom variables of their names', () => {
    expect(of({ company: 'acme', did: '1', is_pick: 'yes', is_bounce: 'no' })).toEqual({
      company: 'acme',
      is_pick: true,
    });
  });
  test('from a userfield that is strictly k=v;k=v', () => {
    expect(of({}, 'src_ext=101;dial_short=102')).toEqual({ src_ext: '101', dial_short: '102' });
  });
  test('column first, then variables, then the userfield, name by name', () => {
    const custom = { properties: 'company=column', company: 'variable', trunk: 'variable' };
    const properties = of(custom, 'company=user;trunk=user;xfer=user');
    expect(properties).toEqual({ company: 'column', trunk: 'variable', xfer: 'user' });
  });
  test('but an empty one gives way to one that says something', () => {
    expect(of({ company: '' }, 'company=acme')).toEqual({ company: 'acme' });
    expect(of({ company: 'acme', properties: 'company=' })).toEqual({ company: 'acme' });
    expect(of({ xfer: '' })).toEqual({ xfer: '' });
  });
  test.each(propertyNames)('as %s', (name) => {
    expect(of({ [name]: '1' })).toEqual({ [name]: name.startsWith('is_') ? true : '1' });
  });
  test('in any case of their name', () => expect(of({}, 'COMPANY=acme')).toEqual({ company: 'acme' }));
});

test.each([
  ...['', 'naïve: a=b: {};DROP TABLE cdr', 'company', '=acme', 'company=a=b', 'company=acme;;src_ext=1', 'a b=c'],
  ...['company=%zz', 'company=50%', ';', 'company=acme; and then some', '1=2'],
])('the userfield %j is prose', (userfield) => {
  expect(of({}, userfield)).toEqual({});
});

test.each(['{', '{"company":', '[]', '"x"', '{"company":{"a":1}}', '{"company":null}'])(
  'the column %j brings nothing and harms nothing',
  (properties) => {
    expect(of({ properties }, 'company=acme')).toEqual({ company: 'acme' });
  },
);

test('names that objects answer to are no properties', () => {
  expect(of({ properties: '{"__proto__":{"company":"evil"},"constructor":"x"}' }, '__proto__=x')).toEqual({});
  expect(Object.keys(parsePairs('toString=1')!)).toEqual(['toString']);
});

test('any text is read without a throw, and a written pair is read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', minLength: 1 }), (text, value) => {
      of({ properties: text }, text);
      of({ properties: `{${text}` }, `company=${text}`);
      const written = encodeURIComponent(value);
      expect(of({}, `bill_to=${written};company=x`)).toEqual({ bill_to: value, company: 'x' });
    }),
  );
});

test.each(['a=b;', 'a=', '%41', ' ', 'a', ';', '{'])('a long text of %j is read in a moment', (piece) => {
  const began = performance.now();
  parsePairs(piece.repeat(200_000));
  expect(performance.now() - began).toBeLessThan(1000);
});
