// An SQLite table that is altered while it is read, its columns keeping their names: no row tells of it.
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { customSchema, freepbxSchema, pbxFile, type Pbx } from './files.ts';
import { openTableHouse } from './house.ts';
import { warnings, watchTable } from './watch.ts';

const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
const row = (n: number) => ({ calldate: `2026-11-22 03:00:0${n}`, uniqueid: `${n}.1`, sequence: n, ...call });
const copied = 'ALTER TABLE cdr RENAME TO cdr_old; CREATE TABLE cdr AS SELECT * FROM cdr_old';

function filled(schema = customSchema): Pbx {
  const pbx = pbxFile(schema);
  pbx.add(row(1), row(2));
  return pbx;
}

it('a table whose id loses its key is read by time from the next look on, and that is said', async () => {
  const pbx = filled();
  const house = await openTableHouse({ url: pbx.url });
  await until(() => house.report('table').stored === 2, 'the rows of before');
  pbx.db.exec(copied);
  pbx.add(row(3), row(4));
  await until(async () => (await house.cdrs()).length === 4, 'the rows without an id');
  const records = await house.cdrs();
  expect(records.map(({ uniqueid }) => uniqueid)).toEqual(['1.1', '2.1', '3.1', '4.1']);
  expect(records.filter(({ custom }) => 'acctid' in custom)).toEqual([]);
});

describe('what is said of a table whose id', () => {
  it.each([
    ['loses its key', copied, 'it has no key of its own, may be empty or is no whole number'],
    ['comes by a view', 'ALTER TABLE cdr RENAME TO real; CREATE VIEW cdr AS SELECT * FROM real', 'a view has no key'],
  ])('%s', async (_, change, why) => {
    const pbx = filled();
    const watch = watchTable({ url: pbx.url });
    await watch.clock.idle();
    pbx.db.exec(change);
    expect(await watch.poll()).toHaveLength(2);
    const readBy = 'the table was read by acctid until now, reading it by calldate from the beginning';
    expect(warnings(watch)).toContain(`acctid is no id any more (${why}); ${readBy}`);
    expect(watch.state()).toEqual({ state: 'up' });
    await watch.stop();
  });
});

it.each([
  ['another default', freepbxSchema, 'sequence INT', 'sequence INT DEFAULT 0', /^a row has the sequence 0 when nobody/],
  ['another type', freepbxSchema, 'src TEXT', 'src INT', /^columns of whole numbers: src;/],
])('a table that is made anew with %s is looked at anew', async (_, schema, old, now, said) => {
  const pbx = filled(schema);
  const watch = watchTable({ url: pbx.url });
  await watch.clock.idle();
  watch.log.length = 0;
  pbx.db.exec(`ALTER TABLE cdr RENAME TO cdr_old; ${schema.replace(old, now)};
    INSERT INTO cdr SELECT * FROM cdr_old; DROP TABLE cdr_old`);
  await watch.poll();
  expect(watch.log.map(({ msg }) => msg)).toContainEqual(expect.stringMatching(said));
  await watch.stop();
});

it('an index that comes is seen, and ends the warning; other tables and VACUUM change nothing', async () => {
  const pbx = filled(freepbxSchema);
  const watch = watchTable({ url: pbx.url });
  await watch.clock.idle();
  expect(warnings(watch)).toContainEqual(expect.stringMatching(/^no index on calldate/));
  const looks = () => watch.log.filter(({ msg }) => msg.includes('columns, read by')).length;
  pbx.db.exec('CREATE TABLE other (a INTEGER PRIMARY KEY); VACUUM');
  await watch.poll();
  expect([looks(), watch.statuses.filter(({ state }) => state === 'connecting')]).toEqual([1, [expect.anything()]]);
  pbx.db.exec('CREATE INDEX byTime ON cdr (calldate)');
  await watch.poll();
  expect(watch.log.at(-1)).toMatchObject({ isTimeIndexed: true });
  await watch.stop();
});
