// One id leads from an answer to the log and back.
import { afterEach, expect, it } from 'vitest';
import { adminToken, ask, openHouse, type House, type HouseOptions } from './support.ts';

let house: House;
const open = async (options?: HouseOptions) => (house = await openHouse(options));
afterEach(() => house.close());

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const idOf = async (given?: string) => {
  const headers: Record<string, string> = given === undefined ? {} : { 'x-request-id': given };
  return String((await ask(house, 'GET', '/healthz', { headers })).headers['x-request-id']);
};

it('every answer has an id of its own, and a problem names the same', async () => {
  await open();
  const ids = [await idOf(), await idOf()];
  expect(ids.every((id) => uuid.test(id)) && ids[0] !== ids[1]).toBe(true);
  for (const [method, url] of [
    ['GET', '/nowhere'],
    ['GET', '/api/v1/cdrs'],
    ['PUT', '/api/v1/cdrs'],
    ['GET', '/api/v1/cdrs/%zz'],
  ] as const) {
    const { headers, body } = await ask<{ request_id: string }>(house, method, url);
    expect([url, body.request_id]).toEqual([url, headers['x-request-id']]);
    expect(body.request_id).toMatch(uuid);
  }
});

it('only a trusted proxy may choose it, and only one that is well formed', async () => {
  await open();
  expect(await idOf('chosen-by-anybody')).toMatch(uuid);
  const behind = await openHouse({ auth: { trusted_proxies: ['10.0.0.0/8', '127.0.0.1', '::1'] } });
  await house.close();
  house = behind;
  expect(await idOf('from-the-proxy:1')).toBe('from-the-proxy:1');
  for (const bad of ['', 'a b', 'x'.repeat(129), '{"a":1}', 'ä', '-x', 'a\tb'])
    expect([bad, await idOf(bad)]).toEqual([bad, expect.stringMatching(uuid)]);
});

it('a fault of our own tells the client the id and nothing else, and the log the id with the stack', async () => {
  await open({ store: (store) => ({ ...store, list: () => Promise.reject(new Error('secret inside')) }) });
  for (const url of ['/api/v1/cdrs', '/rest/call/read']) {
    const isNative = url.startsWith('/api');
    const body = isNative ? undefined : { auth: { type: 'auth', key: adminToken } };
    const {
      status,
      headers,
      body: told,
    } = await ask<Record<string, unknown>>(house, isNative ? 'GET' : 'POST', url, {
      token: adminToken,
      ...(body ? { body } : {}),
    });
    const id = String(headers['x-request-id']);
    const sentence = `something went wrong here; the log of cdrd says what (${id})`;
    expect([status, told[isNative ? 'detail' : 'message']]).toEqual([isNative ? 500 : 200, sentence]);
    expect(JSON.stringify(told)).not.toContain('secret inside');
    const lines = house.log
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ request, level }) => request === id && level === 'error');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'error',
      msg: 'a request failed',
      route: isNative ? 'GET /api/v1/cdrs' : 'POST /rest/call/read',
      err: { message: 'secret inside', stack: expect.stringContaining('at ') as string },
    });
  }
});

it('at debug each request is a line with its id, route, status, time and who asked; nothing of its query', async () => {
  await open();
  const token = await house.token('read');
  const { headers } = await ask(house, 'GET', '/api/v1/cdrs?src=0123456789', { token });
  await ask(house, 'GET', '/api/v1/cdrs/7?raw=1', { token: 'of-nobody' });
  const lines = house.log
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === 'a request was answered');
  expect(lines).toMatchObject([
    {
      ...{ level: 'debug', request: headers['x-request-id'], method: 'GET', route: '/api/v1/cdrs', status: 200 },
      ...{ ms: expect.any(Number) as number, principal: { kind: 'token', id: 1 }, address: '127.0.0.1' },
    },
    { route: '/api/v1/cdrs/:id', status: 401, principal: { kind: 'nobody', name: null } },
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/0123456789|of-nobody|raw/);
});
