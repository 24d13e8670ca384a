import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NativeCdr } from '../../../../src/http/dialects/native/shape.ts';
import type { Problem } from '../../../../src/http/problem.ts';
import { ask, openHouse, record, type House } from '../../support.ts';

interface Page {
  cdrs: NativeCdr[];
  after: number | string | null;
  before: number | string | null;
  more: boolean;
}

describe('lists and searches of records', () => {
  let house: House;
  let reader: string;
  beforeAll(async () => {
    house = await openHouse({ limits: { page_rows: 50 } });
    reader = await house.token('read');
    const hour = (at: number) => ({ start: `2026-11-22T0${at}:00:00Z`, answer: '', end: `2026-11-22T0${at}:01:00Z` });
    await house.put([
      record({ ...hour(5), accountcode: 'acme', dst: '442079460000', duration: 5, clid: '"Ann Miller" <100>' }),
      record({ ...hour(3), accountcode: 'acme', dst: '442079469999', duration: 60, disposition: 'BUSY' }),
      record({ ...hour(4), accountcode: 'beta', src: '+4930', channel: 'PJSIP/trunk-1', dst: '200' }),
      record({ ...hour(3), accountcode: 'beta', dst: '200', userfield: 'Miller & Sons', linkedid: 'L', uniqueid: 'U' }),
    ]);
  });
  afterAll(() => house.close());

  const get = <Body = Page>(query: string, token = reader) =>
    ask<Body>(house, 'GET', `/api/v1/cdrs?${query}`, { token });
  const search = <Body = Page>(body: object, token = reader) =>
    ask<Body>(house, 'POST', '/api/v1/cdrs/search', { token, body });
  const idsOf = ({ body }: { body: Page }) => body.cdrs.map(({ id }) => id);
  const range = { from: '2026-11-22T00:00:00Z', to: '2026-11-23T00:00:00Z' };

  it.each([
    [{ company: 'ACME' }, [1, 2]],
    [{ src: '100' }, [1, 2, 4]],
    [{ dst: '200' }, [3, 4]],
    [{ prefix: '4420' }, [1, 2]],
    [{ prefix: '+49' }, [3]],
    [{ direction: 'outbound' }, [1, 2]],
    [{ direction: 'inbound' }, [3]],
    [{ direction: 'internal' }, [4]],
    [{ linkedid: 'L', uniqueid: 'U' }, [4]],
    [{ min_duration: 6, max_duration: 60 }, [2, 3, 4]],
    [{ min_duration: 46 }, [2]],
    [{ tag: 'none' }, []],
    [{ text: 'mill', ...range }, [1, 4]],
    [{ text: 'mill son', ...range }, [4]],
  ])('answer the conditions %j in the query, in a filter and in a search alike', async (conditions, ids) => {
    const params = new URLSearchParams(
      Object.fromEntries(Object.entries(conditions).map(([name, value]) => [name, String(value)])),
    );
    expect(idsOf(await get(params.toString()))).toEqual(ids);
    expect(idsOf(await get(`filter=${encodeURIComponent(JSON.stringify(conditions))}`))).toEqual(ids);
    expect(idsOf(await search({ filter: conditions }))).toEqual(ids);
  });

  it('join conditions by and, or and not, and single parameters with the filter', async () => {
    const filter = { and: [{ company: 'acme' }, { not: { disposition: 'BUSY' } }] };
    expect(idsOf(await search({ filter }))).toEqual([1]);
    expect(idsOf(await search({ filter: { or: [filter, { dst: '200', src: '+4930' }] } }))).toEqual([1, 3]);
    const url = `filter=${encodeURIComponent(JSON.stringify({ not: filter }))}`;
    expect(idsOf(await get(url))).toEqual([2, 3, 4]);
    expect(idsOf(await get(`${url}&company=beta&dst=200`))).toEqual([3, 4]);
    const words = { filter: JSON.stringify({ text: 'mill' }), ...range };
    expect(idsOf(await get(new URLSearchParams(words).toString()))).toEqual([1, 4]);
  });

  it.each([
    ['id', [1, 2, 3, 4]],
    ['-id', [4, 3, 2, 1]],
    ['start', [2, 4, 3, 1]],
    ['-start', [1, 3, 4, 2]],
  ])('walk the order %s in pages, forwards to its end and back again', async (order, ids) => {
    const first = await get(`order=${order}&limit=3`);
    expect([idsOf(first), first.body.more]).toEqual([ids.slice(0, 3), true]);
    const second = await get(`order=${order}&limit=3&after=${first.body.after}`);
    expect([idsOf(second), second.body.more]).toEqual([ids.slice(3), false]);
    const back = await get(`order=${order}&limit=2&before=${second.body.before}`);
    expect([idsOf(back), back.body.more]).toEqual([ids.slice(1, 3), true]);
    const start = await search({ order, limit: 2, before: back.body.before });
    expect([idsOf(start), start.body.more]).toEqual([ids.slice(0, 1), false]);
    const end = await search({ order, after: second.body.after });
    expect(end.body).toEqual({ cdrs: [], after: second.body.after, before: null, more: false });
  });

  it.each([
    ['order=up', 'order: "up" is not one of id, -id, start, -start'],
    ['order=start&after=5', 'after: "5" is no place in the order by start: take it from an answer in that order'],
    ['after=c3RhcnQ6MTox', 'after: "c3RhcnQ6MTox" is not a whole number from 0'],
    ['after=1&before=2', 'before: cannot be given together with after'],
    ['filter={', 'filter: "{" is not JSON'],
    ['filter={"and":[{"x":1}]}', 'filter.and.0.x: is not known, expected one of from, to, company'],
    [`filter=${'x'.repeat(4097)}`, 'is not a text of 1 to 4096 characters'],
    ['text=miller', 'text: a search for words needs from and to, at most 366 days apart'],
    ['text=miller&from=2025-01-01T00:00:00Z&to=2026-01-03T00:00:00Z', 'at most 366 days apart'],
    ['min_duration=-1', 'min_duration: -1 is not a whole number from 0'],
    ['raw=yes', 'raw: "yes" is not one of 0, 1'],
  ])('refuse ?%s with 400 and a sentence', async (query, sentence) => {
    const { status, body } = await get<Problem>(query);
    expect(status).toBe(400);
    expect(body.detail).toContain(sentence);
    expect(body.errors).toHaveLength(1);
  });

  it('refuse what is no search with 400 and a sentence', async () => {
    expect((await search<Problem>({ fliter: {} })).body).toMatchObject({ status: 400, errors: [{ field: 'fliter' }] });
    expect((await search<Problem>({ filter: { or: [] } })).body.detail).toBe(
      'filter.or: has no part, expected 1 to 50',
    );
    expect((await search<Problem>({ raw: '1' })).status).toBe(400);
    expect((await ask(house, 'GET', '/api/v1/cdrs/search', { token: reader })).status).toBe(405);
    expect((await ask(house, 'POST', '/api/v1/cdrs/search', { body: {} })).status).toBe(401);
  });

  it.each(['limit', 'after', 'min_duration'])('refuse a number without end: %s=1e309', async (name) => {
    const { status, body } = await ask<Problem>(house, 'GET', `/api/v1/calls?${name}=1e309`, { token: reader });
    expect([status, body.errors?.[0]?.field]).toEqual([400, name]);
    expect(body.detail).toMatch(/Infinity|"1e309"/);
  });

  it('keep a bound reader within its companies, whatever its filter says', async () => {
    const bound = await house.token('read', ['beta']);
    expect(idsOf(await get('', bound))).toEqual([3, 4]);
    for (const filter of [{ or: [{ company: 'acme' }, {}] }, { not: { company: 'beta' } }, { not: { not: {} } }, {}]) {
      const ids = idsOf(await search({ filter }, bound));
      expect(ids.filter((id) => id < 3)).toEqual([]);
      expect(idsOf(await search({ filter })).length).toBeGreaterThan(1);
    }
  });
});
