// Whatever comes in from the network or stands in the configuration is answered or named, never a crash: HTTP, WebSocket, YAML.
import { expect, it, onTestFinished } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { loadConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';
import { adminToken, openHouse, record } from '../http/support.ts';
import { heapMb } from '../support/memory.ts';
import { anyValue, mutated, oddText } from './mutate.ts';
import { many, randomFor } from './seed.ts';

const growthMb = 40;
const methods = ['GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'HEAD', 'OPTIONS'] as const;
const paths = [
  ...[
    '/api/v1/cdrs',
    '/api/v1/cdrs?limit=5&after=0',
    '/api/v1/cdrs/1',
    '/api/v1/cdrs/1/history',
    '/api/v1/cdrs/search',
  ],
  ...['/api/v1/cdrs?filter={"not":{"disposition":"BUSY"}}', '/api/v1/changes?after=0&limit=10', '/api/v1/session'],
  ...['/api/v1/companies', '/api/v1/extensions', '/api/v1/users', '/api/v1/tokens', '/api/v1/audit?limit=3'],
  ...['/rest/call/read', '/rest/auth/', '/rest/auth/logout', '/healthz', '/readyz', '/metrics', '/live', '/nowhere'],
];
const bodies = [
  ...[
    record(),
    [record(), record()],
    { note: 'x', tags: ['a'] },
    { filter: { company: 'acme' }, order: '-start', limit: 5 },
  ],
  ...[
    { type: 'cdr', scope: { minID: 1, maxRows: 5 }, auth: { type: 'auth', key: adminToken } },
    { name: 'bob', password: 'x' },
  ],
];

it('fuzz: HTTP paths, headers and bodies are answered, none with a 5xx of ours, in bounded memory', async () => {
  const random = randomFor('fuzz http');
  const house = await openHouse({ auth: { login_tries: 1_000_000 } });
  onTestFinished(() => house.close());
  const before = heapMb();
  const bad: string[] = [];
  for (let sent = 0; sent < many(10_000, 1_000_000); sent += 1) {
    const method = random.pick(methods);
    const path = random.pick(paths);
    const url = encodeURI((random.chance(0.5) ? `/${mutated(random, path.slice(1))}` : path).toWellFormed());
    const json = JSON.stringify(random.chance(0.4) ? anyValue(random) : random.pick(bodies));
    const payload = random.chance(0.5) ? mutated(random, json) : json;
    const type = random.chance(0.9) ? 'application/json' : random.pick(['text/plain', 'multipart/form-data', 'x', '']);
    const token = random.chance(0.9) ? adminToken : encodeURIComponent(oddText(random).toWellFormed());
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const hasBody = !['GET', 'HEAD'].includes(method);
    const answer = await house.app.inject({ method, url, headers, ...(hasBody ? { payload } : {}) });
    if (answer.statusCode >= 500) bad.push(`${method} ${url} ${payload}: ${answer.statusCode} ${answer.payload}`);
  }
  expect(bad).toEqual([]);
  for (const { received, stored, duplicate, rejected, expired } of house.ingest.reports()) {
    expect(received).toBe(stored + duplicate + rejected + expired);
  }
  expect(house.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  house.log.length = 0;
  expect(heapMb() - before).toBeLessThan(growthMb);
});

it('fuzz: bytes that are hardly HTTP end their connection and nothing else', async () => {
  const random = randomFor('fuzz bytes');
  const house = await openHouse();
  onTestFinished(() => house.close());
  const { port } = new URL(house.url);
  const samples = [
    'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
    `POST /api/v1/cdrs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${adminToken}\r\nContent-Length: 2\r\n\r\n{}`,
    'GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    'POST /rest/call/read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  ];
  const oneSocket = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.resume();
      socket.end(mutated(random, random.pick(samples)), 'latin1');
      // Half of it may be a request that waits for more.
      setTimeout(() => socket.destroy(), 300).unref();
    });
  const abreast = 40;
  for (let sent = 0; sent < many(2000, 100_000); sent += abreast) {
    await Promise.all(Array.from({ length: abreast }, oneSocket));
  }
  expect((await fetch(`${house.url}/healthz`)).status).toBe(200);
});

it('fuzz: WebSocket messages are answered or end their own socket, the feed goes on', async () => {
  const random = randomFor('fuzz ws');
  const house = await openHouse();
  onTestFinished(() => house.close());
  await house.put([record(), record()]);
  const samples = [
    { type: 'subscribe', after: 0, filter: { company: 'acme' } },
    { type: 'subscribe', id: 'a', after: null },
    { type: 'unsubscribe', id: 'a' },
    { type: 'auth', token: adminToken },
  ];
  const before = heapMb();
  // One socket may say a hundred things a minute.
  const perSocket = 90;
  const speak = async (ws: WebSocket): Promise<void> => {
    for (let message = 0; message < perSocket && ws.readyState === ws.OPEN; message += 1) {
      const text = JSON.stringify(random.chance(0.7) ? random.pick(samples) : anyValue(random));
      const data = random.chance(0.6) ? mutated(random, text) : text;
      ws.send(random.chance(0.1) ? Buffer.from(data, 'latin1') : data);
      if (message % 6 === 0) await new Promise((next) => setImmediate(next));
    }
    if (ws.readyState === ws.OPEN) ws.ping();
  };
  for (let sent = 0; sent < many(10_000, 1_000_000); sent += perSocket) {
    const ws = new WebSocket(`${house.url.replace('http', 'ws')}/live`, {
      headers: random.chance(0.8) ? { authorization: `Bearer ${adminToken}` } : {},
    });
    await new Promise<void>((resolve) => {
      ws.on('close', () => resolve());
      ws.on('error', () => undefined);
      // Whatever it is, a socket that is served answers a ping behind all of it.
      ws.on('pong', () => ws.terminate());
      ws.on('open', () => void speak(ws));
    });
  }
  expect((await fetch(`${house.url}/healthz`)).status).toBe(200);
  expect(house.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  expect(house.live.stats.clients).toBeLessThanOrEqual(1);
  house.log.length = 0;
  expect(heapMb() - before).toBeLessThan(growthMb);
});

it('fuzz: configuration files are taken or refused with a sentence, never with another error', () => {
  const random = randomFor('fuzz config');
  const folder = mkdtempSync(join(tmpdir(), 'cdrd-fuzz-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'cdrd.yaml');
  const sample = readFileSync('config/cdrd.yaml', 'utf8');
  // Without most of its comments, and a few sections at a time: a change shall hit something, and soon.
  const sections = sample.replace(/^\s*# .*\n/gm, '').split(/^(?=[a-z])/m);
  const environment = { CDRD_AMI_SECRET: 's', CDRD_TABLE_PASSWORD: 'p' };
  let taken = 0;
  let refused = 0;
  for (let read = 0; read < many(10_000, 200_000); read += 1) {
    const some = sections.filter(() => random.chance(0.3)).join('');
    writeFileSync(file, mutated(random, some || sections.join('')));
    const odd = random.chance(0.1) ? { [`CDRD_${oddText(random).replaceAll('\0', '')}`]: oddText(random) } : {};
    try {
      loadConfig(file, { ...environment, ...odd });
      taken += 1;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw new Error(readFileSync(file, 'utf8'), { cause: error });
      refused += 1;
    }
  }
  expect(Math.min(taken, refused)).toBeGreaterThan(0);
});
