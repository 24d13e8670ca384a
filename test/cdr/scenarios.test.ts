// Calls that were really made: each file in test/calls says what people did, what it left in the CDRs, and which calls these are.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { callOf, callWithPath } from '../../src/cdr/call.ts';
import type { StoredCdr } from '../../src/cdr/cdr.ts';
import { groupsOf } from '../../src/cdr/groups.ts';
import { normalise } from '../../src/cdr/normalise.ts';
import { rulesOf } from '../../src/configrules.ts';
import { classify } from '../../src/rules/classify.ts';
import { noTables } from '../../src/rules/tables.ts';
import { raw } from '../support/rows.ts';

interface Expected {
  caller: string | null;
  dialled: string | null;
  wanted: string[];
  answered_by: string | null;
  direction: string | null;
  outcome: string;
  answered: boolean;
  ring_seconds: number | null;
  talk_seconds: number;
  transfers: object[];
  legs: number;
}

const folder = new URL('../calls/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));

/** `isWhole`: as a table tells it whose times are whole seconds. */
function read(file: string, isWhole = false): { expected: Expected[]; records: StoredCdr[] } {
  const [head = '', table = ''] = readFileSync(new URL(file, folder), 'utf8').split('\nrecords:\n');
  const { expected, extensions } = parse(head) as { expected: Expected[]; extensions: string | number };
  const [names = [], ...rows] = table
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const extension_pattern = `^(?:${String(extensions).trim().split(/\s+/).join('|')})$`;
  const rules = rulesOf({ systems: [{ name: 'pbx1', extension_pattern }] }).get('pbx1')!;
  const cut = (text: string) => (isWhole ? text.replace(/^(\d{4}(?:[- :]\d\d){5})\.\d{6}$/, '$1') : text);
  const records = rows
    .filter((cells) => cells.length > 1)
    .map((cells, at): StoredCdr => {
      const fields = Object.fromEntries(
        names.map((name, column) => [name, cells[column] === '\\N' ? null : cut(cells[column]!)]),
      );
      const cdr = normalise(raw('table', fields), 'pbx1');
      const kept = { note: null, tags: [], words: null, hidden: false, edited: false };
      return { ...cdr, ...classify(rules, cdr, noTables), id: at + 1, created: 0, updated: 0, ...kept };
    });
  return { expected, records };
}

const toldOf = (records: readonly StoredCdr[], { ring_seconds: ring }: Partial<Expected>) => {
  const call = callOf(records);
  return {
    caller: call.caller,
    dialled: call.called,
    wanted: call.wanted,
    answered_by: call.answeredBy,
    direction: call.direction,
    outcome: call.outcome,
    answered: call.outcome === 'answered',
    ring_seconds: ring == null ? null : call.ring === null ? null : call.ring / 1e6,
    talk_seconds: call.talk / 1e6,
    transfers: call.transfers,
    legs: call.legs,
  };
};
/** To a second a leg: closeTo takes digits, and half a unit of the last one. */
const about = (seconds: number | null, legs: number) =>
  seconds === null ? null : (expect.closeTo(seconds, -Math.log10(2 * Math.max(1, legs))) as number);

function judge(file: string): void {
  const { expected, records } = read(file);
  const groups = groupsOf(records).sort((a, b) => callOf(a).start - callOf(b).start);
  expect(groups.map((group, at) => toldOf(group, expected[at] ?? {}))).toEqual(
    expected.map(({ ring_seconds: ring, talk_seconds: talk, legs, ...rest }) => ({
      ...{ ...rest, legs, talk_seconds: about(talk, legs), ring_seconds: about(ring, 1) },
    })),
  );
}

describe('a real call', () => {
  it.each(files)('is told as it was: %s', judge);

  it.each(files)('is told alike by a source of whole seconds, but how long it rang and was talked: %s', (file) => {
    const { expected, records } = read(file, true);
    expect(records.filter(({ start }) => start % 1e6 !== 0)).toEqual([]);
    const groups = groupsOf(records).sort((a, b) => callOf(a).start - callOf(b).start);
    const spans = { ring_seconds: null, talk_seconds: 0 };
    expect(groups.map((group) => ({ ...toldOf(group, {}), ...spans }))).toEqual(
      expected.map((call) => ({ ...call, ...spans })),
    );
  });

  it.each(files)('is the same in whatever order its records came: %s', (file) => {
    const { records } = read(file);
    // Ids are the order in which they came.
    const toldIn = (order: readonly StoredCdr[]) =>
      groupsOf(order.map((one, at) => ({ ...one, id: at + 1 })))
        .map((group) => {
          const { path, ...call } = callWithPath(group);
          return { ...call, path: path.map(({ cdrs: _, ...leg }) => leg) };
        })
        .sort((a, b) => a.start - b.start);
    const told = toldIn(records);
    const orders = fc.shuffledSubarray(records, { minLength: records.length });
    fc.assert(
      fc.property(orders, (order) => void expect(toldIn(order)).toEqual(told)),
      { numRuns: 20 },
    );
  });
});
