// The page as it goes over the wire: small, strict, kept by browsers as long as it is the same, and behind any prefix.
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHouse, type House } from '../support.ts';

/** What all of it may weigh, in bytes as they come over the socket; of gzip, which browsers take where there is no TLS, without headers. */
const wholeMax = { br: 96_000, gzip: 100_000 };

describe('the page', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());
  const get = (url: string, headers: Record<string, string> = {}) => house.app.inject({ method: 'GET', url, headers });
  const assets = (html: string) => [...html.matchAll(/(?:href|src)="(page\/[^"]+)"/g)].map((match) => `/${match[1]}`);

  /** Every file that the page can lead to. */
  const filesOf = async () => {
    const known = new Set(assets((await get('/')).body));
    for (const path of known) {
      for (const [, later, now] of (await get(path)).body.matchAll(
        /\bimport\(["'](\.[^"']+)["']\)|from ?["'](\.[^"']+)["']/g,
      )) {
        known.add(new URL((later ?? now)!, `http://x${path}`).pathname);
      }
    }
    return [...known];
  };

  it('is a page under a policy that lets in nothing but this server', async () => {
    const { statusCode, headers, body } = await get('/');
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(body).not.toMatch(/<script>|<style|style="|onload=|https?:/);
  });

  it('names its files, which are few, and each of them is there without its types', async () => {
    const paths = await filesOf();
    expect(paths.length).toBeLessThan(12);
    for (const path of paths) {
      const { statusCode, body: text, headers } = await get(path);
      expect([path, statusCode]).toEqual([path, 200]);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      if (path.endsWith('.ts')) expect(text).not.toMatch(/^import type|^interface |from ["'](preact|uplot)/m);
    }
  });

  it('is not sent again while it is the same', async () => {
    const { headers, body } = await get('/');
    expect(headers['cache-control']).toBe('no-cache');
    expect((await get('/', { 'if-none-match': String(headers['etag']) })).statusCode).toBe(304);
    const [path] = assets(body) as [string];
    const { headers: of } = await get(path, { 'accept-encoding': 'br' });
    expect((await get(path, { 'accept-encoding': 'br', 'if-none-match': String(of['etag']) })).statusCode).toBe(304);
    expect((await get(path, { 'accept-encoding': 'gzip', 'if-none-match': String(of['etag']) })).statusCode).toBe(200);
  });

  it('comes compressed as the browser takes it, and is the same text', async () => {
    const path = assets((await get('/')).body).find((one) => one.endsWith('/main.ts'))!;
    const plain = await get(path);
    const br = await get(path, { 'accept-encoding': 'gzip, deflate, br' });
    const gzip = await get(path, { 'accept-encoding': 'gzip;q=1.0, br;q=0' });
    expect([plain, br, gzip].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'br', 'gzip']);
    expect(brotliDecompressSync(br.rawPayload).toString()).toBe(plain.body);
    expect(gunzipSync(gzip.rawPayload).toString()).toBe(plain.body);
  });

  it.each(['br', 'gzip'] as const)('weighs little with every view and every library, %s', async (coding) => {
    const { bytes, ofHeaders } = await sentBy(house.url, ['/', ...(await filesOf())], coding);
    expect(bytes - (coding === 'gzip' ? ofHeaders : 0)).toBeLessThan(wholeMax[coding]);
    expect(bytes).toBeGreaterThan(wholeMax[coding] / 2);
  });

  it('has no text that goes over lines: indentation is left out', async () => {
    for (const path of await filesOf()) {
      if (!path.endsWith('.ts')) continue;
      const broken = (await get(path)).body
        .replace(/\$\{[^`]*?\}/g, '')
        .split('\n')
        .filter((line) => line.split('`').length % 2 === 0);
      expect([path, broken]).toEqual([path, []]);
    }
  });

  it('stands behind the prefix of its listener, and asks for nothing outside of it', async () => {
    const listeners = [{ vhost: 'calls.example', prefix: '/calls', dialects: ['native' as const] }];
    const other = await openHouse({ listeners });
    const ask = (url: string) => other.app.inject({ method: 'GET', url, headers: { host: 'calls.example' } });
    const bare = await ask('/calls?view=search');
    expect([bare.statusCode, bare.headers['location']]).toEqual([308, '/calls/?view=search']);
    const { statusCode, body } = await ask('/calls/');
    expect(statusCode).toBe(200);
    expect((await ask(`/calls${assets(body)[0]}`)).statusCode).toBe(200);
    await other.close();
  });

  it('is nowhere else: another version, another path, another method', async () => {
    const { statusCode, body } = await get('/page/0123456789abcdef/dashboard/main.ts');
    expect([statusCode, body]).toEqual([404, expect.stringContaining('load the page again')]);
    const [path] = assets((await get('/')).body) as [string];
    const folder = path.slice(0, path.indexOf('/dashboard'));
    for (const name of ['../../package.json', '%2e%2e/app.ts', 'dashboard/tsconfig.json', 'constructor', '']) {
      expect((await get(`${folder}/${name}`)).statusCode).toBe(404);
    }
    expect((await house.app.inject({ method: 'POST', url: '/' })).statusCode).toBe(405);
  });
});

/** All that comes over the socket when these are asked for: headers, bodies, everything. */
async function sentBy(
  url: string,
  paths: readonly string[],
  coding: string,
): Promise<{ bytes: number; ofHeaders: number }> {
  const { host, hostname, port } = new URL(url);
  const sum = { bytes: 0, ofHeaders: 0 };
  for (const path of paths) {
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\naccept-encoding: ${coding}\r\nconnection: close\r\n\r\n`);
    const answer = await buffer(socket);
    const head = answer.subarray(0, answer.indexOf('\r\n\r\n') + 4);
    expect(head.toString()).toMatch(new RegExp(`^HTTP/1.1 200 [^]*content-encoding: ${coding}`, 'i'));
    sum.bytes += socket.bytesRead;
    sum.ofHeaders += head.length;
  }
  return sum;
}
