// Every error that the document promises is provoked here, or there is a reason why it cannot be.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Unavailable } from '../../../src/errors.ts';
import { byCommand } from '../../../src/store/audit.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Described, Openapi } from '../documented.ts';
import { addUser, cookieFrom, login, ownOrigin, password } from '../people.ts';
import { adminToken, ask, openHouse, record, type House } from '../support.ts';

type Method = Parameters<typeof ask>[1];
interface Attempt {
  url?: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

const foreign = { cookie: 'cdrd_session=x', origin: 'http://elsewhere.example' };
const credentials = { name: 'una', password };

/** Bodies that are good, for those who get as far as that. */
const bodies: Record<string, unknown> = {
  editCdr: {},
  changeUser: { disabled: false },
  nameCompany: { name: null },
  nameExtension: { name: null },
  changeDid: {},
  changeTrunk: {},
  changeEndpoint: {},
};

/** What provokes an error that is this operation's own: by operationId and status. */
const own: Record<string, (house: House) => Attempt | Promise<Attempt>> = {
  'login 401': () => ({ body: { ...credentials, password: 'wrong' } }),
  'login 403': () => ({ body: credentials, headers: foreign }),
  'login 429': async (house) => {
    for (let tries = 0; tries < 6; tries++)
      await ask(house, 'POST', '/api/v1/session', { body: { name: 'x', password: 'y' } });
    return { body: { name: 'x', password: 'y' } };
  },
  'login 500': () => ({ body: credentials }),
  'login 503': () => ({ body: credentials }),
  'logout 500': () => ({ headers: { cookie: 'cdrd_session=cdrs_x', origin: ownOrigin } }),
  'logout 503': () => ({ headers: { cookie: 'cdrd_session=cdrs_x', origin: ownOrigin } }),
  'postCdrs 422': () => ({ token: adminToken, body: {} }),
  'editCdr 422': async (house) => ({
    token: await house.token('write', ['acme']),
    url: '/api/v1/cdrs/1',
    body: { company: 'other' },
  }),
  'addUser 409': () => ({ token: adminToken, body: { ...credentials, role: 'billing', companies: null } }),
  'changeUser 409': async (house) => ({ ...(await asLastAdmin(house)), body: { disabled: true } }),
  'removeUser 409': (house) => asLastAdmin(house),
  'revokeToken 409': async (house) => {
    const admins = (await house.store.listUsers(0, 100)).filter(({ role }) => role === 'admin');
    for (const { id } of admins) await house.store.removeUser(id, byCommand, 2);
    const { token, secret } = await house.store.createToken({ name: 'last', scope: 'admin', companies: null }, 1);
    return { token: secret, url: `/api/v1/tokens/${token.id}` };
  },
  'addCompany 409': async (house) => {
    const attempt = { token: adminToken, body: { handle: 'ACME' } };
    await ask(house, 'POST', '/api/v1/companies', attempt);
    return attempt;
  },
  'addHold 409': async (house) => {
    const attempt = { token: adminToken, body: { number: '447700900123' } };
    await ask(house, 'POST', '/api/v1/holds', attempt);
    return attempt;
  },
  'removeCompany 409': async (house) => {
    const [acme] = await house.store.companies(null, 0, 1);
    return { token: adminToken, url: `/api/v1/companies/${acme!.id}` };
  },
  'addExtension 409': async (house) => {
    const body = { company: 'acme', number: '101' };
    await ask(house, 'POST', '/api/v1/extensions', { token: adminToken, body });
    return { token: adminToken, body };
  },
  ...Object.fromEntries(
    (['did', 'trunk', 'endpoint'] as const).flatMap(
      (kind): [string, (house: House) => Attempt | Promise<Attempt>][] => {
        const body = kind === 'did' ? { number: '1' } : kind === 'trunk' ? { peer: 'a' } : { peer: 'a', kind: 'app' };
        const word = `add${kind[0]!.toUpperCase()}${kind.slice(1)}`;
        const twice = async (house: House) => {
          await ask(house, 'POST', `/api/v1/${kind}s`, { token: adminToken, body });
          return { token: adminToken, body };
        };
        return [
          [`${word} 409`, twice],
          [`${word} 422`, () => ({ token: adminToken, ...csv('nonsense\nx\n') })],
        ];
      },
    ),
  ),
  'addCompany 422': () => ({ token: adminToken, ...csv('nonsense\nx\n') }),
  'addExtension 422': () => ({ token: adminToken, ...csv('number\n""\n') }),
  'retryReject 422': async (house) => {
    const fields = { uniqueid: '1.1', start: 'yesterday' };
    await house.ingest.post('pbx1', [{ kind: 'api', timezone: 'UTC', fields }], null);
    const [reject] = await house.store.rejects(1, {});
    return { token: adminToken, url: `/api/v1/rejects/${reject!.id}/retry` };
  },
  'getJob 400': () => ({ token: adminToken, url: `/api/v1/jobs/${'x'.repeat(65)}` }),
  'runJob 409': async (house) => {
    const now = Date.now() * 1000;
    const claim = { name: 'optimize', runner: 'another', now, deadBefore: 0, by: byCommand };
    await house.store.claimJob(claim);
    return { token: adminToken, url: '/api/v1/jobs/optimize/run' };
  },
  'postCdrs 410': async (house) => ({ token: adminToken, body: (await taken(house)).fields }),
  'explainCdr 410': async (house) => ({
    token: adminToken,
    url: `/api/v1/cdrs/${(await taken(house)).id}/explain`,
  }),
  ...Object.fromEntries(
    ['replayDelivery', 'discardDelivery'].map((name) => [
      `${name} 409`,
      async (house: House) => {
        const id = await house.store.addPing('crm', byCommand, 1);
        return { token: adminToken, url: `/api/v1/deliveries/${id}${name === 'replayDelivery' ? '/replay' : ''}` };
      },
    ]),
  ),
  'changes 406': () => ({ token: adminToken, url: '/api/v1/changes', headers: { accept: 'text/csv' } }),
  'changes 409': () => ({ token: adminToken, url: '/api/v1/changes?after=0&generation=other' }),
  'live 426': () => ({}),
};

/** Why nobody provokes it here. */
const reasons: Record<string, string> = {
  'live 400': 'said to an upgrade: liveroute.long.test.ts',
  'live 401': 'said to an upgrade: liveroute.long.test.ts',
  'live 403': 'said to an upgrade: liveroute.long.test.ts',
  'live 503': 'said to an upgrade: liveroute.long.test.ts',
};

const csv = (body: string) => ({ body, headers: { 'content-type': 'text/csv' } });

/** A record that retention has taken. */
async function taken(house: House) {
  const fields = record();
  await house.put([fields]);
  const [cdr] = await house.store.list({ within: null, limit: 1, order: '-id' });
  await house.store.expire([cdr!.id], Date.now() * 1000);
  return { id: cdr!.id, fields };
}

/** Somebody who has had all reads and writes of a minute. */
async function exhausted(house: House): Promise<Attempt> {
  Object.assign(house.context.limits, { reads_per_minute: 1, writes_per_minute: 1 });
  const token = await house.token('admin', ['acme']);
  await ask(house, 'GET', '/api/v1/session', { token });
  await ask(house, 'PATCH', '/api/v1/cdrs/999999', { token, body: {} });
  return { token };
}

/** The one admin there is, speaking of itself. */
async function asLastAdmin(house: House): Promise<Attempt> {
  const known = (await house.store.listUsers(0, 100)).find(({ name }) => name === 'root');
  const { id } = known ?? (await addUser(house, 'root', { role: 'admin', companies: null }));
  const cookie = cookieFrom(await login(house, 'root'));
  return { headers: { cookie, origin: ownOrigin }, url: `/api/v1/users/${id}` };
}

/** What provokes the error of this status in any route. */
const usual: Record<number, (method: Method, path: string, id: string) => Attempt> = {
  400: (method, path) => ({
    token: adminToken,
    ...(path.includes('{id}')
      ? { url: path.replace('{id}', 'x') }
      : method === 'GET'
        ? { url: `${path}?nonsense=1` }
        : {}),
    ...(method === 'GET' ? {} : { body: '{' }),
  }),
  401: () => ({}),
  403: () => ({ headers: foreign }),
  404: (_method, path, id) => ({
    token: adminToken,
    url: path.replace('{id}', '999999'),
    ...(id in bodies ? { body: bodies[id] } : {}),
  }),
  413: () => ({ token: adminToken, body: ' '.repeat(10_000) }),
  415: () => ({ token: adminToken, body: '<a/>', headers: { 'content-type': 'text/xml' } }),
  // The store is broken, or away: whoever shows a token finds out.
  500: () => ({ token: 'some-token-of-a-store' }),
  503: () => ({ token: 'some-token-of-a-store' }),
};

describe('the errors that /openapi.json promises', () => {
  let house: House;
  let fault: Error | null = null;
  let operations: [method: Method, path: string, operation: Described][];
  beforeAll(async () => {
    const failing = (store: Store) =>
      new Proxy(store, {
        get: (target, name) => {
          const own = target[name as keyof Store];
          if (fault === null || typeof own !== 'function') return own;
          return () => Promise.reject(fault!);
        },
      });
    house = await openHouse({ limits: { body_bytes: 4096 }, store: failing });
    await house.put([record({ accountcode: 'acme' })]);
    await addUser(house, 'una');
    const { paths } = (await ask<Openapi>(house, 'GET', '/openapi.json')).body;
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [method.toUpperCase(), path, operation] as never),
    );
  });
  afterAll(() => house.close());

