// Lists of vendors that are streamed: page by page, as many as are wanted, and never a part that looks like the whole.
import { describe, expect, it } from 'vitest';
import { pagesOf } from '../../../src/http/dialects/jsonlist.ts';
import type { Store } from '../../../src/store/store.ts';
import { adminToken, openHouse, records } from '../support.ts';

describe('a list that is read page by page', () => {
  const all = [1, 2, 3, 4, 5];
  const gather = async (pageRows: number, most?: number) => {
    const limits: number[] = [];
    const read = async (last: number | undefined, limit: number) => {
      limits.push(limit);
      return Promise.resolve(all.filter((one) => one > (last ?? 0)).slice(0, limit));
    };
    const pages: (readonly number[])[] = [];
    for await (const page of pagesOf(read, pageRows, most)) pages.push(page);
    return { pages, limits };
  };

  it('ends with a page that is not full, or when there are enough', async () => {
    expect(await gather(2)).toEqual({ pages: [[1, 2], [3, 4], [5]], limits: [2, 2, 2] });
    expect(await gather(5)).toEqual({ pages: [all, []], limits: [5, 5] });
    expect(await gather(2, 3)).toEqual({ pages: [[1, 2], [3]], limits: [2, 1] });
    expect(await gather(2, 4)).toEqual({
      pages: [
        [1, 2],
        [3, 4],
      ],
      limits: [2, 2],
    });
  });
});

describe('a list that fails on its way', () => {
  it.each([
    ['/rest/call/read', { method: 'POST', body: '{"scope":{"maxRows":1000}}' }],
    ['/api/cdrs', { method: 'GET' }],
  ])('is cut at %s, and an error where nothing was sent yet', { timeout: 30_000 }, async (path, request) => {
    let left = Infinity;
    const failing = (store: Store) =>
      new Proxy(store, {
        get: (target, name) => {
          if (name !== 'list') return target[name as keyof Store];
          return (...given: Parameters<Store['list']>) =>
            --left < 0 ? Promise.reject(new Error('broken')) : target.list(...given);
        },
      });
    const house = await openHouse({ store: failing });
    try {
      await house.put(records(700));
      const ask = () =>
        fetch(`${house.url}${path}`, { ...request, headers: { authorization: `Bearer ${adminToken}` } });
      const whole = await (await ask()).text();
      expect(whole.length).toBeGreaterThan(100_000);
      left = 1;
      await expect(ask().then((answer) => answer.text())).rejects.toThrow(/terminated|fetch failed/);
      left = 0;
      expect(await (await ask()).text()).toMatch(/^\{"(result":"fail"|message":"Server Error")/);
    } finally {
      await house.close();
    }
  });
});
