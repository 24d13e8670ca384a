import { expect, it } from 'vitest';
import { DayCount, type DayRow, type Frame } from '../../src/cdr/completeness.ts';
import type { Sight } from '../../src/cdr/sight.ts';
import { someCdr } from '../support/rows.ts';

const second = 1_000_000;
const first = someCdr(1000).start;
const frame: Frame = {
  ...{ from: first, until: first + 100 * second, comparedFrom: first, openFrom: Infinity },
  due: { ami: Infinity, table: Infinity },
  opened: new Map(),
};
const seen = (...sources: [string, number][]): Sight[] =>
  sources.map(([source, at]) => ({ source, at, rule: 'new', told: 0, key: null, nth: null, effects: [], dropped: 0 }));

let ids = 0;
function row(number: number, sources: readonly string[], change: Partial<DayRow> = {}): DayRow {
  const cdr = someCdr(1000 + number);
  return { ...cdr, id: ++ids, sights: seen(...sources.map((s): [string, number] => [s, cdr.start])), ...change };
}

function countOf(rows: readonly DayRow[], change: Partial<Frame> = {}) {
  const day = new DayCount({ ...frame, ...change }, undefined);
  for (const one of rows) day.add(one);
  return day.report();
}

const [ami, table, api] = ['pbx1/ami', 'pbx1/table', 'pbx1/api'];

it('counts each record of the day once, by who has shown it', () => {
  const rows = [[ami], [table], [ami, table], [ami, api, table], [api], [api, table]].map((of, at) => row(at, of));
  const { records, ami: a, table: t, both, other } = countOf([row(-1, [ami]), ...rows, row(100, [ami])]);
  expect({ records, a, t, both, other }).toEqual({ records: 6, a: 1, t: 2, both: 2, other: 1 });
});

it('names what one source should have shown and has not, with the time it was', () => {
  const { missing } = countOf([row(1, [ami], { id: 71 }), row(2, [ami], { id: 72 }), row(3, [table], { id: 73 })]);
  const ended = (number: number) => first + (number + 5) * second;
  expect(missing).toEqual({
    table: { count: 2, first: ended(1), last: ended(2), ids: [71, 72] },
    ami: { count: 1, first: ended(3), last: ended(3), ids: [73] },
  });
});

it('waits for the other source until its time is over, each for itself', () => {
  const due = { ami: first + 7 * second, table: first + 6 * second };
  const rows = [row(0, [ami]), row(1, [ami]), row(1, [table]), row(2, [table])];
  expect(countOf(rows, { due })).toMatchObject({
    waiting: 2,
    missing: { table: { count: 1 }, ami: { count: 1 } },
  });
});

it('gives what was shown late its time from then on', () => {
  const due = { ami: first + 90 * second, table: first + 80 * second };
  const late = (number: number, source: string, seconds: number) =>
    row(number, [], { sights: seen([source, first + seconds * second]) });
  const rows = [late(1, ami, 80), late(2, ami, 79), late(3, table, 90), late(4, table, 89), late(5, table, 0)];
  expect(countOf(rows, { due })).toMatchObject({
    waiting: 2,
    missing: { table: { count: 1 }, ami: { count: 2 } },
  });
});

it('compares nothing with a source that is not there, nor from before both were heard', () => {
  const rows = [row(1, [ami]), row(2, [table]), row(3, [ami, table])];
  const none = { missing: { table: { count: 0 }, ami: { count: 0 } } };
  expect(countOf(rows, { comparedFrom: null })).toMatchObject({ uncompared: 2, ...none });
  expect(countOf(rows, { comparedFrom: first + 8 * second })).toMatchObject({ uncompared: 2, ...none });
  expect(countOf(rows, { comparedFrom: first + 7 * second })).toMatchObject({
    uncompared: 1,
    missing: { ami: { count: 1 } },
  });
});

it('tells by source how late records came, and nothing of sights whose time was not kept', () => {
  const late = (number: number, seconds: number) => {
    const cdr = someCdr(1000 + number);
    return row(number, [], { sights: seen([ami, cdr.start + (5 + seconds) * second], [table, 0]) });
  };
  const { lag } = countOf(Array.from({ length: 100 }, (_, at) => late(at, at)));
  expect(lag).toEqual({ 'pbx1/ami': { records: 100, max: 99, p95: 94 } });
});

it('calls nothing late that had ended before its source was first opened', () => {
  const [old, own] = [row(1, [], { sights: seen([table, first + 90 * second]) }), row(10, [])];
  const late = { ...own, sights: seen([table, first + 18 * second]) };
  const { lag } = countOf([old, late], { opened: new Map([[table, first + 15 * second]]) });
  expect(lag).toEqual({ [table]: { records: 1, max: 3, p95: 3 } });
  expect(countOf([old], { opened: new Map([[table, first + 15 * second]]) }).lag).toEqual({});
});

it('looks at numbers around midnight, and tells a hole on the day on which the numbers went on', () => {
  const numbers = (...of: number[]) => of.map((number) => row(number, [ami]));
  const holesOf = (from: number, until: number) =>
    countOf(numbers(1, 2, 5, 6, 9), { from: first + from * second, until: first + until * second }).numbers?.holes;
  expect(holesOf(0, 4)).toEqual([]);
  expect(holesOf(4, 7)).toMatchObject([{ from: 1003, to: 1004, reason: 'unanswered' }]);
  expect(holesOf(7, 99)).toMatchObject([{ from: 1007, to: 1008 }]);
  expect(countOf(numbers(1, 5)).numbers).toMatchObject({
    missing: { dialed: 0, unanswered: 3, unexplained: 0 },
    uptimes: [{ first: 1001, last: 1005, records: 2, missing: 3, isFresh: false }],
  });
});

it('goes on from the last number that is known from before', () => {
  const cdr = someCdr(1001);
  const before = { ...cdr, sequence: 1001, ended: cdr.start };
  const day = new DayCount({ ...frame, from: first + 3 * second }, before);
  day.add(row(4, [ami]));
  expect(day.report().numbers?.holes).toMatchObject([{ from: 1002, to: 1003 }]);
});

it('says that numbers cannot be judged where some records have none, and nothing where none has', () => {
  const rows = [row(1, [ami]), row(2, [ami], { sequence: null }), row(4, [ami])];
  expect(countOf(rows).numbers).toMatchObject({ unnumbered: 1, missing: { unnumbered: 2, unanswered: 0 } });
  expect(countOf([row(1, [ami], { sequence: null })]).numbers).toBeNull();
});

it('waits for no call of an Asterisk that was started anew: what it left out is over, what the next one left out may come', () => {
  const life = (numbers: number[], at: number) => numbers.map((sequence, n) => row(at + n, [ami], { sequence }));
  const { numbers } = countOf([...life([5, 8], 1), ...life([0, 3], 10)], { openFrom: first });
  expect(numbers).toMatchObject({ missing: { unanswered: 2, pending: 2, unexplained: 0 } });
  expect(numbers?.holes.map(({ from, to, reason }) => [from, to, reason])).toEqual([
    [6, 7, 'unanswered'],
    [1, 2, 'pending'],
  ]);
});

it('says nothing of numbers where several Asterisks give them out under one name, and keeps none', () => {
  const until = first + 5000 * second;
  const mixed = (count: number) =>
    Array.from({ length: count }, (_, at) => row(at, [ami], { sequence: (at % 2) * 1_000_000 + at }));
  expect(countOf(mixed(1000), { until }).numbers?.uptimes.length).toBe(50);
  expect(countOf(mixed(3000), { until })).toMatchObject({ records: 3000, numbers: null });
});
