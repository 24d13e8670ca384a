// The time that the view Overview speaks of: days of the zone, also those on which the clock is changed.
import { expect, it } from 'vitest';
import {
  bucketAt,
  daysMax,
  frameOf,
  lastHour,
  reached,
  pickedSpan,
  rangeOf,
  spanFault,
  weekdayOf,
} from '../../src/dashboard/overview/range.ts';

const berlin = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString();
const isoOf = (span: { from: number; to: number } | null) => span && [iso(span.from), iso(span.to)];

it('a range that nobody knows is today', () => {
  expect(rangeOf({ range: '7d' })).toBe('7d');
  expect(rangeOf({ range: 'ever' })).toBe('today');
  expect(rangeOf({})).toBe('today');
});

it('today is the day of the zone, hour by hour, beside the same weekday a week before up to the same quarter', () => {
  const frame = frameOf('today', at('2026-11-22T23:40:00Z'), berlin);
  expect([iso(frame.from), iso(frame.to)]).toEqual(['2026-11-22T23:00:00.000Z', '2026-11-23T23:00:00.000Z']);
  expect(frame.buckets.map(({ label }) => label).slice(0, 2)).toEqual(['00:00', '01:00']);
  expect(frame.buckets).toHaveLength(24);
  expect(isoOf(frame.before)).toEqual(['2026-11-15T23:00:00.000Z', '2026-11-16T23:00:00.000Z']);
  expect([frame.settled, frame.growing]).toEqual([null, frame.before]);
  expect(iso(reached(frame, at('2026-11-22T23:40:00Z'), berlin))).toBe('2026-11-15T23:30:00.000Z');
  // The day is over.
  expect(reached(frame, at('2026-11-24T01:00:00Z'), berlin)).toBe(frame.before.to);
});

it('of more than a day what is over of the time before is settled until midnight, the rest is known by quarters', () => {
  const frame = frameOf('7d', at('2026-11-22T12:00:00Z'), berlin);
  expect(isoOf(frame.before)).toEqual(['2026-11-08T23:00:00.000Z', '2026-11-15T23:00:00.000Z']);
  expect(isoOf(frame.settled)).toEqual(['2026-11-08T23:00:00.000Z', '2026-11-14T23:00:00.000Z']);
  expect(isoOf(frame.growing)).toEqual(['2026-11-14T23:00:00.000Z', '2026-11-15T23:00:00.000Z']);
  const picked = (from: string, to: string) =>
    frameOf('custom', at('2026-11-22T12:00:00Z'), berlin, { from: at(from), to: at(to) });
  const over = picked('2026-11-10T12:00:00Z', '2026-11-13T12:00:00Z');
  expect([over.settled, over.growing]).toEqual([over.before, null]);
  const coming = picked('2026-12-10T12:00:00Z', '2026-12-13T12:00:00Z');
  expect([coming.settled, coming.growing]).toEqual([null, null]);
  const long = picked('2026-11-22T11:00:00Z', '2026-12-02T11:00:00Z');
  expect(isoOf(long.growing)).toEqual(['2026-11-12T11:00:00.000Z', '2026-11-12T23:00:00.000Z']);
  expect(long.settled).toBe(null);
});

it('the day on which an hour comes twice has 25 bars, the one that leaves it out 23', () => {
  const autumn = frameOf('today', at('2026-10-25T12:00:00Z'), berlin);
  expect(autumn.buckets.map(({ label }) => label).slice(1, 5)).toEqual(['01:00', '02:00', '02:00', '03:00']);
  expect(autumn.buckets).toHaveLength(25);
  expect(frameOf('today', at('2026-03-29T12:00:00Z'), berlin).buckets).toHaveLength(23);
});

it('yesterday is whole, and so is the day it is compared with, over a change of the clock too', () => {
  const frame = frameOf('yesterday', at('2026-10-27T12:00:00Z'), berlin);
  expect([iso(frame.from), iso(frame.to)]).toEqual(['2026-10-25T23:00:00.000Z', '2026-10-26T23:00:00.000Z']);
  expect(isoOf(frame.before)).toEqual(['2026-10-18T22:00:00.000Z', '2026-10-19T22:00:00.000Z']);
});

