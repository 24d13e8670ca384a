// What never becomes a request is answered with a problem document too, and repeats nothing of what came.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Problem } from '../../src/http/problem.ts';
import { openHouse, type House } from './support.ts';
import { exchange } from './wire.ts';

let house: House;
beforeEach(async () => void (house = await openHouse()));
afterEach(() => house.close());

const host = 'Host: x\r\nConnection: close\r\n';

it.each([
  [
    'an unknown method',
    'BREW /secret HTTP/1.1\r\nHost: x\r\n\r\n',
    400,
    'this does not begin with a method of HTTP/1.1; TLS is not spoken here',
  ],
  [
    'a method of WebDAV',
    `PROPFIND /api/v1/cdrs HTTP/1.1\r\n${host}\r\n`,
    501,
    'PROPFIND is not known here, expected one of DELETE, GET',
  ],
  ['no HTTP at all', 'secret secret\r\n\r\n', 400, 'this does not begin with a method'],
  [
    'a broken header',
    'GET / HTTP/1.1\r\nHost: x\r\nsecret\r\n\r\n',
    400,
    'this is not HTTP/1.1 (INVALID_HEADER_TOKEN)',
  ],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nsecret',
    400,
    'this is not HTTP/1.1 (UNEXPECTED_CONTENT_LENGTH)',
  ],
  ['no host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'the header Host is missing'],
  [
    'an expectation',
    `POST /api/v1/cdrs HTTP/1.1\r\n${host}Expect: secret\r\nContent-Length: 0\r\n\r\n`,
    417,
    'of Expect only 100-continue is known here',
  ],
  [
    'a path that is no UTF-8',
    `GET /api/v1/cdrs/%ff%zzsecret HTTP/1.1\r\n${host}\r\n`,
    400,
    'the path is not percent-encoded UTF-8',
  ],
  [
    'too long a part of a path',
    `GET /api/v1/cdrs/${'9'.repeat(101)} HTTP/1.1\r\n${host}\r\n`,
    414,
    'a part of the path is longer than 100 characters',
  ],
  [
    'headers without end',
    `GET / HTTP/1.1\r\nHost: x\r\nsecret: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'the request line and the headers are larger than 16384 bytes together',
  ],
  [
    'a URL without end',
    `GET /api/v1/cdrs?filter=${'x'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`,
    431,
    'the request line and the headers are larger than 16384 bytes together',
  ],
])('%s', async (_, bytes, status, detail) => {
  const said = await exchange(house, bytes);
  expect([said.status, said.head]).toEqual([
    status,
    expect.stringMatching(/content-type: application\/problem\+json/i) as string,
  ]);
  const problem = JSON.parse(said.body) as Problem;
  expect(problem).toMatchObject({ type: 'about:blank', status, detail: expect.stringContaining(detail) as string });
  const [, id] = /^x-request-id: (\S+)\r?$/im.exec(said.head) ?? [];
  expect(problem.request_id).toMatch(/^[0-9a-f-]{36}$/);
  expect(id).toBe(problem.request_id);
  expect(problem.title).not.toBe('Error');
  expect(said.body).not.toContain('secret');
});