  const provoke = async (method: Method, path: string, id: string, status: number) => {
    const special = own[`${id} ${status}`];
    const attempt = special
      ? await special(house)
      : status === 429
        ? await exhausted(house)
        : usual[status]?.(method, path, id);
    if (!attempt) return 'nothing provokes it';
    if (status === 500) fault = new Error('broken');
    if (status === 503) fault = new Unavailable('the store is away');
    const url = attempt.url ?? path.replace('{id}', '1');
    const answer = await ask(house, method, url, attempt);
    fault = null;
    Object.assign(house.context.limits, { reads_per_minute: 0, writes_per_minute: 0 });
    return answer.status === status ? null : `answered ${answer.status} ${JSON.stringify(answer.body)}`;
  };

  it('come when they should, each of them', { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    for (const [method, path, { operationId, responses, tags }] of operations) {
      for (const status of Object.keys(responses).map(Number)) {
        if (status < 400 || tags[0] === 'daemon' || `${operationId} ${status}` in reasons) continue;
        const found = await provoke(method, path, operationId, status);
        if (found !== null) wrong.push(`${operationId} ${status} (${method} ${path}): ${found}`);
      }
    }
    expect(wrong, 'add to "own" what provokes it, or to "reasons" why nothing here can').toEqual([]);
  });

  it('are all there are: what is told here of no operation is taken away', () => {
    const known = operations.flatMap(([, , { operationId, responses }]) =>
      Object.keys(responses).map((status) => `${operationId} ${status}`),
    );
    expect([...Object.keys(own), ...Object.keys(reasons)].filter((name) => !known.includes(name))).toEqual([]);
  });
});
