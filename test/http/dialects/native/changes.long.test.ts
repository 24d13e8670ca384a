// GET /api/v1/changes: a page of the change sequence at once, or as soon as there is one.
import { get } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../../../src/http/problem.ts';
import { adminToken, ask, openHouse, record, records, until, type House, type HouseOptions } from '../../support.ts';

interface Page {
  generation: string;
  changes: { seq: number; op: string; cdr: { id: number } }[];
  after: number;
  more: boolean;
}

describe('GET /api/v1/changes', () => {
  let house: House;
  const open = async (options?: HouseOptions) => (house = await openHouse(options));
  afterEach(() => house.close());

  const changes = async <Body = Page>(query: string, token = adminToken) =>
    (await ask<Body>(house, 'GET', `/api/v1/changes?${query}`, { token })).body;
  const seqs = (page: Page) => page.changes.map(({ seq }) => seq);
  const fill = async (count: number) => {
    await house.put(records(count));
    await until(() => house.feed.head === count);
  };
  /** A request whose connection can be cut. */
  const wait = (query: string) => {
    const options = { headers: { authorization: `Bearer ${adminToken}` }, agent: false };
    const request = get(`${house.url}/api/v1/changes?${query}`, options);
    const answer = new Promise<Page>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.on('data', (data: Buffer) => (text += data.toString()));
        response.on('end', () => resolve(JSON.parse(text) as Page));
      });
    });
    return { request, answer };
  };

  it('walks the sequence page by page, each change once, and says where it ends', async () => {
    await open();
    await fill(5);
    const first = await changes('after=0&limit=2');
    expect(first).toMatchObject({
      generation: house.store.generation,
      changes: [
        { seq: 1, op: 'created', cdr: { id: 1, system: 'pbx1', start: '2026-11-22T03:15:29Z' } },
        { seq: 2, op: 'created', cdr: { id: 2 } },
      ],
      after: 2,
      more: true,
    });
    const next = await changes(`after=${first.after}&generation=${first.generation}&limit=3`);
    expect([seqs(next), next.after, next.more]).toEqual([[3, 4, 5], 5, false]);
    const end = { generation: house.store.generation, changes: [], after: 5, more: false };
    expect(await changes('after=5')).toEqual(end);
    expect(await changes('')).toEqual(end);
  });

  it('moves the place on past what the filter keeps back, and tells as deleted what left the view', async () => {
    await open();
    const moving = record({ accountcode: 'alpha' });
    await house.put([moving, ...records(3)]);
    await house.put([{ ...moving, custom: { company: 'beta' } }]);
    await until(() => house.feed.head === 5);
    expect(await changes('after=1&company=nobody')).toMatchObject({ changes: [], after: 5, more: false });
    const left = [{ seq: 5, op: 'deleted', cdr: { id: 1 } }];
    expect((await changes('after=1&company=ALPHA')).changes).toEqual(left);
    expect((await changes('after=1', await house.token('read', ['alpha']))).changes).toEqual(left);
  });

  it('says resync with 409 for a place that is not here, with the reason and where to go on', async () => {
    await open();
    await fill(3);
    const here = { status: 409, generation: house.store.generation, seq: 3 };
    expect(await changes<Problem>('after=4&wait=60')).toMatchObject({ ...here, reason: 'place' });
    expect(await changes<Problem>('after=1&generation=old')).toMatchObject({ ...here, reason: 'generation' });
    const { headers } = await ask(house, 'GET', '/api/v1/changes?after=4', { token: adminToken });
    expect(headers['content-type']).toContain('application/problem+json');
  });

  it('says each limit in the message about it', async () => {
    await open({ limits: { page_rows: 50, live_wait_seconds: 20 } });
    const detail = async (query: string) => (await changes<Problem>(query)).detail;
    expect(await detail('wait=21')).toBe('wait: 21 is not a whole number from 0 to 20 (limits.live_wait_seconds)');
    expect(await detail('limit=51')).toBe('limit: 51 is not a whole number from 1 to 50 (limits.page_rows)');
    expect(await detail('after=-1')).toContain('after: -1 is not a whole number from 0');
    expect(await detail('from=x')).toContain('from: "x" is not a time');
    expect(await detail('order=id')).toContain('order: is not known');
    expect((await ask(house, 'GET', '/api/v1/changes?after=0')).status).toBe(401);
  });

  it('waits for the first change that its filter lets through, and answers all of one commit', async () => {
    await open();
    const { answer } = wait('after=0&wait=60&company=alpha');
    await until(() => house.live.stats.clients === 1);
    await house.put(records(2));
    await until(() => house.feed.head === 2);
    expect(house.live.stats.clients).toBe(1);
    await house.put(records(3, { accountcode: 'alpha' }));
    const page = await answer;
    expect([seqs(page), page.after, page.more]).toEqual([[3, 4, 5], 5, false]);
    await until(() => house.live.stats.clients === 0);
  });

  it('takes no more of a commit than its limit, and leaves the rest for the next request', async () => {
    await open();
    const { answer } = wait('after=0&wait=60&limit=2');
    await until(() => house.live.stats.clients === 1);
    await house.put(records(3));
    const page = await answer;
    expect([seqs(page), page.after]).toEqual([[1, 2], 2]);
    expect(seqs(await changes('after=2'))).toEqual([3]);
  });

  it('answers with nothing and the place it has come to when its wait is over', async () => {
    await open();
    await fill(2);
    const began = performance.now();
    const page = await wait('after=0&wait=1&company=nobody').answer;
    expect(page).toEqual({ generation: house.store.generation, changes: [], after: 2, more: false });
    expect(performance.now() - began).toBeGreaterThan(950);
  });

  it('ends its wait when the client hangs up', async () => {
    await open();
    const { request, answer } = wait('wait=60');
    await until(() => house.live.stats.clients === 1);
    request.destroy();
    await expect(answer).rejects.toThrow('socket hang up');
    await until(() => house.live.stats.clients === 0);
  });

  it('answers at once when the daemon stops, and lets nobody wait after', async () => {
    await open();
    const { answer } = wait('wait=60&company=nobody');
    await until(() => house.live.stats.clients === 1);
    await fill(1);
    const began = performance.now();
    await house.live.close();
    expect(await answer).toEqual({ generation: house.store.generation, changes: [], after: 1, more: false });
    expect(performance.now() - began).toBeLessThan(450);
    expect(await changes<Problem>('wait=1')).toMatchObject({ status: 503, detail: 'cdrd is stopping' });
  });

  it('lets no more wait than live_clients says', async () => {
    await open({ limits: { live_clients: 1 } });
    const { request, answer } = wait('wait=60');
    answer.catch(() => undefined);
    await until(() => house.live.stats.clients === 1);
    expect(await changes<Problem>('wait=1')).toMatchObject({ status: 503 });
    expect(await changes('wait=0')).toMatchObject({ after: 0 });
    request.destroy();
  });

  it('looks at no more than 20,000 changes for one answer, and says where to go on', async () => {
    await open({
      store: (store) => ({
        ...store,
        head: async () => 25_000,
        changes: async (after, upTo, limit) => {
          const [change] = await store.changes(0, 1, 1);
          const count = Math.min(limit, upTo - after);
          return Array.from({ length: count }, (_, at) => ({ ...change!, seq: after + 1 + at }));
        },
      }),
    });
    await house.put(records(1));
    const first = await changes('after=0&wait=60&company=nobody');
    expect(first).toMatchObject({ changes: [], after: 20_000, more: true });
    expect(await changes('after=20000&company=nobody')).toMatchObject({ after: 25_000, more: false });
  });

  it('answers 500, and not nothing, when the past cannot be read', async () => {
    await open({ store: (store) => ({ ...store, changes: () => Promise.reject(new Error('gone')) }) });
    await fill(1);
    expect(await changes<Problem>('after=0&wait=60')).toMatchObject({ status: 500 });
    expect(house.live.stats.clients).toBe(0);
  });
});
