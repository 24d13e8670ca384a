// Cookies at the door of the feed, and rights that end while somebody listens, in all three ways to listen.
import { afterEach, describe, expect, it } from 'vitest';
import { byCommand } from '../../src/store/audit.ts';
import type { Store } from '../../src/store/store.ts';
import { hashOf } from '../../src/store/tokens.ts';
import { listen, type Listener } from './listener.ts';
import { addUser, auditOf, cookieFrom, login } from './people.ts';
import { stream } from './streamer.ts';
import { exchange } from './wire.ts';
import { adminToken, ask, openHouse, record, until, type House, type HouseOptions } from './support.ts';

let house: House;
let clock: { ms: number };
const open = async (options?: HouseOptions) => {
  clock = { ms: 1_800_000_000_000 };
  const auth = { session_idle_seconds: 1000, session_max_seconds: 2000, ...options?.auth };
  return (house = await openHouse({ limits: { live_check_seconds: 0.05 }, now: () => clock.ms, ...options, auth }));
};
afterEach(() => house.close());

/** A browser: its cookie, and the page it shows. */
const browse = (cookie: string, origin = house.url): Promise<Listener> =>
  listen(house, null, { headers: { cookie, origin } });
const enter = async (name = 'una') => cookieFrom(await login(house, name));
const refusals = async () =>
  (await auditOf(house)).filter(({ action }) => action === 'refused').map(({ by, detail }) => [by.address, detail]);

describe('the cookie of a session at /live', () => {
  it('is believed from a page of this very server, and shows what its user may see', async () => {
    await open();
    await addUser(house, 'una', { role: 'user', extensions: ['101'] });
    const client = await browse(await enter());
    await client.subscribe(0);
    await house.put([
      record({ accountcode: 'acme', src: '102', channel: 'PJSIP/102-1' }),
      record({ accountcode: 'acme', src: '101', channel: 'PJSIP/101-1' }),
    ]);
    await client.hear('cdr');
    await client.fence();
    expect(client.seqs).toEqual([2]);
  });

  it('is refused from a foreign page, and without an Origin, and the audit says so', async () => {
    await open();
    await addUser(house, 'una');
    const cookie = await enter();
    await expect(browse(cookie, 'https://evil.example')).rejects.toThrow('403');
    await expect(listen(house, null, { headers: { cookie } })).rejects.toThrow('403');
    const what = 'GET /live';
    expect(await refusals()).toEqual([
      ['127.0.0.1', { what, status: 403 }],
      ['127.0.0.1', { what: { '403 GET /live': 1 } }],
    ]);
  });

  it('is refused with 401 when the session is over; a token beside it counts from anywhere', async () => {
    await open();
    await addUser(house, 'una');
    const cookie = await enter();
    clock.ms += 1_000_000;
    await expect(browse(cookie)).rejects.toThrow('401');
    const headers = { cookie, origin: 'https://evil.example', authorization: `Bearer ${adminToken}` };
    await (await listen(house, null, { headers })).hear('hello');
  });

  it('is believed from origins that are configured for it, on the socket, on the event stream and on writes', async () => {
    await open({ cors: { origins: ['https://app.example'], credentials: 'allow' } });
    await addUser(house, 'root', { role: 'admin', companies: null });
    const cookie = await enter('root');
    await (await browse(cookie, 'https://app.example')).hear('hello');
    await expect(browse(cookie, 'https://other.example')).rejects.toThrow('403');
    const post = async (origin: string) =>
      (await ask(house, 'POST', '/api/v1/cdrs', { headers: { cookie, origin }, body: record() })).status;
    expect([await post('https://app.example'), await post('https://other.example')]).toEqual([201, 403]);
    const events = await fetch(`${house.url}/api/v1/live`, { headers: { cookie, origin: 'https://app.example' } });
    expect([events.status, events.headers.get('access-control-allow-origin')]).toEqual([200, 'https://app.example']);
    await events.body!.cancel();
  });

  it('is refused from origins that may only read with a token', async () => {
    await open({ cors: { origins: ['https://app.example'], credentials: 'deny' } });
    await addUser(house, 'una');
    await expect(browse(await enter(), 'https://app.example')).rejects.toThrow('403');
  });
});

describe('a session that ends', () => {
  const over = 'the session is over: log in again';

  it.each([
    [
      'by logout',
      async (cookie: string) => {
        const answer = await ask(house, 'DELETE', '/api/v1/session', {
          headers: { cookie, origin: 'http://localhost' },
        });
        expect(answer.status).toBe(204);
      },
    ],
    ['by its limit', async () => void (clock.ms += 2_000_000)],
    [
      'because its user is disabled',
      async () => {
        await house.store.changeUser(1, { disabled: true }, byCommand, 1);
      },
    ],
    [
      'because its user has another password',
      async () => {
        await house.store.changeUser(1, { password: 'another password' }, byCommand, 1);
      },
    ],
  ])(
    '%s ends its socket, its event stream and its waiting request, each with the reason, and nobody else',
    async (_, end) => {
      await open();
      await addUser(house, 'una');
      const cookie = await enter();
      const [, secret] = cookie.split('=');
      const socket = await browse(cookie);
      await socket.subscribe();
      const events = await stream(house, secret!);
      await events.hear('live');
      const headers = { cookie };
      const poll = fetch(`${house.url}/api/v1/changes?wait=60`, { headers }).then(async (answer) => ({
        status: answer.status,
        body: (await answer.json()) as unknown,
      }));
      const other = await listen(house, adminToken);
      await until(() => house.live.stats.clients === 4);
      await end(cookie);
      expect(await socket.gone()).toEqual({ code: 1008, reason: over });
      await events.gone();
      expect(events.frames.at(-1)).toEqual({ type: 'end', code: 1008, reason: over });
      expect(await poll).toMatchObject({ status: 401, body: { detail: over } });
      await other.fence();
      expect(other.closed).toBeNull();
    },
  );
});

