// A table without id whose rows have a sequence in part: mapped since this noon, or by some of the dialplan. None is lost.
import { describe, expect, it } from 'vitest';
import type { StoredCdr } from '../../../src/cdr/cdr.ts';
import { appendTo } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { pbxFile, type Pbx } from './files.ts';
import { openTableHouse, type TableHouse } from './house.ts';

const hourAgo = Math.floor(Date.now() / 1000) - 3600;
const text = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
const columns = 'calldate, src, dst, channel, dstchannel, duration, billsec, disposition, uniqueid, userfield';
const plain = `CREATE TABLE cdr (${columns})`;
const counted = `CREATE TABLE cdr (${columns}, sequence)`;

function row(uniqueid: string, dst: string, more: object = {}): Record<string, unknown> {
  const channels = { channel: `PJSIP/101-${uniqueid}`, dstchannel: `PJSIP/${dst}-${uniqueid}` };
  const numbers = { src: '101', dst, duration: 5, billsec: 4, disposition: 'ANSWERED' };
  return { calldate: text(hourAgo), uniqueid, ...numbers, ...channels, userfield: '', ...more };
}

const shown = (cdrs: readonly StoredCdr[]): string[] =>
  cdrs.map(({ uniqueid, dst, sequence }) => `${uniqueid} ${dst} ${sequence}`).sort();

async function opened(pbx: Pbx, folder?: string): Promise<TableHouse> {
  return openTableHouse({ url: pbx.url, ...(folder === undefined ? {} : { folder }) });
}

async function read(house: TableHouse, uniqueid: string): Promise<void> {
  await until(async () => (await house.cdrs()).some((cdr) => cdr.uniqueid === uniqueid), `the record ${uniqueid}`);
}

const reconcile = (house: TableHouse) => house.chores.reconcile.start({ from: text(hourAgo - 86_400) });

/** The leg to 102 and the first of the twins came without a sequence, the others with one. */
const early = [row('u1', '102'), row('u2', '104')];
const late = [row('u1', '103', { sequence: 20 }), row('u2', '104', { sequence: 21 })];
const all = ['u1 102 null', 'u1 103 20', 'u2 104 21', 'u2 104 null'];

describe('rows with and without sequence, of one channel and second', () => {
  it.each([
    ['a sequence that only some rows have', counted, []],
    ['a column that is added meanwhile', plain, ['ALTER TABLE cdr ADD COLUMN sequence']],
  ])('stay records of their own: %s', async (_name, schema, changes) => {
    const pbx = pbxFile(schema);
    pbx.add(...early);
    const house = await opened(pbx);
    await read(house, 'u2');
    for (const change of changes) pbx.db.exec(change);
    // Rows with a further column are other rows: they are handed over once more.
    await until(() => house.report('table').received >= early.length * (1 + changes.length), 'the early rows');
    pbx.add(...late, row('end', '109'));
    await read(house, 'end');
    expect(shown(await house.cdrs())).toEqual(['end 109 null', ...all]);
    const report = await reconcile(house);
    expect(report).toMatchObject({ read: 5, missing: 0, changed: 0, gone: 0 });
    await house.stop();
    const again = await opened(pbx, house.folder);
    await until(() => again.report('table').received >= 10, 'the table once more');
    expect(shown(await again.cdrs())).toEqual(['end 109 null', ...all]);
  });

  it('are not handed over again and again where all of them have one', async () => {
    const pbx = pbxFile(counted);
    pbx.add(row('u1', '102', { sequence: 19 }));
    const house = await opened(pbx);
    await read(house, 'u1');
    pbx.add(row('u1', '103', { sequence: 20 }), row('end', '109'));
    await read(house, 'end');
    expect(house.report('table').received).toBe(3);
  });

  it('of which an older cdrd lost those without one come back by a reconcile', async () => {
    const pbx = pbxFile(counted);
    const end = row('end', '109', { calldate: text(hourAgo + 1800) });
    pbx.add(...late, end);
    const house = await opened(pbx);
    await read(house, 'end');
    await house.stop();
    // As it left them: what it had of the early rows had become the late ones. They are below the overlap by now.
    pbx.db.exec('DELETE FROM cdr');
    pbx.add(...early, ...late, end);
    const next = await openTableHouse({ url: pbx.url, folder: house.folder, config: { overlap_seconds: 60 } });
    await until(() => next.report('table').received >= 4, 'the overlap');
    expect(await next.cdrs()).toHaveLength(3);
    expect(await reconcile(next)).toMatchObject({ read: 5, missing: 2, changed: 0, gone: 0 });
    expect(shown(await next.cdrs())).toEqual(['end 109 null', ...all]);
    expect(await reconcile(next)).toMatchObject({ read: 5, missing: 0, changed: 0, gone: 0 });
  });

  it('find the twins that AMI told with their sequences, in whatever order they stand', async () => {
    const pbx = pbxFile(counted);
    const house = await opened(pbx);
    pbx.add(row('u2', '104', { sequence: 20 }), row('u2', '104', { sequence: 21 }));
    await until(async () => (await house.cdrs()).length === 2, 'the twins');
    await appendTo(house.store, 'pbx1/ami', await house.cdrs(), { now: 1 });
    pbx.db.exec('DELETE FROM cdr');
    pbx.add(row('u2', '104'), row('u2', '104', { sequence: 20 }), row('end', '109'));
    await read(house, 'end');
    expect(shown(await house.cdrs())).toEqual(['end 109 null', 'u2 104 20', 'u2 104 21']);
  });
});
