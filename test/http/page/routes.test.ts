// The page as it goes over the wire: small, strict, kept by browsers as long as it is the same, and behind any prefix.
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHouse, type House } from '../support.ts';

/** What all of it may weigh, in bytes, compressed. */
const wholeMax = 100_000;

describe('the page', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());
  const get = (url: string, headers: Record<string, string> = {}) => house.app.inject({ method: 'GET', url, headers });
  const assets = (html: string) => [...html.matchAll(/(?:href|src)="(page\/[^"]+)"/g)].map((match) => `/${match[1]}`);

  it('is a page under a policy that lets in nothing but this server', async () => {
    const { statusCode, headers, body } = await get('/');
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(body).not.toMatch(/<script>|<style|style="|onload=|https?:/);
  });

  it('names every module it needs at once, and each of them is there without its types', async () => {
    const { body } = await get('/');
    const paths = [...new Set(assets(body))];
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) {
      const { statusCode, body: text, headers } = await get(path);
      expect([path, statusCode]).toEqual([path, 200]);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      if (path.endsWith('.ts')) expect(text).not.toMatch(/^import type|^interface |from ["'](preact|uplot)/m);
      for (const [, name] of text.matchAll(/^(?:import|export)\b[^;]*?from ["'](\.[^"']+)["']/gm)) {
        expect((await get(new URL(name!, `http://x${path}`).pathname)).statusCode).toBe(200);
      }
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
    const path = assets((await get('/')).body).find((one) => one.endsWith('/app.ts'))!;
    const plain = await get(path);
    const br = await get(path, { 'accept-encoding': 'gzip, deflate, br' });
    const gzip = await get(path, { 'accept-encoding': 'gzip;q=1.0, br;q=0' });
    expect([plain, br, gzip].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'br', 'gzip']);
    expect(brotliDecompressSync(br.rawPayload).toString()).toBe(plain.body);
    expect(gunzipSync(gzip.rawPayload).toString()).toBe(plain.body);
  });

  it(`weighs at most ${wholeMax} bytes with every view and every library`, async () => {
    const { body } = await get('/');
    const known = new Set([...assets(body), `${/data-at="([^"]+)"/.exec(body)![1]!.replace(/^/, '/')}/lib/uplot.js`]);
    let bytes = (await get('/', { 'accept-encoding': 'br' })).rawPayload.length;
    for (const path of known) {
      bytes += (await get(path, { 'accept-encoding': 'br' })).rawPayload.length;
      const { body: text } = await get(path);
      for (const [, later, now] of text.matchAll(/\bimport\(["'](\.[^"']+)["']\)|from ["'](\.[^"']+)["']/g)) {
        known.add(new URL((later ?? now)!, `http://x${path}`).pathname);
      }
      // The indentation is left out: it must not be part of a text.
      const broken = text
        .replace(/\$\{[^`]*?\}/g, '')
        .split('\n')
        .filter((line) => line.split('`').length % 2 === 0);
      if (path.endsWith('.ts')) expect([path, broken]).toEqual([path, []]);
    }
    expect(bytes).toBeLessThan(wholeMax);
    expect(bytes).toBeGreaterThan(wholeMax / 4);
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
