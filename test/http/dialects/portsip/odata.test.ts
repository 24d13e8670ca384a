// The filter of PortSIP: what is read holds for what it says, and what the store is asked never leaves out what is meant.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callMatches } from '../../../../src/cdr/callquery.ts';
import { callOf, wallsOf } from '../../../../src/cdr/call.ts';
import { ClientError } from '../../../../src/errors.ts';
import { fieldNames, type Item } from '../../../../src/http/dialects/portsip/fields.ts';
import { holds } from '../../../../src/http/dialects/portsip/holds.ts';
import { narrowed } from '../../../../src/http/dialects/portsip/narrow.ts';
import { filterLimits, operators, readFilter } from '../../../../src/http/dialects/portsip/odata.ts';
import { toItem } from '../../../../src/http/dialects/portsip/shape.ts';
import { Book } from '../../../../src/http/dialects/portsip/book.ts';
import { directionWords } from '../../../../src/http/dialects/portsip/words.ts';
import type { Store } from '../../../../src/store/store.ts';
import { noon, record, stored } from '../../../cdr/conversation.ts';

const emptyStore = { extensions: async () => [], things: async () => [], rates: async () => [] } as unknown as Store;

/** A call and its item. */
async function called(second: number, caller: string | null, direction: 'inbound' | 'internal' | null) {
  const [cdr] = stored([record(`101-1 > 102-2 Dial ${second} - ${second + 5}`)]);
  const walls = wallsOf([cdr!]);
  const kept = { id: 1, firstCdr: 1, walls, isMixed: false, hidden: false, created: 0, updated: 0 };
  const call = { ...callOf([cdr!]), ...kept, caller, direction };
  return { call, item: toItem({ ...call, cdrs: [cdr!] }, await Book.read(emptyStore, null)) };
}

const times = [0, 1, 2, 2.5].map((at) => new Date(noon / 1000 + at * 1000).toISOString());
const leaf = fc.oneof(
  fc.tuple(fc.constantFrom(...operators), fc.constantFrom(...times)).map(([op, at]) => `started_at ${op} '${at}'`),
  fc
    .tuple(fc.constantFrom('eq', 'ne'), fc.constantFrom(...Object.values(directionWords), 'x', ''))
    .map(([op, word]) => `direction ${op} '${word}'`),
  fc
    .tuple(fc.constantFrom('eq', 'ne'), fc.constantFrom("'101'", "'1'", 'null'))
    .map(([op, text]) => `caller ${op} ${text}`),
  fc.constantFrom("contains(caller,'0')", 'status_code eq 480', "callee eq '102'", 'duration gt 1'),
);
const { filter: filterText } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter')).map(([a, word, b]) => `(${a} ${word} ${b})`),
    tie('filter').map((part) => `not ${part}`),
  ),
}));

describe('a filter of PortSIP', () => {
  it('asks the store for no less than it means, and for just that where it says so', async () => {
    const calls = await Promise.all(
      [0, 1, 2].flatMap((second) =>
        ['101', '1', null].flatMap((caller) =>
          (['inbound', 'internal', null] as const).map((direction) => called(second, caller, direction)),
        ),
      ),
    );
    let exact = 0;
    fc.assert(
      fc.property(filterText, (text) => {
        const filter = readFilter(text);
        const { filter: asked, isExact } = narrowed(filter);
        exact += isExact ? 1 : 0;
        for (const { call, item } of calls) {
          const [isMeant, isAsked] = [holds(filter, item), callMatches(call, asked, null)];
          if (isExact) expect([text, isAsked]).toEqual([text, isMeant]);
          else if (isMeant) expect([text, isAsked]).toEqual([text, true]);
        }
      }),
      { numRuns: 500 },
    );
    expect(exact).toBeGreaterThan(50);
  });

  it('is a filter or a fault with a place, whatever is sent', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom("'", '(', ')', ',', ' and ', ' or ', 'not ', 'eq', "'x'", '1', ...fieldNames),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          readFilter(pieces.join(' '));
        } catch (error) {
          expect(error).toBeInstanceOf(ClientError);
          expect((error as ClientError).message).toMatch(/^filter: at \d+: found /);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('has limits, each up to and with its last one', () => {
    const terms = (count: number) => Array.from({ length: count }, () => "id eq '1'").join(' or ');
    expect(() => readFilter(terms(filterLimits.terms))).not.toThrow();
    expect(() => readFilter(terms(filterLimits.terms + 1))).toThrow(`more than ${filterLimits.terms} comparisons`);
    const deep = (levels: number) => `${'('.repeat(levels)}id eq '1'${')'.repeat(levels)}`;
    expect(() => readFilter(deep(filterLimits.depth))).not.toThrow();
    expect(() => readFilter(deep(filterLimits.depth + 1))).toThrow(`more than ${filterLimits.depth} levels`);
    const long = (length: number) => `id eq '${'1'.repeat(length - 8)}'`;
    expect(() => readFilter(long(filterLimits.length))).not.toThrow();
    expect(() => readFilter(long(filterLimits.length + 1))).toThrow(`expected at most ${filterLimits.length}`);
  });

  it('knows every field of the list, and takes half a word for none', async () => {
    const { item } = await called(0, '101', null);
    expect(Object.keys(item) as (keyof Item)[]).toEqual(fieldNames);
    for (const text of ["caller eq '1'or id eq '1' x", 'status_code eq 12abc', "notid eq '1'"])
      expect(() => readFilter(text)).toThrow(/^filter: at \d+: found /);
  });
});
