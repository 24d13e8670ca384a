// Dates in requests: what there is on no calendar and no clock is no date, in whatever form it comes.
import { expect, it } from 'vitest';
import { readDate } from '../../../../src/http/dialects/laracopilot/dates.ts';

const ten = Date.UTC(2025, 3, 22, 10) * 1000;

it.each([
  '2025-04-22 10:00',
  '2025-04-22T12:00:00+02:00',
  '2025-04-22 10:00:00Z',
  'Tue, 22 Apr 2025 10:00:00 GMT',
  '22 Apr 2025 05:30 -0430',
  '@1745316000',
])('reads %s', (text) => {
  expect(readDate(text, 'UTC')).toBe(ten);
});

it.each([
  '2025-02-30',
  '2025-04-22 24:00',
  '2025-04-22T10:00:00+99:99',
  '2025-04-22T10:00:00+02:60',
  'Mon, 31 Feb 2025 14:00:00 +0000',
  'Tue, 22 Apx 2025 14:00:00 +0000',
  'Tue, 22 Apr 2025 25:00:00 +0000',
  'Tue, 22 Apr 2025 14:00:00 +9900',
  '1969-12-31 23:59:59',
  'next friday',
  '',
])('does not read %j', (text) => {
  expect(readDate(text, 'UTC')).toBeUndefined();
});
