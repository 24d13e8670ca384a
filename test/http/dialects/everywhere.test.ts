// What holds in every dialect: whose tokens are good and where, what a log-in comes to, who is turned away, and what is for everybody.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claims, dialectNames, type DialectName } from '../../../src/http/dialects/names.ts';
import { routesOfApp } from '../documented.ts';
import { addUser, auditOf, cookieFrom, ownOrigin, password } from '../people.ts';
import { adminToken, ask, openHouse, record, type House } from '../support.ts';

interface Asked {
  method: 'GET' | 'POST';
  url: string;
  headers?: Record<string, string>;
  body?: object;
}

const basic = (name: string, secret: string) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
const at = (url: string, headers: Record<string, string>, body?: object): Asked => ({
  ...{ method: body ? 'POST' : 'GET', url, headers },
  ...(body ? { body } : {}),
});
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

/** Every place in which a dialect's clients show a token, with any user name where one comes with it. */
const places: Record<string, (secret: string) => Asked[]> = {
  native: (secret) => [at('/api/v1/cdrs', bearer(secret))],
  ipcortex: (secret) => [
    at('/rest/call/read', {}, { auth: { type: 'auth', key: secret } }),
    at('/rest/call/read', {}, { auth: { type: 'auth', key: secret, username: 'anybody', password: 'x' } }),
    at('/rest/call/read', { cookie: `Red60urne=${secret}` }),
    at('/rest/call/read', bearer(secret)),
  ],
  laracopilot: (secret) => [at('/api/cdrs', { cookie: `laravel_session=${secret}` }), at('/api/cdrs', bearer(secret))],
  telnyx: (secret) => [
    at('/reporting/cdr_requests', { 'x-api-user': 'anybody', 'x-api-token': secret }),
    at('/reporting/cdr_requests', { authorization: `Token ${secret}` }),
    at('/reporting/cdr_requests', bearer(secret)),
  ],
  voipstudio: (secret) => [
    at('/v1.2/voipstudio/cdrs', { 'x-auth-token': secret }),
    at('/v1.1/voipstudio/cdrs', { authorization: basic('4711', secret) }),
    at('/v1.1/voipstudio/cdrs', { authorization: basic('anybody', secret) }),
    at('/v1.1/voipstudio/cdrs', bearer(secret)),
  ],
  portsip: (secret) => [at('/at/api/cdrs', bearer(secret)), at('/at/api/user/cdrs', bearer(secret))],
};

/** What tells nothing of anybody: the words of enumerations, logging in and out, files under names nobody can guess, the web page. */
const forEverybody =
  /^(POST|DELETE) \/api\/v1\/session$|^(GET|POST) \/rest\/auth\/logout\/?$|^POST \/api\/admin\/log(in|out)\/?$|^POST \/at\/api\/login(\/oauth\/(token|revoke))?$|^GET \/v1\.\d\/voipstudio\/\w+\/dictionaries$|^POST \/v1\.\d\/voipstudio\/login(2fa)?$|^GET \/reporting\/downloads\/1$|^GET \/(page\/1\/x)?$/;

