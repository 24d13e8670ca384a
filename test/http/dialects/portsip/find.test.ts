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

  it.each(['', '&orderby=started_at', '&orderby=caller,duration desc', '&search=100', '&filter=duration ge 0'])(
    'has each call once over all its pages while others come, and a steady number: %s',
    async (asked) => {
      let made = 0;
      const isEarlier = () => made % 2 === 1;
      const come = () => {
        const start = new Date(Date.UTC(2026, 10, isEarlier() ? 18 : 21, 9, made++)).toISOString();
        return house.put([record({ start, accountcode: 'acme' })]);
      };
      for (const token of [adminToken, acme]) {
        const there = (await list(`top=1${asked}`, token)).count;
        const ids: string[] = [];
        for (let skip = 0, count = there; skip < count; skip += 30) {
          const page = await list(`skip=${skip}&top=30${asked}`, token);
          ids.push(...page.items.map(({ id }) => id));
          ({ count } = page);
          await come();
          // Whoever looks on meanwhile has a list of its own.
          await list(`top=5${asked}`, token === acme ? adminToken : acme);
        }
        expect([ids.length, new Set(ids).size]).toEqual([there, there]);
        expect((await list(`top=1${asked}`, token)).count).toBeGreaterThan(there);
      }
    },
  );

  it('counts anew what has changed since', async () => {
    const [all, own] = [(await list('top=1')).count, (await list('top=1', acme)).count];
    await house.put([record({ accountcode: 'beta' })]);
    expect((await list('top=1')).count).toBe(all + 1);
    expect((await list('top=1', acme)).count).toBe(own);
  });
});

describe('a list of PortSIP for who sees calls in part', () => {
  let house: House;
  let acme: string;
  const shared = (at: number) =>
    [1, 2].map((part) => {
      const linkedid = `1795165200.${at}`;
      const start = new Date(Date.UTC(2026, 10, 20, 9, at, part)).toISOString();
      return record({ linkedid, uniqueid: `${linkedid}${part}`, start, accountcode: part === 1 ? 'acme' : 'beta' });
    });

  beforeAll(async () => {
    house = await openHouse({ listeners: [{ dialects: ['portsip'] }], dialects: { portsip: { scan_calls: 3 } } });
    const own = [10, 11, 12, 13, 14].map((at) =>
      record({ start: new Date(Date.UTC(2026, 10, 19, 9, at)).toISOString(), accountcode: 'acme' }),
    );
    await house.put([...own, ...[20, 21, 22].flatMap(shared)]);
    acme = await house.token('read', ['acme']);
  });
  afterAll(() => house.close());

  const list = (query: string) =>
    ask<List & { errors?: object[] }>(house, 'GET', `/api/cdrs?${query}`, { token: acme });
  const ids = async (query: string) => (await list(query)).body.items.map(({ id }) => Number(id));

  it('is paged as far as the limit on looking goes, which the fault names', async () => {
    expect((await list('')).body).toMatchObject({ count: 8 });
    expect((await ids('skip=3&top=2')).length).toBe(2);
    const far = await list('skip=4');
    expect([far.status, far.body.errors]).toEqual([
      400,
      [
        {
          ...{ code: 'VALIDATE_FAILED', message: 'field validation failed' },
          detail: {
            field: 'skip',
            message:
              'found 4, expected at most 3 (dialects.portsip.scan_calls) where some of the calls are those of others, too: ' +
              "go on with a filter like started_at lt '2026-11-20T00:00:00Z'",
          },
        },
      ],
    ]);
    // None of these is of others, so an index knows the way, however far.
    const before = encodeURIComponent("started_at lt '2026-11-20T00:00:00Z'");
    expect(await ids(`filter=${before}&skip=4`)).toEqual([1]);
  });

  it('is refused where too many would be looked at to count them', async () => {
    await house.put(shared(23));
    const { status, body } = await list('');
    expect([status, JSON.stringify(body.errors)]).toEqual([400, expect.stringContaining('scan_calls')]);
    expect((await ask(house, 'GET', '/api/cdrs', { token: adminToken })).status).toBe(200);
    const before = encodeURIComponent("started_at lt '2026-11-20T09:22:30Z'");
    expect((await list(`filter=${before}`)).body).toMatchObject({ count: 8 });
  });
});
