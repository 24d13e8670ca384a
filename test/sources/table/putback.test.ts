// Rows of a table with ids, and without sequences, that are deleted and put back under new ids: each is the record it was.
import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { bareSchema, pbxFile, type Pbx } from './files.ts';
import { openTableHouse, type TableHouse } from './house.ts';

const now = Math.floor(Date.now() / 1000);
const text = (secondsAgo: number): string =>
  new Date((now - secondsAgo) * 1000).toISOString().slice(0, 19).replace('T', ' ');
const call = { duration: 5, billsec: 4, disposition: 'ANSWERED', src: '101', dst: '102' };
const columns = 'calldate, clid, src, dst, duration, billsec, disposition, uniqueid, userfield';
/** As AUTO_INCREMENT gives ids: never one a second time. */
const schema = bareSchema.replace('PRIMARY KEY', 'PRIMARY KEY AUTOINCREMENT');

/** Ten rows, those of the ids 4 and 5 equal in everything. */
function filled(): Pbx {
  const pbx = pbxFile(schema);
  for (let n = 1; n <= 10; n += 1) {
    const one = n === 5 ? 4 : n;
    pbx.add({ ...call, calldate: text(3600 - 10 * one), uniqueid: `${one}.1` });
  }
  return pbx;
}

/** Deletes the rows and puts them back, with a look at the table between if somebody looks. */
function putBack(pbx: Pbx, ids: string, between: () => Promise<unknown> = async () => undefined) {
  return async (): Promise<void> => {
    pbx.db.exec(`CREATE TABLE backup AS SELECT * FROM cdr WHERE AcctId IN (${ids})`);
    pbx.db.exec(`DELETE FROM cdr WHERE AcctId IN (${ids})`);
    await between();
    pbx.db.exec(`INSERT INTO cdr (${columns}) SELECT ${columns} FROM backup ORDER BY AcctId; DROP TABLE backup`);
  };
}

/** A call of now: when it is there, all before it was read. */
async function readThrough(house: TableHouse, pbx: Pbx): Promise<string[]> {
  pbx.add({ ...call, calldate: text(60), uniqueid: '99.1' });
  const names = async () => (await house.cdrs()).map(({ uniqueid }) => uniqueid);
  await until(async () => (await names()).includes('99.1'), 'the newest row');
  return (await names()).filter((name) => name !== '99.1');
}

const records = ['1.1', '2.1', '3.1', '4.1', '4.1', '6.1', '7.1', '8.1', '9.1', '10.1'];
const reconcile = (house: TableHouse, more: object = {}) =>
  house.chores.reconcile.start({ from: text(86_400), ...more });

describe.each([
  ['in the middle', '3, 6'],
  ['that are the newest', '9, 10'],
  ['that are equal in everything', '4, 5'],
  ['of which an equal one stays', '5'],
])('rows %s', (_name, ids) => {
  it('are no further records when they are put back under new ids at once', async () => {
    const pbx = filled();
    const house = await openTableHouse({ url: pbx.url });
    await until(async () => (await house.cdrs()).length === 10, 'the rows');
    await putBack(pbx, ids)();
    expect(await readThrough(house, pbx)).toEqual(records);
  });

  it('are none after a reconcile has called them gone, which then finds nothing missing', async () => {
    const pbx = filled();
    const house = await openTableHouse({ url: pbx.url });
    await until(async () => (await house.cdrs()).length === 10, 'the rows');
    const gone = ids.split(',').length;
    await putBack(pbx, ids, async () => expect(await reconcile(house)).toMatchObject({ missing: 0, gone }))();
    expect(await readThrough(house, pbx)).toEqual(records);
    expect(await reconcile(house)).toMatchObject({ missing: 0, gone: 0 });
  });

  it('are none when they were put back while nobody looked', async () => {
    const pbx = filled();
    const first = await openTableHouse({ url: pbx.url });
    await until(async () => (await first.cdrs()).length === 10, 'the rows');
    await first.stop();
    await putBack(pbx, ids)();
    const house = await openTableHouse({ url: pbx.url, folder: first.folder });
    expect(await readThrough(house, pbx)).toEqual(records);
  });

  it('are none to a reconcile that finds them first, nor to its trial', async () => {
    const pbx = filled();
    const config = { poll_seconds: 3600 };
    const house = await openTableHouse({ url: pbx.url, config });
    await until(async () => (await house.cdrs()).length === 10, 'the rows');
    await putBack(pbx, ids)();
    expect(await reconcile(house, { isDryRun: true })).toMatchObject({ missing: 0, gone: 0 });
    expect(await reconcile(house)).toMatchObject({ missing: 0, gone: 0 });
    expect((await house.cdrs()).map(({ uniqueid }) => uniqueid)).toEqual(records);
  });
});

it('a row that is equal to one that is still there is a second record, though nobody looks at that any more', async () => {
  const pbx = filled();
  const house = await openTableHouse({ url: pbx.url, config: { overlap_rows: 2 } });
  await until(async () => (await house.cdrs()).length === 10, 'the rows');
  pbx.db.exec(`INSERT INTO cdr (${columns}) SELECT ${columns} FROM cdr WHERE AcctId = 2`);
  expect(await readThrough(house, pbx)).toEqual([...records, '2.1']);
});

it('a row is the record of an id that another row has taken', async () => {
  const pbx = filled();
  const house = await openTableHouse({ url: pbx.url });
  await until(async () => (await house.cdrs()).length === 10, 'the rows');
  await putBack(pbx, '3', async () => pbx.add({ ...call, AcctId: 3, calldate: text(70), uniqueid: '98.1' }))();
  expect(await readThrough(house, pbx)).toEqual([...records, '98.1']);
});
