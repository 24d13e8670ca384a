// Pages by number over a store that goes on to change: no hole, no double, and a total that is what can be paged through.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredCdr } from '../../../../src/cdr/cdr.ts';
import { Counts } from '../../../../src/http/dialects/voipstudio/counts.ts';
import { Snapshots } from '../../../../src/http/dialects/voipstudio/snapshots.ts';
import { byCommand } from '../../../../src/store/audit.ts';
import type { Store } from '../../../../src/store/store.ts';
import { openHouse, records, type House } from '../../support.ts';

const query = { within: null, columns: { all: [] } };
const shape = async (cdrs: readonly StoredCdr[]) => cdrs.map(({ id, src, duration }) => ({ id, src, duration }));

describe('a list with page numbers', () => {
  let house: House;
  let counted: [least: number, most: number][];
  let now: number;
  let snapshots: Snapshots;

  beforeEach(async () => {
    house = await openHouse();
    await house.put(records(60));
    counted = [];
    now = 0;
    const { store } = house;
    const watched: Store = {
      ...store,
      count: (which, least, most) => {
        counted.push([least, most]);
        return store.count(which, least, most);
      },
    };
    snapshots = new Snapshots(watched, () => now, new Counts(watched, 20));
  });
  afterEach(() => house.close());

  const page = async (number: number, more: object = {}, owner = 'token 1') => {
    const wish = { page: number, limit: 25, sort: 'id', isFalling: true, tests: [], ...more };
    const { rows, total } = await snapshots.page(owner, query, wish, shape);
    return { ids: rows.map((row) => row['id'] as number), total };
  };
  const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, at) => from - at);
  const hide = (id: number) => house.store.hide({ id, by: byCommand, now: 1, within: null });

  it('stays as it was at its first page while records come in', async () => {
    expect(await page(1)).toEqual({ ids: down(60, 36), total: 60 });
    await house.put(records(5));
    expect(await page(2)).toEqual({ ids: down(35, 11), total: 60 });
    expect(await page(3)).toEqual({ ids: down(10, 1), total: 60 });
    expect(await page(4)).toEqual({ ids: [], total: 60 });
    expect(await page(1)).toEqual({ ids: down(65, 41), total: 65 });
  });

  it('loses no record when one of a page before is hidden', async () => {
    await page(1);
    await hide(50);
    expect((await page(2)).ids).toEqual(down(35, 11));
    expect(await page(1)).toEqual({ ids: down(60, 35).filter((id) => id !== 50), total: 59 });
  });

  it('is paged from anywhere, by start too, and forgets what nobody goes on with', async () => {
    expect((await page(3)).ids).toEqual(down(10, 1));
    expect((await page(2, { sort: 'calldate' })).ids.length).toBe(25);
    await house.put(records(1));
    expect((await page(3)).total).toBe(60);
    now += 16 * 60_000;
    expect((await page(3)).total).toBe(61);
  });

  it('belongs to who asks', async () => {
    await page(1);
    await house.put(records(1));
    expect((await page(2, {}, 'token 2')).total).toBe(61);
    expect((await page(2)).total).toBe(60);
  });

  it('is counted once, and then only where something changed', async () => {
    await page(1);
    expect(counted).toEqual([
      [1, 19],
      [20, 39],
      [40, 59],
      [60, 60],
    ]);
    counted = [];
    await page(2);
    await page(1);
    expect(counted).toEqual([]);
    await hide(25);
    expect((await page(1)).total).toBe(59);
    expect(counted).toEqual([
      [20, 39],
      [60, 60],
    ]);
    counted = [];
    await house.put(records(1));
    expect((await page(1)).total).toBe(60);
    expect(counted).toEqual([[60, 61]]);
  });

  it('sorts by anything that is shown, and keeps that order', async () => {
    await house.put([...records(1, { duration: 45, src: '7' }), ...records(1, { duration: 44, billsec: 0 })]);
    const first = await page(1, { sort: 'duration', isFalling: false, limit: 2 });
    expect(first).toEqual({ ids: [62, 1], total: 62 });
    await hide(1);
    expect(await page(1, { sort: 'src', limit: 1 })).toEqual({ ids: [61], total: 61 });
    expect(await page(2, { sort: 'duration', isFalling: false, limit: 2 })).toEqual({ ids: [2, 3], total: 62 });
  });

  it('refuses to sort more records than it may hold', async () => {
    const many = { ...house.store, count: () => Promise.resolve(50_001) };
    const wish = { page: 1, limit: 25, sort: 'src', isFalling: true, tests: [] };
    const asked = new Snapshots(many, () => 0).page('token 1', query, wish, shape);
    await expect(asked).rejects.toThrow(
      'sort: 50001 records are more than the 50000 that are sorted by src: sort by id, call_id, calldate, or filter more closely',
    );
  });
});
