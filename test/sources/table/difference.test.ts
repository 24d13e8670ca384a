// Where a reconcile counts other rows than records and misses none, its report says why.
import { expect, it } from 'vitest';
import { appendTo } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { customSchema, freepbxSchema, pbxFile } from './files.ts';
import { openTableHouse } from './house.ts';

const now = Math.floor(Date.now() / 1000);
const text = (hoursAgo: number): string =>
  new Date((now - hoursAgo * 3600) * 1000).toISOString().slice(0, 19).replace('T', ' ');

it('says of rows that repeat others, and of records whose rows stand at another time', async () => {
  const pbx = pbxFile(freepbxSchema);
  const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
  for (const n of [1, 2, 3]) pbx.add({ calldate: text(n), uniqueid: `${n}.1`, sequence: n, ...call });
  const house = await openTableHouse({ url: pbx.url });
  const reconcile = (from: number, to: number) =>
    house.chores.reconcile.start({ from: text(from + 0.5), to: text(to - 0.5) });
  await until(() => house.report('table').received === 3, 'the rows');
  expect(await reconcile(3, 1)).toMatchObject({ read: 3, detail: null });
  pbx.db.exec("INSERT INTO cdr SELECT * FROM cdr WHERE uniqueid = '2.1'");
  expect(await reconcile(3, 1)).toMatchObject({
    ...{ read: 4, missing: 0, detail: '1 row repeats the uniqueid and sequence of another one: one record each' },
  });
  // AMI's epochs are believed before the table's local times, which stand three hours later.
  const epochs = (await house.cdrs()).map((cdr) => ({ ...cdr, start: cdr.start - 3 * 3600e6 }));
  await appendTo(
    house.store,
    'pbx1/ami',
    epochs.map((cdr) => ({ ...cdr, timeOrigin: 'epoch' as const })),
    { now: 1 },
  );
  const report = await reconcile(6, 4);
  expect(report).toMatchObject({ read: 0, missing: 0, gone: 0 });
  expect(report.days.reduce((sum, { shown }) => sum + shown, 0)).toBe(3);
  expect(report.detail).toBe(
    '3 records have their rows at another time than the store has; if they are many, a zone is set wrong, and "cdrd completeness" says which',
  );
});

it('of two records of a fork that AMI has told too, the one whose row was removed is gone, whatever names no row', async () => {
  const pbx = pbxFile(freepbxSchema.replace('sequence INT, ', ''));
  const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
  for (const uniqueid of ['1.1', '2.1', '2.1', '2.1', '3.1']) pbx.add({ calldate: text(2), uniqueid, ...call });
  const house = await openTableHouse({ url: pbx.url });
  const reconcile = () => house.chores.reconcile.start({ from: text(3) });
  await until(() => house.report('table').received === 5, 'the rows');
  await appendTo(house.store, 'pbx1/ami', await house.cdrs(), { now: 1 });
  expect(await reconcile()).toMatchObject({ read: 5, missing: 0, gone: 0, detail: null });
  for (const gone of [1, 2]) {
    pbx.db.exec("DELETE FROM cdr WHERE rowid = (SELECT MAX(rowid) FROM cdr WHERE uniqueid = '2.1')");
    expect(await reconcile()).toMatchObject({ read: 5 - gone, missing: 0, gone, detail: null });
  }
  expect(await house.cdrs()).toHaveLength(5);
});

it.each([
  ['an id column', 'CREATE TABLE cdr (AcctId INTEGER PRIMARY KEY, '],
  ['no id column', 'CREATE TABLE cdr ('],
])('says of a table with %s that rows begin in the future, unless it has compared them', async (_name, head) => {
  const pbx = pbxFile(freepbxSchema.replace('CREATE TABLE cdr (', head));
  const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
  const add = (n: number, hoursAgo: number) => pbx.add({ calldate: text(hoursAgo), uniqueid: `${n}.1`, ...call });
  add(1, 1);
  add(2, -50 / 3600);
  const house = await openTableHouse({ url: pbx.url });
  const reconcile = (to?: string) => house.chores.reconcile.start({ from: text(3), ...(to ? { to } : {}) });
  await until(() => house.report('table').received === 2, 'the rows');
  expect(await reconcile()).toMatchObject({ state: 'done', read: 1, detail: null });
  add(3, -1);
  add(4, -2);
  await until(() => house.report('table').received === 4, 'the rows of the future');
  const why = 'a clock is ahead, or a zone is set wrong; --to takes them in';
  expect(await reconcile()).toMatchObject({
    ...{ state: 'done', read: 1 },
    detail: `2 rows begin in the future (the newest ${text(-2)}) and were not compared: ${why}`,
  });
  expect((await reconcile(text(-1.5))).detail).toBe(
    `1 row begins in the future (the newest ${text(-2)}) and was not compared: ${why}`,
  );
  expect(await reconcile(text(-3))).toMatchObject({ read: 4, detail: null });
});

it('a row whose number or name somebody changed is followed, or its record is gone', async () => {
  const pbx = pbxFile(customSchema);
  const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
  for (const n of [1, 2, 3, 4, 5]) pbx.add({ calldate: text(2), uniqueid: `${n}.1`, sequence: n, ...call });
  const house = await openTableHouse({ url: pbx.url });
  const reconcile = () => house.chores.reconcile.start({ from: text(3) });
  await until(() => house.report('table').received === 5, 'the rows');
  pbx.db.exec("UPDATE cdr SET sequence = 1002 WHERE uniqueid = '2.1'");
  await until(() => house.report('table').received === 6, 'the changed row');
  expect((await house.cdrs()).map(({ sequence }) => sequence)).toEqual([1, 1002, 3, 4, 5]);
  expect(await reconcile()).toMatchObject({ read: 5, missing: 0, changed: 0, gone: 0, detail: null });
  // More than the number, and the name: nothing says that it is the same row.
  pbx.db.exec("UPDATE cdr SET sequence = 1003, dst = '103' WHERE uniqueid = '3.1'");
  pbx.db.exec("UPDATE cdr SET uniqueid = '9.1' WHERE uniqueid = '4.1'");
  await until(() => house.report('table').received === 8, 'the changed rows');
  expect((await house.cdrs()).map(({ sequence }) => sequence)).toEqual([1, 1002, 3, 4, 5, 1003, 4]);
  const [, , third, fourth] = (await house.cdrs()).map(({ id }) => id);
  const found = { read: 5, missing: 0, changed: 0, gone: 2, detail: null, examples: { gone: [third, fourth] } };
  expect(await reconcile()).toMatchObject(found);
});