describe('every dialect', () => {
  let house: House;
  beforeAll(async () => {
    const listeners = [{}, { dialects: ['portsip' as const], prefix: '/at' }];
    house = await openHouse({ listeners, auth: { login_tries: 3 } });
    await house.put([
      record({ accountcode: 'acme' }),
      record({ accountcode: 'beta' }),
      record({ accountcode: 'beta', peeraccount: 'acme' }),
    ]);
    await addUser(house, 'bill');
  });
  afterAll(() => house.close());

  const put = ({ method, url, headers = {}, body }: Asked) =>
    ask<Record<string, unknown>>(house, method, url, { headers, ...(body ? { body } : {}) });
  /** How many records it was shown; null: it was turned away. */
  const shown = async (asked: Asked): Promise<number | null> => {
    const { status, body } = await put(asked);
    if (status !== 200 || body['result'] === 'fail') return null;
    const lists = Object.values(Array.isArray(body) ? [body] : body).filter((value) => Array.isArray(value));
    return lists[0]!.length;
  };
  const isRecords = (name: DialectName) => (name as string) !== 'telnyx';

  it.each(dialectNames)('takes any token in each of its places, whatever user name comes with it: %s', async (name) => {
    expect(Object.keys(places), 'say above where its clients show a token').toContain(name);
    const tokens: [string, number][] = [
      [adminToken, 3],
      [await house.token('read'), 3],
      [await house.token('read', ['acme']), 2],
      [await house.token('admin', ['beta']), 2],
    ];
    for (const [token, count] of tokens) {
      for (const place of places[name]!(token)) {
        const what = `${place.url} ${JSON.stringify(place.headers)}`;
        expect([what, await shown(place)]).toEqual([what, isRecords(name) ? count : 0]);
      }
    }
    for (const place of places[name]!('a-token-that-is-none')) expect(await shown(place)).toBeNull();
  });

  /** What a log-in of bill gives, put where his next requests have it. */
  const logins: Record<string, () => Promise<Asked>> = {
    'the session of our own API': async () => {
      const answer = await ask(house, 'POST', '/api/v1/session', { body: { name: 'bill', password } });
      return at('/api/v1/cdrs', { cookie: cookieFrom(answer), origin: ownOrigin });
    },
    "IPCortex's session": async () => {
      const auth = { type: 'auth', username: 'bill', password };
      return at('/rest/call/read', { cookie: cookieFrom(await ask(house, 'POST', '/rest/auth/', { body: { auth } })) });
    },
    "IPCortex's credentials in the body": () =>
      Promise.resolve(at('/rest/call/read', {}, { auth: { type: 'auth', username: 'bill', password } })),
    "LaraCopilot's session": async () => {
      const answer = await ask(house, 'POST', '/api/admin/login', { body: { email: 'bill', password } });
      return at('/api/cdrs', { cookie: cookieFrom(answer) });
    },
    "PortSIP's password grant": async () => {
      const grant = { grant_type: 'password', username: 'bill', password };
      const answer = await ask<{ access_token: string }>(house, 'POST', '/at/api/login/oauth/token', { body: grant });
      return at('/at/api/cdrs', bearer(answer.body.access_token));
    },
    "PortSIP's log-in": async () => {
      const body = { username: 'bill', password };
      const answer = await ask<{ access_token: string }>(house, 'POST', '/at/api/login', { body });
      return at('/at/api/cdrs', bearer(answer.body.access_token));
    },
    "VoIPstudio's log-in": async () => {
      const body = { email: 'bill', password };
      const answer = await ask<{ user_token: string }>(house, 'POST', '/v1.2/voipstudio/login', { body });
      return at('/v1.2/voipstudio/cdrs', { 'x-auth-token': answer.body.user_token });
    },
  };

  it.each(Object.keys(logins))('knows who has come by %s: the same user, with the same records', async (way) => {
    const before = (await auditOf(house)).length;
    expect(await shown(await logins[way]!())).toBe(2);
    const told = (await auditOf(house)).slice(before);
    for (const { action, by } of told) expect([action, by.kind, by.name]).toEqual(['login', 'user', 'bill']);
  });

  it('turns everybody away who shows nothing, but for what is public', async () => {
    const opened: string[] = [];
    const walked = new Set<DialectName>();
    for (const { method, url } of routesOfApp(house.app)) {
      const path = url.replace(/\/\*$/, '/x').replace(/:\w+(\([^)]*\))?/g, '1');
      const isPortsip = path.startsWith('/at/');
      const own = path.replace(/^\/at/, '');
      const owner = dialectNames.find(
        (name) =>
          (name === 'portsip') === isPortsip &&
          claims[name].paths.some((claim) => (claim === '/' ? own === claim : own.startsWith(claim))),
      );
      // A HEAD is a GET without the body; a route of several methods only says what it does not have.
      if (typeof method !== 'string' || method === 'HEAD' || owner === undefined || path === '/live') continue;
      walked.add(owner);
      const { status, body } = await put({ method: method as 'GET', url: path });
      if (status === 401 || body['result'] === 'fail' || forEverybody.test(`${method} ${path}`)) continue;
      opened.push(`${method} ${path}: ${status}`);
    }
    expect(opened).toEqual([]);
    expect([...walked].sort()).toEqual([...dialectNames].sort());
  });

  it('counts wrong passwords of all dialects together, and tells each to the audit', async () => {
    await addUser(house, 'tess');
    const wrong = (url: string, body: object) => put(at(url, {}, body));
    const before = (await auditOf(house)).length;
    await wrong('/api/admin/login', { email: 'tess', password: 'wrong' });
    await wrong('/at/api/login', { username: 'tess', password: 'wrong' });
    await wrong('/rest/auth', { auth: { type: 'auth', username: 'tess', password: 'wrong' } });
    const throttled = await Promise.all([
      wrong('/v1.2/voipstudio/login', { email: 'tess', password }),
      wrong('/api/v1/session', { name: 'tess', password }),
      wrong('/at/api/login/oauth/token', { grant_type: 'password', username: 'tess', password }),
      wrong('/rest/auth', { auth: { type: 'auth', username: 'tess', password } }),
    ]);
    expect(throttled.map(({ status, headers }) => [status, Number(headers['retry-after']) > 0])).toEqual([
      ...[
        [429, true],
        [429, true],
        [429, true],
        [200, true],
      ],
    ]);
    expect(throttled[3].body).toMatchObject({ result: 'fail' });
    const refused = (await auditOf(house)).slice(before).filter(({ action }) => action === 'refused');
    expect(refused.reduce((sum, { count }) => sum + count, 0)).toBe(7);
  });
});
