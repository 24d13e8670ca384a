// A table without ids that was read in a wrong zone: the reconcile that brings its rows right calls none of them gone.
import { expect, it } from 'vitest';
import { clockOf } from '../../../src/cdr/time.ts';
import { until } from '../../support/until.ts';
import { freepbxSchema, pbxFile } from './files.ts';
import { openTableHouse, type TableHouse } from './house.ts';

const hours = 8 * 24;
const hourSeconds = 3600;
const now = Math.floor(Date.now() / 1000 / hourSeconds) * hourSeconds;
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

const goneOf = async (house: TableHouse, ask: { from: string; to?: string; isDryRun?: boolean }) => {
  const { gone, examples } = await house.chores.reconcile.start(ask);
  return { gone, examples: examples.gone };
};
const none = { gone: 0, examples: [] };

it.each([
  ['Europe/London', 'Asia/Kathmandu'],
  ['Asia/Kathmandu', 'Europe/London'],
  ['America/New_York', 'Asia/Kathmandu'],
  ['Asia/Kathmandu', 'America/New_York'],
  ['America/New_York', 'UTC'],
])('a table of %s that was read as one of %s has lost no row when it is read right', async (timezone, wrong) => {
  const pbx = pbxFile(freepbxSchema);
  const clock = clockOf(timezone);
  const text = (seconds: number) =>
    clock(seconds * 1e6)
      .slice(0, 19)
      .replace('T', ' ');
  pbx.db.exec('BEGIN');
  for (let n = hours * 2; n > 0; n -= 1) {
    const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
    pbx.add({ calldate: text(now - n * (hourSeconds / 2)), uniqueid: `call-${n}`, ...call });
  }
  pbx.db.exec('COMMIT');
  const config = { overlap_rows: 3, overlap_seconds: 7200, max_rows: 40 };
  const before = await openTableHouse({ url: pbx.url, config, timezone: wrong });
  await until(() => before.report('table').received >= hours * 2, 'all rows');
  await before.stop();
  const house = await openTableHouse({ url: pbx.url, config, timezone, folder: before.folder });
  const edges = { from: iso(now - 5 * 24 * hourSeconds), to: iso(now - 2 * 24 * hourSeconds) };
  expect(await goneOf(house, { ...edges, isDryRun: true })).toEqual(none);
  expect(await goneOf(house, edges)).toEqual(none);
  const whole = { from: iso(now - (hours + 48) * hourSeconds) };
  expect(await goneOf(house, { ...whole, isDryRun: true })).toEqual(none);
  expect(await goneOf(house, whole)).toEqual(none);
  expect(await house.cdrs()).toHaveLength(hours * 2);
  pbx.db.exec("DELETE FROM cdr WHERE uniqueid IN ('call-200', 'call-100')");
  expect(await goneOf(house, whole)).toMatchObject({ gone: 2 });
});
