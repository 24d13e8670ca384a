// Every limit of the edge, hit: whoever reaches one is told its size, and its key where it can be set.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filterLimits } from '../../src/http/filter.ts';
import { headersMax } from '../../src/http/socketfaults.ts';
import { listen, type Listener } from './listener.ts';
import { addUser, login } from './people.ts';
import { adminToken, ask, flood, openHouse, record, records, type House } from './support.ts';
import { exchange } from './wire.ts';

const limits = {
  ...{ body_bytes: 20_000, page_rows: 5, post_rows: 3, reads_per_minute: 1000, writes_per_minute: 8 },
  ...{ live_clients: 40, live_clients_per_principal: 6, live_subscriptions: 2, live_wait_seconds: 7 },
};
let house: House;
beforeAll(async () => {
  house = await openHouse({ limits, auth: { login_tries: 1 }, loginSeconds: 0.3 });
});
afterAll(() => house.close());

const api = '/api/v1';
const detailOf = async (method: 'GET' | 'POST' | 'PATCH', url: string, body?: unknown, token = adminToken) => {
  const { status, body: told } = await ask<{ detail: string; message: string }>(house, method, url, {
    token,
    ...(body === undefined ? {} : { body }),
  });
  return `${status} ${told.detail ?? told.message}`;
};
const nested = (depth: number): object => (depth === 1 ? { src: '1' } : { not: nested(depth - 1) });
const search = (filter: object) => detailOf('POST', `${api}/cdrs/search`, { filter });

