// A table in local time, without AMI, on the night on which the clock shows an hour twice: what completeness says of its numbers.
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Completeness } from '../../../src/completeness/completeness.ts';
import { CompletenessConfig } from '../../../src/completeness/config.ts';
import { clockOf } from '../../../src/cdr/time.ts';
import { silent } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { freepbxSchema, pbxFile } from './files.ts';
import { openTableHouse } from './house.ts';

const timezone = 'Europe/London';
/** 02:00 became 01:00 at one o'clock UTC. */
const day = '2026-10-25';
const midnight = Date.parse(`${day}T00:00:00+01:00`);
const clock = clockOf(timezone);

/** A record that began so many minutes after midnight, of a channel that was born then or before. */
function row(minutes: number, sequence: number, { born = minutes, name = undefined as string | undefined } = {}) {
  const wall = clock((midnight + minutes * 60_000) * 1000);
  const uniqueid = name ?? `${midnight / 1000 + born * 60}.${sequence}`;
  const rest = { duration: 5, billsec: 5, disposition: 'ANSWERED', src: '101', dst: '102' };
  return { calldate: wall.slice(0, 19).replace('T', ' '), uniqueid, sequence, ...rest };
}

const numbersOf = async (rows: Record<string, unknown>[]) => {
  const pbx = pbxFile(freepbxSchema);
  pbx.add(...rows);
  const house = await openTableHouse({ url: pbx.url, timezone });
  await until(async () => (await house.cdrs()).length === rows.length, 'all rows to be here');
  const completeness = new Completeness({
    store: house.store,
    systems: [{ name: 'pbx1', timezone, ami: false, table: true, pollSeconds: 5 }],
    config: Value.Default(CompletenessConfig, {}) as CompletenessConfig,
    log: silent,
    storedUpTo: () => null,
    now: () => (midnight + 72 * 3_600_000) * 1000,
  });
  const [found] = await completeness.days({ first: day, last: day });
  await completeness.close();
  const { uptimes, holes } = found!.report!.numbers!;
  return {
    uptimes: uptimes.map(({ first, last, isFresh }) => [first, last, isFresh]),
    holes: holes.map(({ from, to }) => [from, to]),
  };
};

/** Asterisk counts from 0 at twenty to one, a number every five minutes; 4 to 15 are of the first time, 16 to 27 of the second. */
const minuteOf = (sequence: number) => 40 + sequence * 5;
const night = Array.from({ length: 60 }, (_, sequence) => row(minuteOf(sequence), sequence));
/** Of the second time, and a channel that was born at its minute of the first tells it. */
const late = 21;
const lateOf = (sequence: number, born = minuteOf(late) - 60) => row(minuteOf(late), sequence, { born });
const told = night.with(late, lateOf(late));

describe('the hour that the clock shows twice', () => {
  it('is no restart where a channel of its first time has a record in its second', async () => {
    expect(await numbersOf(told)).toEqual({ uptimes: [[0, 59, false]], holes: [] });
  });

  it('is no restart where uniqueids tell no birth, of some records or of all', async () => {
    const unborn = (sequence: number) => row(minuteOf(sequence), sequence, { name: `call-${sequence}` });
    const some = night.map((one, sequence) => (sequence % 7 === 4 ? unborn(sequence) : one));
    expect(await numbersOf(some)).toEqual({ uptimes: [[0, 59, false]], holes: [] });
    const all = night.map((_, sequence) => unborn(sequence));
    expect(await numbersOf(all)).toEqual({ uptimes: [[0, 59, false]], holes: [] });
  });

  it('hides neither a lost record nor a restart, in its first time or its second', async () => {
    const lost = told.filter(({ sequence }) => ![10, 24].includes(sequence));
    expect(await numbersOf(lost)).toEqual({ uptimes: [[0, 59, false]], holes: [10, 24].map((n) => [n, n]) });
    for (const restart of [8, 14]) {
      const again = night.map((one, n) => (n < restart ? one : row(minuteOf(n), n - restart)));
      const born = Math.max(minuteOf(restart), minuteOf(late) - 60);
      expect(await numbersOf(again.with(late, lateOf(late - restart, born)))).toEqual({
        uptimes: [
          [0, restart - 1, false],
          [0, 59 - restart, true],
        ],
        holes: [],
      });
    }
  });
});
