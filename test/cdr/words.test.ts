import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitWords, wordsOf } from '../../src/cdr/words.ts';
import { cdrOf } from './rows.ts';

const bare = { clid: null, src: null, dst: null, userfield: null };

test.each([
  ['"Zoë Müller" <+44 20-7946>', ['zoë', 'müller', '44', '20', '7946']],
  ['Ｆｕｌｌ ﬁn', ['full', 'fin']],
  ['a%b_c\u0000d', ['a', 'b', 'c', 'd']],
  ['हिन्दी 東京', ['हिन्दी', '東京']],
  ['" ; -- 😀', []],
])('%j has the words %j', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test('the words of a record are those of the texts that people read, and of the note, each once', () => {
  const cdr = cdrOf({ ...bare, clid: 'Bob <101>', src: '101', dst: '102', userfield: 'VIP' });
  expect(wordsOf(cdr, 'bob: call back')).toBe(' bob 101 102 vip call back');
  expect(wordsOf(cdrOf(bare), null)).toBe('');
});

test('any word of any text is found by any beginning of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat(), fc.nat(), (clid, which, length) => {
      const words = splitWords(clid);
      if (words.length === 0) return;
      const word = words[which % words.length]!;
      const begin = [...word].slice(0, 1 + (length % word.length)).join('');
      expect(wordsOf(cdrOf({ ...bare, clid }), null)).toContain(` ${begin}`);
    }),
  );
});

test('however long the texts are, the words stay bounded and well formed', () => {
  const long = Array.from({ length: 800 }, (_, at) => `\u{1D11E}${at}ﷺ`).join(' ');
  const words = wordsOf(cdrOf({ ...bare, clid: long, userfield: long }), long);
  expect(words.length).toBeLessThanOrEqual(16_384);
  expect(words.isWellFormed()).toBe(true);
});
