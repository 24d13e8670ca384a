// Times out of order: a fault of whoever writes over HTTP, but nothing a PBX loses a call for.
import { expect, test } from 'vitest';
import { BadRecord } from '../../src/errors.ts';
import { normalise, type RawRow } from '../../src/cdr/normalise.ts';
import { amiRow, apiRow, tableRow } from './rows.ts';

const written = {
  ...{ uniqueid: '1795317329.1', start: '2026-11-22T03:15:29Z', duration: 5, billsec: 3, disposition: 'ANSWERED' },
  ...{ answer: '2026-11-22T03:15:31Z', end: '2026-11-22T03:15:34Z' },
};
const faultsOf = (row: RawRow) => {
  try {
    normalise(row, 'pbx1');
    return [];
  } catch (error) {
    if (error instanceof BadRecord) return error.faults.map(({ field, message }) => `${field}: ${message}`);
    throw error;
  }
};

test('a writer over HTTP is told which time is before which', () => {
  const cases: [object, string[]][] = [
    [{}, []],
    [{ answer: null, end: null }, []],
    [{ answer: written.start, end: written.start }, []],
    [
      { answer: '2026-11-22T03:15:28Z' },
      ['answer: 2026-11-22T03:15:28Z is before start, expected 2026-11-22T03:15:29Z or later'],
    ],
    [
      { end: '2026-11-21T03:15:34Z' },
      ['end: 2026-11-21T03:15:34Z is before start, expected 2026-11-22T03:15:29Z or later'],
    ],
    [
      { end: '2026-11-22T03:15:30Z' },
      ['end: 2026-11-22T03:15:30Z is before answer, expected 2026-11-22T03:15:31Z or later'],
    ],
    [
      { answer: null, end: '2026-11-22T03:15:28+00:00' },
      ['end: 2026-11-22T03:15:28Z is before start, expected 2026-11-22T03:15:29Z or later'],
    ],
  ];
  for (const [change, faults] of cases)
    expect([change, faultsOf(apiRow({ ...written, ...change }))]).toEqual([change, faults]);
});

test('a fraction that one of the times has lost is no fault', () => {
  const fine = { start: '2026-11-22T03:15:29.900000Z', answer: '2026-11-22T03:15:29Z', end: '2026-11-22T03:15:29Z' };
  expect(faultsOf(apiRow({ ...written, ...fine }))).toEqual([]);
});

test('a PBX whose clock was set back between the times loses no call', () => {
  const back = { start: '2026-11-22 03:15:29', answer: '2026-11-22 03:15:10', end: '2026-11-22 03:15:12' };
  const row = { uniqueid: '1.1', duration: '0', billsec: '2', disposition: 'ANSWERED', ...back };
  const event = { uniqueid: '1.1', duration: '0', billableseconds: '2', disposition: 'ANSWERED' };
  const times = { starttime: back.start, answertime: back.answer, endtime: back.end };
  expect([faultsOf(tableRow(row)), faultsOf(amiRow({ ...event, ...times }))]).toEqual([[], []]);
});
