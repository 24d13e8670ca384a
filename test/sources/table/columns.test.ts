import { expect, it } from 'vitest';
import { adviceOn, flavourOf, lackOf } from '../../../src/sources/table/flavour.ts';
import { columnOf } from '../../../src/sources/table/mysqlshape.ts';
import { filledName } from '../../../src/sources/table/telling.ts';
import { until } from '../../support/until.ts';
import { customSchema, freepbxSchema, pbxFile } from './files.ts';
import { openTableHouse } from './house.ts';
import { configOf, watchTable } from './watch.ts';

const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
const row = (n: number) => ({ calldate: `2026-11-22 03:00:0${n}`, uniqueid: `${n}.1`, sequence: n, ...call });

it.each([
  ['DROP COLUMN uniqueid', 'no column uniqueid:'],
  ['RENAME COLUMN calldate TO began', 'no column calldate or start:'],
  ['RENAME COLUMN duration TO length', 'no column duration:'],
  ['RENAME COLUMN disposition TO how', 'no column disposition:'],
])('a table after %s is read, and the log and the status name what is missing', async (change, words) => {
  const pbx = pbxFile(customSchema);
  pbx.add(row(1));
  pbx.db.exec(`ALTER TABLE cdr ${change}`);
  const watch = watchTable({ url: pbx.url });
  await watch.clock.idle();
  expect(watch.take()).toHaveLength(1);
  expect(watch.state()).toMatchObject({ state: 'up', detail: expect.stringContaining(words) as string });
  const told = watch.log.filter(({ level }) => level === 'error').map(({ msg }) => msg);
  expect(told).toEqual([watch.state()!.detail]);
  await watch.stop();
});

it.each([customSchema, freepbxSchema])(
  'says so when the column goes while the table is read, and when it is back',
  async (schema) => {
    const pbx = pbxFile(schema);
    pbx.add(row(1), row(2));
    const watch = watchTable({ url: pbx.url });
    await watch.clock.idle();
    expect(watch.state()).toEqual({ state: 'up' });
    pbx.db.exec('ALTER TABLE cdr DROP COLUMN uniqueid');
    await watch.poll();
    expect(watch.state()).toMatchObject({
      state: 'up',
      detail: expect.stringContaining('no column uniqueid') as string,
    });
    const messages = () => watch.log.map(({ level, msg }) => `${level}: ${msg}`);
    expect(messages()).toContain('warn: the columns of cdr were changed while it is read; gone: uniqueid');
    expect(messages().filter((text) => text.includes('has no column uniqueid'))).toHaveLength(1);
    pbx.db.exec('ALTER TABLE cdr ADD COLUMN uniqueid TEXT');
    pbx.add(row(3));
    await watch.poll();
    expect(watch.state()).toEqual({ state: 'up' });
    expect(messages()).toContain('info: the columns of cdr were changed while it is read; new: uniqueid');
    await watch.stop();
  },
);

it('needs what a record needs, and nothing else', () => {
  const columns = ['start', 'uniqueid', 'duration', 'disposition'];
  expect(lackOf({ columns }, 'cdr')).toBeNull();
  const shape = {
    columns: [{ name: 'start', type: 'datetime', isNullable: true, unfilled: null, isAutoId: false }],
    indexes: [],
    view: null,
  };
  const flavour = flavourOf(shape, configOf('sqlite:x.db'), 'UTC');
  expect(lackOf(flavour, 'calls')).toMatch(/^the table "calls" has no column uniqueid, duration, disposition: /);
});

it.each([
  ['varchar(19)', 19],
  ['char(8)', 8],
  ['VARBINARY(10)', 10],
  ['varchar(20)', null],
  ['text', null],
])('of texts of %s the width is known where it is narrow, and told where it cuts what matters', (type, width) => {
  const column = (Field: string, Type: string) => columnOf({ Field, Type, Null: 'YES', Default: null, Extra: '' });
  const texts = ['dst', 'uniqueid', 'accountcode', 'did'].map((name) => column(name, type));
  const shape = { columns: [column('calldate', 'datetime'), ...texts], indexes: [], view: null };
  const flavour = flavourOf(shape, configOf('mysql://a@b/c'), 'UTC');
  const advice = adviceOn(flavour, 'cdr', 'mysql').join('\n');
  const widths = { dst: width, uniqueid: width, accountcode: width, 'custom.did': width };
  expect(flavour.widths).toEqual(width === null ? {} : widths);
  expect(/^columns narrower than 20 characters: ([^;]+);/m.exec(advice)?.[1]).toBe(
    width === null ? undefined : `dst (${width})`,
  );
});