it('seven and thirty days are days of the zone, compared with as many before them', () => {
  const frame = frameOf('30d', at('2026-11-22T12:00:00Z'), berlin);
  expect(frame.buckets).toHaveLength(30);
  expect([frame.buckets[0]!.label, frame.buckets[29]!.label]).toEqual(['10-24', '11-22']);
  // Contains the day with 25 hours, and no gap.
  expect(frame.buckets.every(({ to }, place) => place === 29 || to === frame.buckets[place + 1]!.from)).toBe(true);
  expect(iso(frame.before.from)).toBe('2026-09-23T22:00:00.000Z');
});

it('a picked time is on full quarters; an end that is missing is that of today', () => {
  const now = at('2026-11-22T12:00:00Z');
  const span = pickedSpan({ from: '2026-11-21T09:20:00Z', to: '2026-11-21T11:44:59Z' }, now, berlin);
  expect([iso(span.from), iso(span.to)]).toEqual(['2026-11-21T09:15:00.000Z', '2026-11-21T11:30:00.000Z']);
  expect(rangeOf({ from: '2026-11-21' })).toBe('custom');
  const open = pickedSpan({ from: 'x' }, now, berlin);
  expect([iso(open.from), iso(open.to)]).toEqual(['2026-11-21T23:00:00.000Z', '2026-11-22T23:00:00.000Z']);
});

it('of a picked time the first and the last bar are what is within, and a day or less has its weekday before', () => {
  const now = at('2026-11-22T12:00:00Z');
  const hours = frameOf('custom', now, berlin, { from: at('2026-11-20T09:15:00Z'), to: at('2026-11-20T11:30:00Z') });
  expect(hours.buckets.map(({ from, to, label }) => [iso(from).slice(11, 16), iso(to).slice(11, 16), label])).toEqual([
    ['09:15', '10:00', '10:00'],
    ['10:00', '11:00', '11:00'],
    ['11:00', '11:30', '12:00'],
  ]);
  expect(isoOf(hours.before)).toEqual(['2026-11-13T09:15:00.000Z', '2026-11-13T11:30:00.000Z']);
  const days = frameOf('custom', now, berlin, { from: at('2026-11-10T12:00:00Z'), to: at('2026-11-13T12:00:00Z') });
  expect(days.buckets.map(({ label }) => label)).toEqual(['11-10', '11-11', '11-12', '11-13']);
  expect([days.buckets[0]!.from, days.buckets[3]!.to]).toEqual([days.from, days.to]);
  expect(iso(days.before.from)).toBe('2026-11-07T12:00:00.000Z');
  expect([days.step, days.curve, days.isOpen, days.isDay]).toEqual(['day', 'hour', false, false]);
});

it('a time that ends before it begins, or is longer than a year, is none', () => {
  const day = 86_400_000;
  expect(spanFault({ from: 5, to: 5 })).toBe('order');
  expect(spanFault({ from: 0, to: (daysMax + 2) * day })).toBe('long');
  expect(spanFault({ from: 0, to: daysMax * day })).toBe(null);
});

it('a time is in the bar that it is not before and that ends after it', () => {
  const { buckets, from, to } = frameOf('today', at('2026-11-22T12:00:00Z'), 'UTC');
  expect([from - 1, from, from + 3_599_999, from + 3_600_000, to].map((ms) => bucketAt(buckets, ms))).toEqual([
    ...[-1, 0, 0, 1, -1],
  ]);
});

it('an hour of a weekday is the last one of it that has come', () => {
  const now = at('2026-11-22T12:30:00Z');
  const frame = frameOf('7d', now, 'UTC');
  expect(weekdayOf(now, 'UTC')).toBe(7);
  expect(weekdayOf(now, 'Pacific/Kiritimati')).toBe(1);
  expect(iso(lastHour(frame, now, 'UTC', 7, 12)!.from)).toBe('2026-11-22T12:00:00.000Z');
  expect(lastHour(frame, now, 'UTC', 7, 13)).toBe(null);
  expect(iso(lastHour(frame, now, 'UTC', 1, 13)!.from)).toBe('2026-11-16T13:00:00.000Z');
  expect(lastHour(frameOf('today', now, 'UTC'), now, 'UTC', 1, 3)).toBe(null);
});