describe('a limit of requests says itself', () => {
  const many = (count: number, part: object = { src: '1' }) => Array.from({ length: count }, () => part);
  it.each<[string, () => Promise<string>, string]>([
    [
      'body',
      () => detailOf('POST', `${api}/cdrs`, 'x'.repeat(20_001)),
      '413 the body is larger than 20000 bytes (limits.body_bytes)',
    ],
    [
      'body of a login',
      () => detailOf('POST', `${api}/session`, 'x'.repeat(9000)),
      '413 the body is larger than 8192 bytes',
    ],
    [
      'body of IPCortex',
      () => detailOf('POST', '/rest/call/read', 'x'.repeat(70_000)),
      '200 the body is larger than 65536 bytes',
    ],
    [
      'rows of a POST',
      () => detailOf('POST', `${api}/cdrs`, records(4)),
      '413 4 records in one request, at most 3 (limits.post_rows)',
    ],
    ...(
      [
        'cdrs',
        'changes',
        'companies',
        'extensions',
        'users',
        'tokens',
        'audit',
        'deliveries',
        'cdrs/1/history',
      ] as const
    ).map((list): [string, () => Promise<string>, string] => [
      `page of ${list}`,
      () => detailOf('GET', `${api}/${list}?limit=6`),
      '400 limit: 6 is not a whole number from 1 to 5 (limits.page_rows)',
    ]),
    [
      'page of a search',
      () => detailOf('POST', `${api}/cdrs/search`, { limit: 6 }),
      '400 limit: 6 is not a whole number from 1 to 5 (limits.page_rows)',
    ],
    [
      'page of IPCortex',
      () =>
        detailOf('POST', '/rest/call/read', { scope: { maxRows: 10_001 }, auth: { type: 'auth', key: adminToken } }),
      '200 maxRows: 10001 is not a whole number from 1 to 10000 or null',
    ],
    [
      'wait',
      () => detailOf('GET', `${api}/changes?wait=8`),
      '400 wait: 8 is not a whole number from 0 to 7 (limits.live_wait_seconds)',
    ],
    [
      'filter in a URL',
      () => detailOf('GET', `${api}/cdrs?filter=${'x'.repeat(4097)}`),
      'is not a text of 1 to 4096 characters',
    ],
    ['depth of a filter', () => search(nested(9)), `deeper than ${filterLimits.depth} filters`],
    ['parts of a filter', () => search({ and: many(51) }), 'has 51 parts, expected 1 to 50'],
    ['size of a filter', () => search({ and: many(5, { or: many(50) }) }), 'than the 200 that may be inside one'],
    [
      'words of a search',
      () => search({ text: 'a b c d e f g h i', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }),
      'has 9 words, expected at most 8',
    ],
    [
      'range of a search for words',
      () => search({ text: 'a', from: '2025-01-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }),
      'at most 366 days apart',
    ],
    ['value of a condition', () => search({ src: 'x'.repeat(256) }), 'is not a text of 1 to 255 characters'],
    [
      'note',
      () => detailOf('PATCH', `${api}/cdrs/1`, { note: 'x'.repeat(4097) }),
      'is not a text of 0 to 4096 characters or null',
    ],
    [
      'tags',
      () => detailOf('PATCH', `${api}/cdrs/1`, { tags: many(51, {}).map((_, at) => String(at)) }),
      'tags: a list of 51 is not a list of up to 50',
    ],
    [
      'field of a record',
      () => detailOf('POST', `${api}/cdrs`, record({ src: 'x'.repeat(256) })),
      'has 256 characters, expected at most 255',
    ],
    [
      'part of a path',
      () => detailOf('GET', `${api}/cdrs/${'1'.repeat(101)}`),
      '414 a part of the path is longer than 100 characters',
    ],
    [
      'headers',
      async () => (await exchange(house, `GET /healthz HTTP/1.1\r\nx: ${'x'.repeat(headersMax)}\r\n\r\n`)).body,
      `larger than ${headersMax} bytes together`,
    ],
    [
      'wrong passwords',
      async () => {
        await addUser(house, 'bob');
        await login(house, 'bob', 'wrong password');
        const { status, headers, body } = await login(house, 'bob');
        return `${status} ${String(headers['retry-after'])} ${String(body['detail'])}`;
      },
      '429 300 too many wrong passwords (auth.login_tries), try again in 300 s',
    ],
    [
      'writes of a principal',
      async () => {
        const writer = await house.token('write');
        for (let at = 0; at < 8; at++) await detailOf('POST', `${api}/cdrs`, record(), writer);
        return detailOf('POST', `${api}/cdrs`, record(), writer);
      },
      '429 more than 8 writes in a minute (limits.writes_per_minute), try again in',
    ],
  ])('%s', async (_, hit, expected) => {
    expect(await hit()).toContain(expected);
  });
});

describe('a limit of the feed says itself', () => {
  const reasonOf = async (client: Listener) => {
    const { code, reason } = await client.gone();
    return `${code} ${reason}`;
  };
  it.each<[string, () => Promise<string>, string]>([
    [
      'token in time',
      async () => reasonOf(await listen(house, null)),
      '1008 no token within 0.3 s (auth.login_seconds)',
    ],
    [
      'size of a message',
      async () => {
        const client = await listen(house, adminToken);
        client.ws.send('x'.repeat(8193));
        return reasonOf(client);
      },
      '1009 the message is larger than 8192 bytes',
    ],
    [
      'number of messages',
      async () => {
        const client = await listen(house, adminToken);
        for (let at = 0; at < 103; at++) {
          client.ws.send('x');
          await client.until(() => client.closed !== null || client.frames.length > at + 1);
        }
        return reasonOf(client);
      },
      '4429 more than 102 messages in 60 s (100 and limits.live_subscriptions)',
    ],
    [
      'subscriptions',
      async () => {
        const client = await listen(house, adminToken);
        for (const id of ['a', 'b', 'c']) client.say({ type: 'subscribe', id });
        const { message } = await client.hear('error');
        client.ws.terminate();
        return message!;
      },
      '2 subscriptions are open, no more are taken (limits.live_subscriptions)',
    ],
    [
      'clients of a principal',
      async () => {
        const token = await house.token();
        const clients = await Promise.all(Array.from({ length: 6 }, () => listen(house, token)));
        const told = await detailOf('GET', `${api}/changes?wait=1`, undefined, token);
        for (const { ws } of clients) ws.terminate();
        return told;
      },
      '503 6 clients of test are connected, no more are let in (limits.live_clients_per_principal)',
    ],
    [
      'clients',
      async () => {
        const clients: Listener[] = [];
        while (house.live.stats.clients < 40) clients.push(await listen(house, await house.token()));
        const told = await detailOf('GET', `${api}/changes?wait=1`);
        for (const { ws } of clients) ws.terminate();
        return told;
      },
      '503 40 clients are connected, no more are let in (limits.live_clients)',
    ],
  ])('%s', async (_, hit, expected) => {
    expect(await hit()).toContain(expected);
  });

  it('what waits for a client that reads too slowly, to it and once in the log with who and from where', async () => {
    const slow = await openHouse({ limits: { live_buffer_bytes: 65_536 } });
    const heavy = { clid: 'c'.repeat(4000), lastdata: 'l'.repeat(4000), userfield: 'u'.repeat(4000) };
    for (const cut of [1, 2]) {
      const client = await listen(slow, adminToken);
      await client.subscribe();
      client.ws.pause();
      await flood(
        () => slow.live.stats.cuts >= cut,
        () => slow.put(records(50, heavy)),
      );
      client.ws.resume();
      const reason = 'too slow: over 65536 bytes wait (limits.live_buffer_bytes); resume with after = your last seq';
      expect(await reasonOf(client)).toBe(`1013 ${reason}`);
    }
    const lines = slow.log.filter((line) => line.includes('was cut')).map((line) => JSON.parse(line) as object);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'warn',
      who: 'CDRD_ADMIN_TOKEN',
      address: '127.0.0.1',
      reason: 'over 65536 bytes wait (limits.live_buffer_bytes)',
      request: expect.stringMatching(/^[\w-]{36}$/) as string,
    });
    await slow.close();
  });
});
