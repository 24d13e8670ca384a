// What somebody changes in rows that were read, and changes back: the records follow within some looks.
import { expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { customSchema, freepbxSchema, pbxFile } from './files.ts';
import { openTableHouse } from './house.ts';

const now = Math.floor(Date.now() / 1000);
const text = (secondsAgo: number): string =>
  new Date((now - secondsAgo) * 1000).toISOString().slice(0, 19).replace('T', ' ');
const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };

it.each([
  ['ids', customSchema],
  ['a sequence', freepbxSchema],
  ['neither', freepbxSchema.replace('sequence INT,', '')],
])('a word that is changed back in a table with %s is followed, and a backup put back', async (_, schema) => {
  const pbx = pbxFile(schema);
  const sequence = schema.includes('sequence') ? [{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }] : [{}, {}, {}];
  pbx.add({ ...call, ...sequence[0], calldate: text(60), uniqueid: '1.1' });
  // Two that nothing but a sequence tells apart.
  pbx.add({ ...call, ...sequence[1], calldate: text(50), uniqueid: '2.1' });
  pbx.add({ ...call, ...sequence[2], calldate: text(50), uniqueid: '2.1' });
  pbx.db.exec('CREATE TABLE backup AS SELECT * FROM cdr');
  const house = await openTableHouse({ url: pbx.url });
  const words = async () => (await house.cdrs()).map(({ dst }) => dst);
  const wordsAre = (...wanted: string[]) =>
    until(async () => (await words()).toSorted().join() === wanted.join(), wanted.join());
  await wordsAre('102', '102', '102');
  pbx.db.exec("UPDATE cdr SET dst = '777' WHERE uniqueid = '1.1'");
  await wordsAre('102', '102', '777');
  pbx.db.exec("UPDATE cdr SET dst = '102' WHERE uniqueid = '1.1'");
  await wordsAre('102', '102', '102');
  pbx.db.exec("UPDATE cdr SET dst = '777' WHERE rowid < 3");
  await wordsAre('102', '777', '777');
  pbx.db.exec('DELETE FROM cdr; INSERT INTO cdr SELECT * FROM backup');
  await wordsAre('102', '102', '102');
  expect(await house.cdrs()).toHaveLength(3);
});

it.each([
  ['ids', customSchema],
  ['a sequence', freepbxSchema],
  ['neither', freepbxSchema.replace('sequence INT,', '')],
])('a column of its own that is emptied in a table with %s is followed, live and by a reconcile', async (_, schema) => {
  const pbx = pbxFile(schema.replace('userfield TEXT', 'userfield TEXT, tag TEXT'));
  pbx.add({ ...call, calldate: text(60), uniqueid: '1.1', tag: 'abc' });
  pbx.add({ ...call, calldate: text(86_400), uniqueid: '2.1', tag: 'old' });
  pbx.add({ ...call, calldate: text(50), uniqueid: '3.1' });
  const config = { overlap_rows: 2, overlap_seconds: 3600 };
  const house = await openTableHouse({ url: pbx.url, config });
  const tags = async () =>
    Object.fromEntries((await house.cdrs()).map(({ uniqueid, custom }) => [uniqueid, custom['tag']]));
  await until(async () => Object.keys(await tags()).length === 3, 'the rows');
  pbx.db.exec("UPDATE cdr SET tag = ''");
  await until(async () => (await tags())['1.1'] === '', 'the tag to go');
  await house.chores.reconcile.start({ from: text(2 * 86_400) });
  expect(await tags()).toEqual({ '1.1': '', '2.1': '', '3.1': undefined });
  pbx.db.exec("UPDATE cdr SET tag = 'new'");
  await until(async () => (await tags())['1.1'] === 'new', 'the tag to come');
});
