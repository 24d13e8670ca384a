import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NativeCdr } from '../../../../src/http/dialects/native/shape.ts';
import type { Problem } from '../../../../src/http/problem.ts';
import { adminToken, ask, openHouse, record, type House } from '../../support.ts';

interface Page {
  cdrs: NativeCdr[];
  after: number;
  more: boolean;
}

describe('GET /api/v1/cdrs', () => {
  let house: House;
  let reader: string;
  beforeAll(async () => {
    house = await openHouse({ systems: ['pbx1', 'pbx2'], limits: { page_rows: 3 } });
    reader = await house.token('read');
    await house.put([
      record({ accountcode: 'alpha', src: '100', channel: 'PJSIP/100-00000001' }),
      record({
        accountcode: 'Beta',
        start: '2026-11-22T04:00:00Z',
        disposition: 'BUSY',
        src: '200',
        channel: 'PJSIP/200-00000001',
      }),
      record({
        accountcode: 'gamma',
        peeraccount: 'alpha',
        start: '2026-11-22T05:00:00.5Z',
        src: '300',
        channel: 'PJSIP/300-00000001',
        dst: '100',
      }),
    ]);
    await house.put([record({ src: '400', channel: 'PJSIP/400-00000001' })], 'pbx2');
  });
  afterAll(() => house.close());

  const get = <Body = Page>(url: string, token = reader) => ask<Body>(house, 'GET', url, { token });
  const ids = async (query: string, token = reader) =>
    (await get(`/api/v1/cdrs?${query}`, token)).body.cdrs.map(({ id }) => id);

  it('walks all records by id, page by page', async () => {
    const first = await get('/api/v1/cdrs?limit=3');
    expect(first.body).toMatchObject({ cdrs: [{ id: 1 }, { id: 2 }, { id: 3 }], after: 3, more: true });
    const next = await get(`/api/v1/cdrs?limit=3&after=${first.body.after}`);
    expect(next.body).toMatchObject({ cdrs: [{ id: 4 }], after: 4, more: false });
    expect((await get('/api/v1/cdrs?after=4')).body).toEqual({ cdrs: [], after: 4, before: null, more: false });
  });

  it.each([
    ['company=ALPHA', [1, 3]],
    ['company=nobody', []],
    ['extension=100', [1, 3]],
    ['extension=200', [2]],
    ['system=pbx2', [4]],
    ['system=pbx9', []],
    ['disposition=BUSY', [2]],
    ['from=2026-11-22T04:00:00Z', [2, 3]],
    ['to=2026-11-22T04:00:00Z&system=pbx1', [1]],
    ['from=2026-11-22T05:00:00%2B01:00&to=2026-11-22T05:00:00.500001Z', [2, 3]],
    ['from=2026-11-22T05:00:00+01:00&to=2026-11-22T05:00:00.5Z', [2]],
    ['company=alpha&extension=300', [3]],
  ])('answers ?%s with exactly the records %j', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it.each([
    ['limit=4', 'limit: 4 is not a whole number from 1 to 3'],
    ['limit=x', 'limit: "x" is not a whole number from 1 to 3'],
    ['after=-1', 'after: -1 is not a whole number from 0'],
    ['company=', 'company: "" is not a text of 1 to 255 characters'],
    ['disposition=GONE', 'disposition: "GONE" is not one of NO ANSWER, FAILED, BUSY'],
    ['from=noon', 'from: "noon" is not a time like 2026-11-22T03:15:29Z'],
    ['compnay=alpha', 'compnay: is not known, expected one of after, limit, from'],
    ['limit=1&limit=2', 'limit: a list is not a whole number'],
    ['__proto__=1', '__proto__: is not known'],
  ])('answers ?%s with 400 and a sentence', async (query, sentence) => {
    const { status, headers, body } = await get<Problem>(`/api/v1/cdrs?${query}`);
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8']);
    expect(body).toMatchObject({ type: 'about:blank', title: 'Bad request', status: 400 });
    expect(body.detail).toContain(sentence);
    expect(body.errors).toHaveLength(1);
  });

  it('takes no token from the URL, and does not repeat it', async () => {
    const { status, body } = await ask<Problem>(house, 'GET', `/api/v1/cdrs?token=${reader}`);
    expect(status).toBe(401);
    expect(JSON.stringify(body)).not.toContain(reader);
    const both = await get<Problem>(`/api/v1/cdrs?token=${reader}`);
    expect(both.status).toBe(400);
    expect(JSON.stringify(both.body)).not.toContain(reader);
  });

  it('shows one record by its id, and 404 for one that is not there', async () => {
    const { body } = await get<NativeCdr>('/api/v1/cdrs/3');
    expect(body).toMatchObject({
      id: 3,
      system: 'pbx1',
      start: '2026-11-22T05:00:00.500000Z',
      company: 'gamma',
      target: 'alpha',
      extension: '300',
      peer_extension: '100',
    });
    expect((await get<Problem>('/api/v1/cdrs/99')).body).toMatchObject({
      status: 404,
      detail: 'there is no record 99',
    });
    expect((await get<Problem>('/api/v1/cdrs/x')).body).toMatchObject({
      status: 400,
      detail: 'id: "x" is not a whole number from 1',
    });
  });

  it('shows a company-bound reader only its own records, where their owner of all sees more', async () => {
    const bound = await house.token('read', ['ALPHA']);
    expect(await ids('after=1')).toEqual([2, 3, 4]);
    expect(await ids('after=0', bound)).toEqual([1, 3]);
    expect(await ids('company=beta', bound)).toEqual([]);
    expect(await ids('company=gamma', bound)).toEqual([3]);
    expect((await get('/api/v1/cdrs/2')).status).toBe(200);
    expect((await get('/api/v1/cdrs/2', bound)).body).toMatchObject({ status: 404, detail: 'there is no record 2' });
    expect((await get('/api/v1/cdrs/4', bound)).status).toBe(404);
    expect((await get('/api/v1/cdrs/3', bound)).status).toBe(200);
  });

  it('lets nobody in without a living token', async () => {
    const revoked = await house.store.createToken({ name: 'gone', scope: 'admin', companies: null }, 1);
    expect((await get('/api/v1/cdrs', revoked.secret)).status).toBe(200);
    await house.store.revokeToken(revoked.token.id, 2);
    for (const token of [revoked.secret, 'x', `${adminToken} `.repeat(2).trim(), 'y'.repeat(10_000)]) {
      const { status, headers } = await get('/api/v1/cdrs', token);
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
    }
    expect((await ask(house, 'GET', '/api/v1/cdrs')).status).toBe(401);
    expect((await ask(house, 'GET', '/api/v1/cdrs', { headers: { authorization: `Basic ${reader}` } })).status).toBe(
      401,
    );
  });

  it('lets CDRD_ADMIN_TOKEN in without touching the store', async () => {
    const { principalOf } = house.context.auth;
    const found = await principalOf.call(house.context.auth, adminToken);
    expect(found).toMatchObject({ id: 0, name: 'CDRD_ADMIN_TOKEN', scope: 'admin', within: null });
    expect((await house.store.listTokens()).some(({ name }) => name === 'CDRD_ADMIN_TOKEN')).toBe(false);
    expect((await get('/api/v1/cdrs', adminToken)).status).toBe(200);
  });

  it('answers HEAD as GET without a body, OPTIONS with the methods, and 405 to the others', async () => {
    const head = await ask(house, 'HEAD', '/api/v1/cdrs', { token: reader });
    expect([head.status, head.body]).toEqual([200, '']);
    expect((await ask(house, 'HEAD', '/api/v1/cdrs')).status).toBe(401);
    const options = await ask(house, 'OPTIONS', '/api/v1/cdrs');
    expect([options.status, options.headers['allow']]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
    const { status, headers, body } = await ask<Problem>(house, 'PUT', '/api/v1/cdrs/1', { body: {} });
    expect([status, headers['allow']]).toEqual([405, 'DELETE, GET, HEAD, OPTIONS, PATCH']);
    expect(body.detail).toBe('PUT does nothing here, expected one of DELETE, GET, HEAD, OPTIONS, PATCH');
  });

  it('writes no token, number or path into the log, of a path at most its route', () => {
    const lines = house.log.map((line) => JSON.stringify({ ...(JSON.parse(line) as object), route: '' }));
    expect(lines.join('')).not.toMatch(new RegExp(`${reader}|${adminToken}|442079460000|/api/v1`));
  });
});
