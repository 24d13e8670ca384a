// Inputs nobody thought of: real ones with bytes flipped, cut, doubled, swapped, and values that programs trip over.
import type { Random } from '../../src/simulator/random.ts';

const odd = [
  ...[
    '',
    '\0',
    '\r\n',
    '\r\n\r\n',
    '\n',
    ': ',
    '__proto__',
    'constructor',
    'toString',
    '-1',
    '0',
    '1e309',
    'NaN',
    'null',
  ],
  ...[
    '9007199254740993',
    '99999999999999999999',
    '\u{1F600}',
    '\ud800',
    'é',
    "'; DROP TABLE cdr; --",
    '${CDRD_AMI_SECRET}',
  ],
  ...[
    '../../etc/passwd',
    '%00',
    '%',
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '&a *a',
    '!!js/function',
    'Event: Cdr',
    'Response: Error',
  ],
  ...['0000-00-00 00:00:00', '2026-10-25 01:30:00', '2026-02-30 00:00:00', 'x'.repeat(300), 'y'.repeat(5000)],
];

export function oddText(random: Random): string {
  return random.pick(odd);
}

/** `text` with a few random changes. */
export function mutated(random: Random, text: string): string {
  let result = text;
  for (let changes = random.whole(1, 4); changes > 0; changes -= 1) {
    const at = random.whole(0, result.length);
    const length = random.whole(0, random.chance(0.1) ? result.length : 12);
    const [head, piece, tail] = [result.slice(0, at), result.slice(at, at + length), result.slice(at + length)];
    const middle = [
      () => '',
      () => piece + piece,
      () => oddText(random),
      () => piece + oddText(random),
      () => [...piece].reverse().join(''),
      () => piece.replace(/./, () => String.fromCharCode(random.whole(0, 255))),
    ];
    result = head + random.pick(middle)() + tail;
  }
  return result;
}

/** Any JSON value. */
export function anyValue(random: Random, depth = 0): unknown {
  const kind = random.whole(0, depth > 3 ? 5 : 8);
  if (kind < 2) return oddText(random);
  if (kind === 2) return random.whole(-2, 2_000_000_000) * (random.chance(0.2) ? 1e6 : 1);
  if (kind === 3) return random.next() * 1e9;
  if (kind === 4) return random.pick([null, true, false]);
  if (kind === 5) return new Date(random.whole(0, 4_000_000) * 1e6).toISOString();
  if (kind === 6) return Array.from({ length: random.whole(0, 4) }, () => anyValue(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length: random.whole(0, 4) }, () => [oddText(random), anyValue(random, depth + 1)]),
  );
}