it.each([
  ['1795317329.2', null],
  ['1795317329.20', '1795317329.20'],
])('a uniqueid %s that fills its column of 13 is told of: %s', (uniqueid, told) => {
  const rows = ['1.1', uniqueid].map((name) => ({
    kind: 'table' as const,
    timezone: 'UTC',
    fields: { uniqueid: name },
  }));
  expect(filledName(rows, { nameWidth: 13 })).toBe(told);
  expect(filledName(rows, { nameWidth: null })).toBe(null);
});

it('a column of SQLite cuts nothing, whatever it says', async () => {
  const pbx = pbxFile(customSchema.replace(/dst\b[^,]*,/, 'dst VARCHAR(3),'));
  pbx.add({ ...row(1), dst: '0301234567' });
  const watch = watchTable({ url: pbx.url });
  await watch.clock.idle();
  expect(watch.batches.flatMap(({ rows }) => rows.map(({ widths, fields }) => [widths, fields['dst']]))).toEqual([
    [{}, '0301234567'],
  ]);
  await watch.stop();
});

it('a row that is mended in the table takes its reject away, and a reconcile shows no reject twice', async () => {
  const pbx = pbxFile(customSchema);
  pbx.add(row(1), { ...row(2), duration: 'long' }, { ...row(3), uniqueid: '' });
  const house = await openTableHouse({ url: pbx.url });
  await until(() => house.report('table').received === 3, 'all rows');
  await house.chores.reconcile.start({ from: '2026-11-22', to: '2026-11-23' });
  await house.chores.reconcile.start({ from: '2026-11-22', to: '2026-11-23', isDryRun: true });
  const rejects = async () => (await house.store.rejects(9, { after: 0 })).map(({ id, source }) => [id, source]);
  expect(await rejects()).toEqual([
    [1, 'pbx1/table'],
    [2, 'pbx1/table'],
  ]);
  pbx.db.exec("UPDATE cdr SET duration = '7' WHERE uniqueid = '2.1'");
  await until(async () => (await rejects()).length === 1, 'the reject to go');
  expect((await house.cdrs()).map(({ uniqueid }) => uniqueid)).toEqual(['1.1', '2.1']);
  const { received, stored, duplicate, rejected, expired } = await house.store.source('pbx1/table');
  expect(received).toBe(stored + duplicate + rejected + expired);
});

it('the newest row, too, takes its reject away when it gets the name that it lacked', async () => {
  const pbx = pbxFile(customSchema);
  pbx.add(row(1), { ...row(2), uniqueid: '' });
  const house = await openTableHouse({ url: pbx.url });
  const rejects = () => house.store.rejects(9);
  await until(async () => (await rejects()).length === 1, 'the reject');
  pbx.db.exec("UPDATE cdr SET uniqueid = '2.1' WHERE uniqueid = ''");
  await until(async () => (await house.cdrs()).length === 2, 'the record');
  expect(await rejects()).toEqual([]);
});

it('a table that is restored with new ids under a name of its own changes nothing that people see', async () => {
  const pbx = pbxFile(customSchema.replace('AcctId', 'weird_id'));
  pbx.add(row(1), row(2));
  const house = await openTableHouse({ url: pbx.url });
  await until(() => house.report('table').received === 2, 'both rows');
  const before = await house.cdrs();
  expect(before.map(({ custom }) => custom)).toEqual([{}, {}]);
  pbx.db.exec('DELETE FROM cdr');
  pbx.add(...[row(1), row(2)].map((one, at) => ({ weird_id: 45 + at, ...one })));
  await until(() => house.report('table').received === 4, 'the restored rows');
  expect(await house.cdrs()).toEqual(before);
  expect(await house.store.head()).toBe(2);
});
