// A table of MariaDB whose columns get other widths and types while it is read, beside an AMI that tells texts whole.
import { describe, expect, it } from 'vitest';
import type { Cdr } from '../../../src/cdr/cdr.ts';
import { someCdr } from '../../support/rows.ts';
import { appendTo } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { openTableHouse } from './house.ts';
import { freshDatabase } from './server.ts';
import { warnings, watchTable } from './watch.ts';

const columns = `calldate DATETIME, src VARCHAR(80), dst VARCHAR(80), channel VARCHAR(80), duration INT, billsec INT,
  disposition VARCHAR(45), uniqueid VARCHAR(150), KEY (calldate)`;
const schemas = {
  'with ids': `CREATE TABLE cdr (id INT AUTO_INCREMENT PRIMARY KEY, ${columns})`,
  'without ids': `CREATE TABLE cdr (${columns})`,
};
/** Berlin is an hour before UTC in November. */
const timezone = 'Europe/Berlin';
const hour = 3600e6;

const call = (number: number): Cdr =>
  someCdr(number, { sequence: null, dst: `03012345670${number}`, disposition: 'NO ANSWER', billsec: 0 });
const rowOf = ({ start, src, dst, channel, duration, billsec, disposition, uniqueid }: Cdr) => ({
  calldate: new Date((start + hour) / 1000).toISOString().slice(0, 19).replace('T', ' '),
  ...{ src, dst, channel, duration, billsec, disposition, uniqueid },
});

it('a MariaDB table with ids that loses its uniqueids and gets them back leaves no rejects', async () => {
  const server = await freshDatabase(schemas['with ids']);
  await server.add(...[1, 2, 3].map((number) => rowOf(call(number))), { ...rowOf(call(4)), uniqueid: '' });
  const house = await openTableHouse({ url: server.url(), timezone });
  const rejects = async () => (await house.store.rejects(99)).length;
  await until(async () => (await rejects()) === 1, 'the row without a name');
  await server.root.query('ALTER TABLE cdr DROP COLUMN uniqueid');
  await until(async () => (await rejects()) === 4, 'all rows without names');
  await server.root.query("ALTER TABLE cdr ADD COLUMN uniqueid VARCHAR(150) NOT NULL DEFAULT ''");
  for (const number of [1, 2, 3, 4])
    await server.root.query('UPDATE cdr SET uniqueid = ? WHERE id = ?', [call(number).uniqueid, number]);
  await until(async () => (await house.cdrs()).length === 4, 'the records');
  await until(async () => (await rejects()) === 0, 'no reject');
});

it('a MariaDB table whose place a view takes is looked at anew before it is compared, and no record changes', async () => {
  const server = await freshDatabase(`CREATE TABLE cdr (nr BIGINT AUTO_INCREMENT PRIMARY KEY, ${columns})`);
  await server.add(...[1, 2, 2, 3].map((number) => rowOf(call(number))));
  const house = await openTableHouse({ url: server.url(), timezone });
  await until(() => house.report('table').received >= 4, 'the rows of the table');
  const head = await house.store.head();
  await server.root.query('RENAME TABLE cdr TO cdr_old; CREATE VIEW cdr AS SELECT * FROM cdr_old');
  const ask = { from: '2026-11-01', to: '2026-12-01' };
  const nothing = { read: 4, missing: 0, changed: 0, gone: 0 };
  expect(await house.chores.reconcile.start(ask)).toMatchObject({ state: 'done', ...nothing });
  await until(() => house.report('table').received >= 8, 'the rows of the view');
  expect(await house.chores.reconcile.start(ask)).toMatchObject({ state: 'done', ...nothing });
  expect(await house.store.head()).toBe(head);
  expect((await house.cdrs()).map(({ custom }) => Object.keys(custom))).toEqual([[], [], [], []]);
});

it('a MariaDB table whose id loses its key is read by time from the next look on, and that is said', async () => {
  const server = await freshDatabase(schemas['with ids']);
  await server.add(rowOf(call(1)));
  const watch = watchTable({ url: server.url() });
  await watch.clock.idle();
  await server.root.query('ALTER TABLE cdr MODIFY id INT NULL, DROP PRIMARY KEY');
  await server.add(rowOf(call(2)));
  expect((await watch.poll()).map(({ uniqueid }) => uniqueid)).toEqual([call(1).uniqueid, call(2).uniqueid]);
  const why = 'it has no key of its own, may be empty or is no whole number';
  const readBy = 'the table was read by id until now, reading it by calldate from the beginning';
  expect(warnings(watch)).toContain(`id is no id any more (${why}); ${readBy}`);
  await watch.stop();
});

describe.each(Object.entries(schemas))('a MariaDB table %s that is altered while it is read', (_, schema) => {
  it.each([
    ['narrows its texts', 'MODIFY dst VARCHAR(8), MODIFY disposition VARCHAR(4), MODIFY channel CHAR(12)'],
    ['keeps numbers as numbers', 'MODIFY src INT, MODIFY dst BIGINT'],
    ['makes its times TIMESTAMP', 'MODIFY calldate TIMESTAMP NULL'],
    [
      'widens its texts and makes others of them',
      'MODIFY dst VARCHAR(200), MODIFY channel TEXT, MODIFY src VARBINARY(90)',
    ],
  ])('doubles, moves and cuts no record where it %s', async (_what, change) => {
    const server = await freshDatabase(schema);
    const house = await openTableHouse({ url: server.url(), timezone });
    const all = [call(1), call(2), call(2), call(3), call(4)];
    await appendTo(house.store, 'pbx1/ami', all.slice(0, 3));
    await server.add(...all.slice(0, 3).map(rowOf));
    await until(() => house.report('table').received >= 3, 'the rows of before');
    await server.root.query(`SET time_zone = '+01:00'; ALTER TABLE cdr ${change}`);
    await appendTo(house.store, 'pbx1/ami', [call(3)]);
    await server.add(rowOf(call(3)), rowOf(call(4)));
    await until(async () => (await house.cdrs()).length === 5, 'the rows of after');
    await appendTo(house.store, 'pbx1/ami', [call(4)]);
    await house.chores.reconcile.start({ from: '2026-11-01', to: '2026-12-01' });
    const told = ({ start, src, dst, channel, disposition }: Cdr) => [start, src, dst, channel, disposition];
    expect((await house.cdrs()).map(told)).toEqual(all.map(told));
    const { received, stored, duplicate, rejected } = await house.store.source('pbx1/table');
    expect([received, rejected, stored]).toEqual([stored + duplicate, 0, 1]);
  });

  it('is told of, looked at anew, and read on', async () => {
    const server = await freshDatabase(schema);
    await server.add(rowOf(call(1)));
    const watch = watchTable({ url: server.url() });
    await watch.clock.idle();
    await server.root.query('ALTER TABLE cdr MODIFY dst BIGINT');
    await server.add(rowOf(call(2)));
    expect((await watch.poll()).map(({ dst }) => dst)).toEqual(['30123456701', '30123456702']);
    expect(watch.state()).toEqual({ state: 'up' });
    expect(watch.batches.at(-1)!.rows[0]!.widths).toEqual({ dst: 0 });
    const text = 'the columns of cdr were changed while it is read; other widths or types, see the next line';
    expect(watch.log.map(({ msg }) => msg)).toContain(text);
    expect(warnings(watch)).toContainEqual(expect.stringMatching(/^columns of whole numbers: dst; /));
    await watch.stop();
  });
});
