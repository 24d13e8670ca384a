// Text in any parts to the lines it is made of.
import { expect, it } from 'vitest';
import fc from 'fast-check';
import { stringify } from 'csv-stringify/sync';
import { cellsOf, LineSplitter } from '../../src/client/lines.ts';

/** Cut at these places. */
const partsOf = (text: string, cuts: readonly number[]) => {
  const places = [...cuts.map((cut) => cut % (text.length + 1)), 0, text.length].sort((one, other) => one - other);
  return places.slice(1).map((place, at) => text.slice(places[at], place));
};
const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\r', '\n', 'é', ' ') });

it('a CSV of any cells, in any parts, is its rows again', () => {
  const rows = fc
    .integer({ min: 1, max: 4 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width })));
  fc.assert(
    fc.property(rows, fc.array(fc.nat()), (given, cuts) => {
      const text = stringify(given, { record_delimiter: 'windows' });
      const splitter = new LineSplitter('csv');
      const lines = partsOf(text, cuts).flatMap((part) => splitter.push(part));
      expect(lines.map(cellsOf)).toEqual(given);
      expect(splitter.rest).toBe('');
    }),
  );
});

it('lines of JSON, in any parts, are those lines; what has no end yet is the rest', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.array(fc.nat()), (given, cuts) => {
      const text = given.map((value) => `${JSON.stringify(value)}\n`).join('');
      const splitter = new LineSplitter('ndjson');
      const lines = partsOf(`${text}{"id":`, cuts).flatMap((part) => splitter.push(part));
      expect([lines.join('\n'), splitter.rest]).toEqual([text.slice(0, -1), '{"id":']);
    }),
  );
});

it('a line without end is refused before it fills the memory', () => {
  const splitter = new LineSplitter('csv');
  const endless = () => {
    for (let at = 0; at < 20; at++) splitter.push('x'.repeat(1024 * 1024));
  };
  expect(endless).toThrow('a line of the export is longer than 16777216 characters');
});
