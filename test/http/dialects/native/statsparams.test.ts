// When the steps of a curve begin.
import { expect, it } from 'vitest';
import { beginsOf } from '../../../../src/http/dialects/native/statsparams.ts';

const micros = (text: string) => Date.parse(text) * 1000;
const told = (begins: readonly number[]) => begins.map((at) => new Date(at / 1000).toISOString().slice(0, 16));

it.each([
  ['UTC', '2025-06-01T00:00Z', '2025-06-01T03:00Z', ['T00:00', 'T01:00', 'T02:00']],
  ['Asia/Kolkata', '2025-05-31T18:30Z', '2025-05-31T21:30Z', ['T18:30', 'T19:30', 'T20:30']],
  ['Asia/Kathmandu', '2025-05-31T18:15Z', '2025-05-31T20:30Z', ['T18:15', 'T19:15', 'T20:15']],
  ['America/St_Johns', '2025-06-01T02:30Z', '2025-06-01T05:00Z', ['T02:30', 'T03:30', 'T04:30']],
  // Between full hours: a step up to the next one.
  ['Asia/Kolkata', '2025-05-31T19:00Z', '2025-05-31T20:00Z', ['T19:00', 'T19:30']],
  // The clock is put back by half an hour at 15:00 UTC: the second half of its hour comes twice.
  ['Australia/Lord_Howe', '2025-04-05T13:00Z', '2025-04-05T17:00Z', ['T13:00', 'T14:00', 'T15:00', 'T15:30', 'T16:30']],
] as const)('hours are those of the clock of %s, from %s', (zone, from, until, want) => {
  const begins = told(beginsOf(micros(from), micros(until), 'hour', zone));
  expect(begins.map((text) => text.slice(10))).toEqual(want);
});

it('a day of a zone half an hour off has 24 hours', () => {
  const day = [micros('2025-05-31T18:30Z'), micros('2025-06-01T18:30Z')] as const;
  expect(beginsOf(...day, 'hour', 'Asia/Kolkata')).toHaveLength(24);
  expect(beginsOf(...day, 'day', 'Asia/Kolkata')).toHaveLength(1);
});
