// Lists of PortSIP over many calls: the two ways to find them say the same, and no count outlives a change.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, ask, openHouse, record, type House } from '../../support.ts';

interface List {
  count: number;
  items: { id: string; started_at: string }[];
}

describe('a list of PortSIP', () => {
  let house: House;
  let acme: string;

  beforeAll(async () => {
    house = await openHouse({ listeners: [{ dialects: ['portsip'] }] });
    // None touches another: channels of one name at one time would be one call.
    const minutes = Array.from({ length: 130 }, (_, at) => at);
    await house.put(
      minutes.map((at) =>
        record({
          start: new Date(Date.UTC(2026, 10, 20, 9, at)).toISOString(),
          accountcode: at % 3 ? 'acme' : 'beta',
        }),
      ),
    );
    acme = await house.token('read', ['acme']);
  });
  afterAll(() => house.close());

  const list = async (query: string, token = adminToken) =>
    (await ask<List>(house, 'GET', `/api/cdrs?${query}`, { token })).body;

  it('is the same by its indexes as by a look at each call, page by page', async () => {
    const filter = encodeURIComponent("started_at ge '2026-11-20T09:10:00Z'");
    const looked = encodeURIComponent("started_at ge '2026-11-20T09:10:00Z' and duration ge 0");
    for (const token of [adminToken, acme]) {
      for (const skip of [0, 1, 50, 99, 100, 200]) {
        const [quick, slow] = [
          await list(`filter=${filter}&skip=${skip}&top=20`, token),
          await list(`filter=${looked}&skip=${skip}&top=20`, token),
        ];
        expect(quick).toEqual(slow);
        expect(quick.count).toBe(token === acme ? 80 : 120);
      }
    }
  });

  it('has each call once over all its pages', async () => {
    const ids: string[] = [];
    for (let skip = 0; skip < 140; skip += 30) {
      ids.push(...(await list(`skip=${skip}&top=30`)).items.map(({ id }) => id));
    }
    expect([ids.length, new Set(ids).size]).toEqual([130, 130]);
  });

  it('counts anew what has changed since', async () => {
    expect((await list('top=1')).count).toBe(130);
    await house.put([record({ accountcode: 'beta' })]);
    expect((await list('top=1')).count).toBe(131);
    expect((await list('top=1', acme)).count).toBe(86);
  });
});
