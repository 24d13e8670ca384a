import { expect, it } from 'vitest';
import { adviceOn, flavourOf, lackOf } from '../../../src/sources/table/flavour.ts';
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
    columns: [{ name: 'start', type: 'datetime', isNullable: true, isAutoId: false }],
    indexes: [],
    view: null,
  };
  const flavour = flavourOf(shape, configOf('sqlite:x.db'), 'UTC');
  expect(lackOf(flavour, 'calls')).toMatch(/^the table "calls" has no column uniqueid, duration, disposition: /);
});

it.each([
  ['mysql', 'varchar(19)', ['dst varchar(19), uniqueid varchar(19)']],
  ['mysql', 'varchar(20)', []],
  ['mysql', 'text', []],
  ['sqlite', 'varchar(19)', []],
] as const)('of %s with texts of %s it is told which columns are too narrow to know cut texts', (kind, type, told) => {
  const column = (name: string, of: string) => ({ name, type: of, isNullable: true, isAutoId: false });
  const texts = ['dst', 'uniqueid', 'accountcode'].map((name) => column(name, type));
  const shape = { columns: [column('calldate', 'datetime'), ...texts], indexes: [], view: null };
  const advice = adviceOn(flavourOf(shape, configOf('sqlite:x.db'), 'UTC'), 'cdr', kind);
  const narrow = advice.flatMap((text) => /^columns narrower than 20 characters: ([^;]+); /.exec(text)?.[1] ?? []);
  expect(narrow).toEqual(told);
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
