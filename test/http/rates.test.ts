// How often one principal may ask: counted over all listeners and dialects, told in headers, refused with the limit's name.
import { afterEach, expect, it } from 'vitest';
import { addUser, auditOf, password } from './people.ts';
import { adminToken, ask, openHouse, record, type House } from './support.ts';

let house: House;
let clock: { ms: number };
afterEach(() => house.close());

const open = async (limits: { reads_per_minute?: number; writes_per_minute?: number }) => {
  clock = { ms: 1_800_000_000_000 };
  house = await openHouse({ limits, now: () => clock.ms });
};
const read = (token: string, url = '/api/v1/cdrs') =>
  ask<{ detail: string; retry_after: number }>(house, 'GET', url, { token });

it('nobody is limited, and no header speaks of it, unless configured', async () => {
  await open({});
  const answers = await Promise.all(Array.from({ length: 200 }, () => read(adminToken)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(answers[0]!.headers).not.toHaveProperty('ratelimit-limit');
});

it('a principal over its reads is told the limit, its key and when to come back, and is let in again then', async () => {
  await open({ reads_per_minute: 3 });
  const rates = [];
  for (let at = 0; at < 4; at++) rates.push(await read(adminToken));
  expect(rates.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  expect(rates.map(({ headers }) => headers['ratelimit-remaining'])).toEqual(['2', '1', '0', '0']);
  clock.ms += 20_000;
  const { status, headers, body } = await read(adminToken);
  expect(status).toBe(429);
  expect(headers).toMatchObject({ 'ratelimit-limit': '3', 'ratelimit-reset': '40', 'retry-after': '40' });
  expect(body).toMatchObject({
    title: 'Too many requests',
    detail: 'more than 3 reads in a minute (limits.reads_per_minute), try again in 40 s',
    retry_after: 40,
  });
  clock.ms += 40_000;
  expect((await read(adminToken)).status).toBe(200);
});

it('each principal and each kind has a count of its own; a search is a read', async () => {
  await open({ reads_per_minute: 1, writes_per_minute: 2 });
  const other = await house.token();
  const search = () => ask(house, 'POST', '/api/v1/cdrs/search', { token: adminToken, body: {} });
  const write = () => ask(house, 'POST', '/api/v1/cdrs', { token: adminToken, body: record() });
  expect([(await search()).status, (await read(adminToken)).status, (await read(other)).status]).toEqual([
    200, 429, 200,
  ]);
  expect([(await write()).status, (await write()).status, (await write()).status]).toEqual([201, 201, 429]);
});

it('a session, a password and another dialect of one user are one principal; health and metrics are nobody', async () => {
  await open({ reads_per_minute: 2 });
  await addUser(house, 'bill');
  const body = { auth: { type: 'auth', username: 'bill', password } };
  const ipcortex = () => ask<Record<string, unknown>>(house, 'POST', '/rest/call/read', { body });
  const opened = await ask(house, 'POST', '/api/v1/session', { body: { name: 'bill', password } });
  const cookie = String(opened.headers['set-cookie']).split(';')[0]!;
  expect((await ask(house, 'GET', '/api/v1/cdrs', { headers: { cookie } })).status).toBe(200);
  expect((await ipcortex()).body['result']).toBe('success');
  const refused = await ipcortex();
  expect([refused.status, refused.headers['retry-after']]).toEqual([200, '60']);
  expect(refused.body).toEqual({
    result: 'fail',
    message: 'more than 2 reads in a minute (limits.reads_per_minute), try again in 60 s',
  });
  for (let at = 0; at < 5; at++) expect((await ask(house, 'GET', '/healthz')).status).toBe(200);
  const metrics = (await ask<string>(house, 'GET', '/metrics')).body;
  expect(metrics).toContain('cdrd_rate_limited_total{kind="reads"} 1');
  expect((await auditOf(house)).at(-1)).toMatchObject({
    action: 'refused',
    by: { name: 'bill' },
    detail: { status: 429 },
  });
});