describe('listening by a session', () => {
  const over = 'the session is over: log in again';
  /** All three ways to listen, by one cookie. */
  const all = async (cookie: string) => {
    const socket = await browse(cookie);
    await socket.subscribe();
    const events = await stream(house, cookie.split('=')[1]!);
    await events.hear('live');
    const poll = fetch(`${house.url}/api/v1/changes?wait=60`, { headers: { cookie } });
    await until(() => house.live.stats.clients === 3);
    return { socket, events, poll };
  };

  it('is use: it goes on beyond the idle end, up to the last one', async () => {
    await open();
    await addUser(house, 'una');
    const cookie = await enter();
    const began = clock.ms;
    const { socket, events, poll } = await all(cookie);
    const forever = { idle: Infinity, most: Infinity };
    const seen = async () =>
      (await house.store.findSession(hashOf(cookie.split('=')[1]!), forever, clock.ms * 1000))!.seen / 1000;
    // Each step is shorter than 1000 seconds, all of them are not.
    for (const seconds of [600, 1200, 1800]) {
      clock.ms = began + seconds * 1000;
      await until(async () => (await seen()) === clock.ms);
    }
    clock.ms = began + 1_999_999;
    expect((await ask(house, 'GET', '/api/v1/session', { headers: { cookie } })).status).toBe(200);
    await socket.fence();
    expect([socket.closed, events.isOver]).toEqual([null, false]);
    clock.ms = began + 2_000_000;
    expect(await socket.gone()).toEqual({ code: 1008, reason: over });
    await events.gone();
    expect((await poll).status).toBe(401);
  });

  it('ends at the last end of the session to the moment, though nobody checks and the store is away', async () => {
    let isAway = false;
    const store = (given: Store): Store => ({
      ...given,
      findSession: (...which) => (isAway ? Promise.reject(new Error('away')) : given.findSession(...which)),
    });
    const seconds = 4;
    await open({ store, now: Date.now, auth: { session_max_seconds: seconds }, limits: { live_check_seconds: 3600 } });
    await addUser(house, 'una');
    const cookie = await enter();
    const opened = performance.now();
    const { socket, events, poll } = await all(cookie);
    isAway = true;
    await Promise.all([socket.gone(), events.gone(), poll]);
    const took = performance.now() - opened;
    expect([socket.closed, (await poll).status]).toEqual([{ code: 1008, reason: over }, 401]);
    expect(took).toBeGreaterThan(seconds * 1000 - 200);
    expect(took).toBeLessThan(seconds * 1000 + 1500);
  });
});

describe('refusals of the feed', () => {
  it('are in the audit: at the upgrade and in the first message, with the address a trusted proxy names', async () => {
    await open({ auth: { trusted_proxies: ['127.0.0.1'] } });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    await expect(
      listen(house, null, { headers: { ...from('192.0.2.1').headers, authorization: 'Bearer wrong' } }),
    ).rejects.toThrow('401');
    const late = await listen(house, null, from('192.0.2.2'));
    late.say({ type: 'auth', token: 'wrong' });
    expect(await late.gone()).toEqual({ code: 1008, reason: 'the token is unknown or revoked' });
    expect(await refusals()).toEqual([
      ['192.0.2.1', { what: 'GET /live', status: 401 }],
      ['192.0.2.2', { what: 'auth message on /live', status: 401 }],
    ]);
  });

  it('tell a principal that has too many clients, and leave room for the others', async () => {
    await open({ limits: { live_clients_per_principal: 2 } });
    const token = await house.token();
    await listen(house, token);
    await (await stream(house, token)).hear('live');
    await expect(listen(house, token)).rejects.toThrow('503');
    const answer = await ask<{ detail: string }>(house, 'GET', '/api/v1/changes?wait=1', { token });
    expect([answer.status, answer.body.detail]).toEqual([
      503,
      '2 clients of test are connected, no more are let in (limits.live_clients_per_principal)',
    ]);
    await (await listen(house, adminToken)).hear('hello');
  });
});

describe('an upgrade', () => {
  const handshake = ['Connection: Upgrade', 'Upgrade: websocket', 'Host: x', `Authorization: Bearer ${adminToken}`];
  const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='];
  const asking = (...lines: string[]) => `GET /live HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  /** A close frame of a client, masked with zeros: code 1000. */
  const goodbye = '\x88\x82\x00\x00\x00\x00\x03\xe8';

  it('has an id in its answer and is counted by its route when it is let in', async () => {
    await open();
    const { status, head } = await exchange(house, asking(...handshake, ...key), goodbye);
    expect([status, /x-request-id: [\w-]{36}/i.test(head)]).toEqual([101, true]);
    expect((await ask<string>(house, 'GET', '/metrics')).body).toContain(
      'cdrd_http_request_seconds_count{method="GET",route="/live",status="101"} 1',
    );
  });

  it('that is no WebSocket is told why in a problem document', async () => {
    await open();
    const { status, head, body } = await exchange(house, asking(...handshake, 'Sec-WebSocket-Version: 13'));
    expect([status, head]).toEqual([400, expect.stringContaining('application/problem+json')]);
    expect(JSON.parse(body)).toMatchObject({
      status: 400,
      detail: expect.stringContaining('Sec-WebSocket-Key') as string,
    });
  });

  it('to another address is answered as if it had not been asked for', async () => {
    await open();
    const { status, body } = await exchange(
      house,
      asking(...handshake, ...key)
        .replace('/live', '/healthz')
        .replace('Upgrade\r', 'Upgrade, close\r'),
    );
    expect([status, body]).toEqual([200, '{"status":"ok"}']);
  });
});
