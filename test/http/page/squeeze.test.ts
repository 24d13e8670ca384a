// Scripts without spaces: what they say and do stays.
import { expect, it } from 'vitest';
import { squeezed } from '../../../src/http/page/squeeze.ts';

it('takes away the spaces that mean nothing', () => {
  expect(squeezed('const a = (b, c) => { if (b === c && !d) return [1, 2]; else x ? y : z; };')).toBe(
    'const a=(b,c)=>{if(b===c&&!d)return[1,2];else x?y:z;};',
  );
  expect(squeezed('a = b + +c - -d; for (const one of all) void one;')).toBe(
    'a=b + +c - -d;for(const one of all)void one;',
  );
});

it.each([
  `'a = b, "c" : d'`,
  String.raw`'it\'s = so, they say'`,
  `"x ? y : z"`,
  '`a = ${b} , c`',
  '`a = ${b ? `c = ${d}` : { e } } , f`',
  '`$ = {a} , ${1}`',
  String.raw`/^ = ["'] , \/ [/ ,] (a)/g`,
])('leaves %s as it is, wherever it stands', (kept) => {
  for (const [before, after] of [
    ['a = ', ' ;'],
    ['f(', ' , g)'],
    ['() => ', ' , h'],
    ['return ', ' ;'],
  ] as const) {
    expect(squeezed(before + kept + after)).toBe(before.replace(/ ?(=>|=) /, '$1') + kept + after.replaceAll(' ', ''));
  }
});

it('takes a division for no pattern', () => {
  expect(squeezed('(a) / 2 , b[0] / "c = d".length , e / f')).toBe('(a)/ 2,b[0]/ "c = d".length,e / f');
});
