// Two dialects that own one path, on one listener: over a real socket, what a request shows says who is meant.
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenerFaults } from '../../src/http/listenerfaults.ts';
import { addUser, password } from './people.ts';
import { adminToken, openHouse, record, type House } from './support.ts';

describe('LaraCopilot and PortSIP on one listener that negotiates', () => {
  let house: House;
  /** One connection for all: nothing of one request may decide for the next. */
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  beforeAll(async () => {
    house = await openHouse({ listeners: [{ dialects: ['laracopilot', 'portsip'], negotiate: true }] });
    await house.put([record()]);
    await addUser(house, 'bill');
  });
  afterAll(async () => {
    agent.destroy();
    await house.close();
  });

  const ask = async (method: string, path: string, headers: Record<string, string> = {}, body = '') =>
    new Promise<{ status: number; headers: Record<string, unknown>; who: string; body: Record<string, unknown> }>(
      (resolve, reject) => {
        const asked = request(`${house.url}${path}`, { method, headers, agent }, (answer) => {
          sockets.add(answer.socket);
          void text(answer).then((told) => {
            const json = (told === '' ? {} : JSON.parse(told)) as Record<string, unknown>;
            // By their envelopes.
            const isPortsip = 'items' in json || 'errors' in json || 'access_token' in json;
            const who = isPortsip ? 'portsip' : 'message' in json ? 'laracopilot' : 'nobody';
            resolve({ status: answer.statusCode!, headers: answer.headers, who, body: json });
          }, reject);
        });
        asked.on('error', reject);
        asked.end(body);
      },
    );
  const token = { authorization: `Bearer ${adminToken}` };
  const cookie = { cookie: `laravel_session=${adminToken}` };
  const json = { 'content-type': 'application/json' };

  it.each([
    ['a bearer token', 'GET', '/api/cdrs', token, 200, 'portsip'],
    [
      'a bearer token, however it is spelt',
      'GET',
      '/api/cdrs/1',
      { authorization: `bearer  ${adminToken}` },
      200,
      'portsip',
    ],
    ['a session cookie', 'GET', '/api/cdrs', cookie, 200, 'laracopilot'],
    ['a session cookie, for one', 'GET', '/api/cdrs/1', cookie, 200, 'laracopilot'],
    ['both, the bearer token', 'GET', '/api/cdrs', { ...token, ...cookie }, 200, 'portsip'],
    ['nothing', 'GET', '/api/cdrs', {}, 401, 'laracopilot'],
    [
      'a name and a password, which neither takes',
      'GET',
      '/api/cdrs',
      { authorization: 'Basic eDp5' },
      401,
      'laracopilot',
    ],
    ['a bearer token that is none', 'GET', '/api/cdrs', { authorization: 'Bearer x' }, 401, 'portsip'],
    ['a cookie that is none', 'GET', '/api/cdrs', { cookie: 'laravel_session=x' }, 401, 'laracopilot'],
    ['a bearer token, of what there is none', 'GET', '/api/cdrs/99', token, 404, 'portsip'],
    ['a cookie, of what there is none', 'GET', '/api/cdrs/99', cookie, 404, 'laracopilot'],
    ['a bearer token, by a method that is not there', 'DELETE', '/api/cdrs/1', token, 405, 'portsip'],
    ['a cookie, by a method that is not there', 'DELETE', '/api/cdrs', cookie, 405, 'laracopilot'],
    ['a bearer token, at an address that nobody has', 'GET', '/api/nothing', token, 404, 'portsip'],
    ['a cookie, at an address that nobody has', 'GET', '/api/nothing', cookie, 404, 'laracopilot'],
    ['a bearer token, in a path that is no text', 'GET', '/api/cdrs/%ff', token, 400, 'portsip'],
    ['a cookie, in a path that is no text', 'GET', '/api/cdrs/%ff', cookie, 400, 'laracopilot'],
  ])('of a shared path, with %s', async (_what, method, path, headers, status, who) => {
    const answer = await ask(method, path, headers);
    expect([answer.status, answer.who, answer.headers['vary']]).toEqual([status, who, 'Authorization, Cookie']);
  });

  it('a page of another origin is told both: what it may read, and what decided', async () => {
    const cors = { origins: ['https://app.example'], credentials: 'deny' as const };
    const open = await openHouse({ listeners: [{ dialects: ['laracopilot', 'portsip'], negotiate: true, cors }] });
    try {
      const { headers } = await open.app.inject({
        url: '/api/cdrs',
        headers: { origin: 'https://app.example', ...token },
      });
      expect(headers).toMatchObject({
        'access-control-allow-origin': 'https://app.example',
        vary: 'Authorization, Cookie, Origin',
      });
    } finally {
      await open.close();
    }
  });

  it.each([
    ['/api/tenants', token, 200, 'laracopilot'],
    ['/api/admin/me', token, 200, 'laracopilot'],
    ['/api/user/cdrs', token, 200, 'portsip'],
    ['/api/user/cdrs', {}, 401, 'portsip'],
    ['/api/login', token, 200, 'portsip'],
  ])('%s is whose it is alone, whatever is shown', async (path, headers, status, who) => {
    const answer = await ask('GET', path, headers);
    expect([answer.status, answer.who, answer.headers['vary']]).toEqual([status, who, undefined]);
  });

  it('a POST with a bearer token is a list, and with a cookie a new record', async () => {
    const listed = await ask('POST', '/api/cdrs', { ...token, ...json }, '{"top":1}');
    expect([listed.status, listed.who, listed.body['count']]).toEqual([200, 'portsip', 1]);
    const judged = await ask('POST', '/api/cdrs', { ...cookie, ...json }, '{}');
    expect([judged.status, judged.body]).toEqual([
      422,
      expect.objectContaining({
        errors: expect.objectContaining({ tenant_id: expect.any(Array) as object }) as object,
      }),
    ]);
  });

  it('each vendor logs in its own way, and is understood with what it was given', async () => {
    const panel = await ask('POST', '/api/admin/login', json, JSON.stringify({ email: 'bill', password }));
    const session = String(panel.headers['set-cookie']).split(';')[0]!;
    expect((await ask('GET', '/api/cdrs', { cookie: session })).who).toBe('laracopilot');
    const form = new URLSearchParams({ grant_type: 'password', username: 'bill', password }).toString();
    const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };
    const { body } = await ask('POST', '/api/login/oauth/token', urlencoded, form);
    const own = { authorization: `Bearer ${String(body['access_token'])}` };
    expect(await ask('GET', '/api/cdrs', own)).toMatchObject({ status: 200, who: 'portsip' });
    // All of it came over one connection.
    expect(sockets.size).toBe(1);
  });
});

it('without it the two on one listener are a fault that names the ways out', () => {
  const at = { host: '127.0.0.1', port: 8080 };
  const dialects = ['laracopilot', 'portsip'];
  const [fault, ...others] = listenerFaults([{ ...at, dialects }]);
  expect([fault, others]).toEqual([
    [
      0,
      ['dialects'],
      'laracopilot and portsip both own /api/cdrs: put one of them on a listener of its own (another port), or give it an entry of ' +
        'its own with a vhost or a prefix, or set negotiate: true (requests with a bearer token go to portsip)',
    ],
    [],
  ]);
  const ways = [
    [{ ...at, dialects, negotiate: true }],
    [
      { ...at, dialects: ['laracopilot'] },
      { ...at, port: 8887, dialects: ['portsip'] },
    ],
    [
      { ...at, dialects: ['laracopilot'] },
      { ...at, vhost: 'pbx.example', dialects: ['portsip'] },
    ],
    [
      { ...at, dialects: ['laracopilot'] },
      { ...at, prefix: '/portsip', dialects: ['portsip'] },
    ],
  ];
  for (const listeners of ways) expect(listenerFaults(listeners)).toEqual([]);
});
