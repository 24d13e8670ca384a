// What is said never to hit never does, whatever number or time comes.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isoOf } from '../../src/cdr/time.ts';
import { neverAsked } from '../../src/rules/never.ts';
import { Pattern } from '../../src/rules/pattern.ts';

const piece = fc.constantFrom(
  ...['a', 'T', 'Z', ':', '-', '.', '0', '5', ' ', '^', '$', '|', '(', ')', '(?:', '{0}', '{2}', '{10}', '*', '+', '?'],
  ...[
    '[a-z]',
    '[^0-9]',
    '[]5]',
    '[^]x]',
    '[[:alpha:]]',
    '[\\d]',
    '\\d',
    '\\D',
    '\\w',
    '\\W',
    '\\s',
    '\\.',
    '\\$',
    '\\\\',
  ],
);
const sources = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
const times = fc.integer({ min: 0, max: 2 ** 52 }).map(isoOf);
const numbers = fc.oneof(fc.nat(), fc.maxSafeNat()).map(String);

it.each([
  ['billsec', numbers],
  ['start', times],
])('no %s has what is told as never there', (name, texts) => {
  let told = 0;
  const property = fc.property(sources, texts, fc.nat(20), (match, text, end) => {
    expect(neverAsked(name, text)).toBeNull();
    if (end > 0) expect(neverAsked(name, { prefix: text.slice(0, end) })).toBeNull();
    let pattern: Pattern;
    try {
      pattern = new Pattern(match, false);
    } catch {
      return;
    }
    if (neverAsked(name, { match }) === null) return;
    told += 1;
    expect(pattern.find(text)).toBeNull();
  });
  fc.assert(property, { numRuns: 3000 });
  expect(told).toBeGreaterThan(20);
});

it('no text at all matches a pattern that is told as torn', () => {
  const signs = fc.constantFrom('a', '5', '-', ' ', '^', '$', '|', '?', '*', '(^)');
  const told = new Set<string>();
  const property = fc.property(fc.array(signs, { maxLength: 5 }), fc.array(signs, { maxLength: 5 }), (pieces, text) => {
    const match = pieces.join('');
    if (neverAsked('src', { match }) === null) return;
    told.add(match);
    expect(new Pattern(match, false).find(text.join(''))).toBeNull();
    for (const part of match.split(/[$^]/)) expect(new Pattern(match, false).find(part)).toBeNull();
  });
  fc.assert(property, { numRuns: 3000 });
  expect(told.size).toBeGreaterThan(20);
});
