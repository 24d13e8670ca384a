// Exports that do not come to their end: none may look whole. On real sockets, with a store that goes, clients that stop, a daemon that stops.
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/http/problem.ts';
import type { StoredAudit } from '../../../src/store/audit.ts';
import { someCdr } from '../../support/rows.ts';
import { appendTo, tempFolder } from '../../support/store.ts';
import { until } from '../../support/until.ts';
import { ask, openHouse, record, type House, type HouseOptions } from '../support.ts';

const rows = 30_000;

describe('an export', () => {
  let folder: string;
  let remove: () => void;
  let house: House;
  let reader: string;
  let isClosed = false;
  beforeEach(() => ({ folder, remove } = tempFolder()));
  afterEach(async () => {
    if (!isClosed) await house.close();
    isClosed = false;
    remove();
  });

  const open = async (options: HouseOptions = {}, count = rows) => {
    house = await openHouse({ folder, ...options });
    reader = await house.token('read');
    for (let at = 0; at < count; at += 1000) {
      const cdrs = Array.from({ length: Math.min(1000, count - at) }, (_, more) =>
        someCdr(at + more, { userfield: 'u'.repeat(500) }),
      );
      await appendTo(house.store, 'pbx1/table', cdrs);
    }
  };
  const start = (url: string, headers: Record<string, string> = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const sent = { authorization: `Bearer ${reader}`, ...headers };
      httpGet(`${house.url}/api/v1${url}`, { headers: sent, agent: false }, resolve).on('error', reject);
    });
  /** Reads to the end or to the cut; `isWhole` is what an HTTP client knows of it. */
  const finish = async (response: IncomingMessage): Promise<{ text: string; isWhole: boolean }> => {
    let text = '';
    response.on('data', (data: Buffer) => (text += data.toString()));
    response.on('error', () => undefined);
    await new Promise((resolve) => response.once('close', resolve));
    return { text, isWhole: response.complete };
  };
  const lastWord = async (): Promise<StoredAudit> => {
    await until(() => house.context.exports.running === 0, 'the export to end');
    const [entry] = await house.store.listAudit({ limit: 1 });
    return entry!;
  };

  it('goes on after a cut of its connection by its last whole line: no record is missing, none is there twice', async () => {
    await open();
    const cut = await start('/cdrs.ndjson?columns=id');
    let text = '';
    await new Promise<void>((resolve) => {
      cut.on('data', (data: Buffer) => {
        text += data.toString();
        if (text.length > 50_000) resolve();
      });
    });
    cut.destroy();
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const ids = (some: string) => some.match(/\d+/g)!.map(Number);
    const after = ids(whole).at(-1)!;
    expect(after).toBeLessThan(rows);
    const rest = await finish(await start(`/cdrs.ndjson?columns=id&after=${after}`));
    expect(rest.isWhole).toBe(true);
    expect([...ids(whole), ...ids(rest.text)]).toEqual(Array.from({ length: rows }, (_, at) => at + 1));
    expect((await lastWord()).detail).toMatchObject({ state: 'finished', rows: rows - after });
  });

  it('is cut when its client takes nothing for so long, and the audit says so', async () => {
    await open({ limits: { export_stall_seconds: 0.3, exports: 1 } });
    const response = await start('/cdrs.csv');
    await until(() => house.context.exports.running === 1, 'the export to run');
    const { status, headers, body } = await ask<Problem>(house, 'GET', '/api/v1/companies.csv', { token: reader });
    expect([status, headers['retry-after']]).toEqual([429, '10']);
    expect(body.detail).toBe('as many exports run as may at once, 1 (limits.exports): try again when one has ended');
    // A look at every call is one of them.
    const scan = await ask(house, 'GET', '/api/v1/stats?from=2026-11-01&to=2026-11-02&by=extension,trunk', {
      token: reader,
    });
    expect([scan.status, scan.headers['retry-after']]).toEqual([429, '10']);
    const { detail } = await lastWord();
    expect(detail).toMatchObject({
      state: 'cut',
      reason: 'the client took nothing for 0.3 s (limits.export_stall_seconds)',
    });
    expect(detail!['rows']).toBeLessThan(rows);
    expect((await finish(response)).isWhole).toBe(false);
    expect((await finish(await start('/companies.csv'))).isWhole).toBe(true);
  });

  it.each([
    ['plain', {}],
    ['gzip', { 'accept-encoding': 'gzip' }],
  ])('is cut within its time after its client took something the last time, %s', async (_name, headers) => {
    const seconds = 2;
    await open({ limits: { export_stall_seconds: seconds } }, 0);
    // More than the buffers of both kernels hold, and not to be made small.
    for (let at = 0; at < 20; at++) {
      const cdrs = Array.from({ length: 1000 }, (_, more) =>
        someCdr(at * 1000 + more, { userfield: randomBytes(1000).toString('base64') }),
      );
      await appendTo(house.store, 'pbx1/table', cdrs);
    }
    const response = await start('/cdrs.ndjson', headers);
    let bytes = 0;
    await new Promise<void>((resolve) => {
      response.on('data', (data: Buffer) => {
        bytes += data.length;
        if (bytes < 5_000_000) return;
        response.pause();
        resolve();
      });
    });
    const stopped = performance.now();
    const { detail } = await lastWord();
    const took = performance.now() - stopped;
    expect(detail).toMatchObject({ state: 'cut' });
    expect(took).toBeGreaterThan(seconds * 900);
    // Filling the buffers takes a part of it; the clock begins when they are full.
    expect(took).toBeLessThan(seconds * 1900);
    response.destroy();
  });

  it('whose client goes away frees its place at once', async () => {
    await open({ limits: { exports: 1 } });
    const response = await start('/cdrs.csv');
    response.destroy();
    expect((await lastWord()).detail).toMatchObject({ state: 'cut', reason: 'the client went away' });
    expect((await finish(await start('/companies.csv'))).isWhole).toBe(true);
  });

  it.each([
    ['removed', (file: string) => rmSync(file)],
    ['replaced', (file: string) => renameSync(`${file}.other`, file)],
  ])('is a fault, not an empty list, when the file of the store was %s', async (_what, harm) => {
    await open({}, 10);
    const file = join(folder, 'cdrd.db');
    const { default: Database } = await import('better-sqlite3');
    await new Database(file).backup(`${file}.other`);
    harm(file);
    const { status, body } = await ask<Problem>(house, 'GET', '/api/v1/cdrs.csv', { token: reader });
    expect(status).toBe(503);
    expect(body.detail).toBe(`the store cannot be read: the store's file ${file} was removed or replaced`);
    expect(existsSync(`${file}-wal`)).toBe(true);
  });

  it.each([
    ['plain', {}],
    ['gzip', { 'accept-encoding': 'gzip' }],
  ])('has no end, %s, when the store goes in the middle of it', async (_name, headers) => {
    await open();
    const response = await start('/cdrs.csv', headers);
    await new Promise((resolve) => response.once('readable', resolve));
    rmSync(join(folder, 'cdrd.db'));
    let fault: Error | undefined;
    let text = '';
    const gunzip = 'accept-encoding' in headers ? response.pipe(createGunzip()) : null;
    const plain = gunzip ?? response;
    plain.on('data', (data: Buffer) => (text += data.toString()));
    plain.on('error', (error: Error) => (fault = error));
    response.on('error', () => undefined);
    await new Promise((resolve) => response.once('close', resolve));
    expect(response.complete).toBe(false);
    if (gunzip) {
      gunzip.end();
      await until(() => fault, 'gunzip to complain');
      expect(fault!.message).toBe('unexpected end of file');
    }
    expect(text.split('\r\n').length).toBeLessThan(rows);
    const failed = house.log.find((line) => line.includes('an export could not go on'));
    expect(failed).toContain('was removed or replaced');
  });

  it('is cut when the daemon stops and its time is over, and no other begins', async () => {
    await open();
    const response = await start('/cdrs.csv');
    await until(() => house.context.exports.running === 1, 'the export to run');
    house.context.exports.drain(300);
    const refused = await ask<Problem>(house, 'GET', '/api/v1/companies.csv', { token: reader });
    expect([refused.status, refused.body.detail]).toEqual([503, 'the daemon is stopping']);
    const began = performance.now();
    await house.context.exports.close();
    expect(performance.now() - began).toBeLessThan(2000);
    expect((await lastWord()).detail).toMatchObject({ state: 'cut', reason: 'the daemon was stopped' });
    expect((await finish(response)).isWhole).toBe(false);
    expect(house.context.exports.thread.isRunning).toBe(false);
  });

  it('may end by itself while the daemon drains', async () => {
    await open({}, 3000);
    const response = await start('/cdrs.csv');
    house.context.exports.drain(10_000);
    const [{ isWhole, text }] = await Promise.all([finish(response), house.context.exports.close()]);
    expect([isWhole, text.split('\r\n').length]).toEqual([true, 3002]);
  });

  it('that cannot be audited is refused before its first byte', async () => {
    const audit = () => Promise.reject(Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' }));
    house = await openHouse({ folder, store: (store) => ({ ...store, audit }) });
    await house.put([record()]);
    const token = await house.token('read');
    const { status, body } = await ask<Problem>(house, 'GET', '/api/v1/cdrs.csv', { token });
    expect([status, body.detail]).toEqual([
      503,
      'the export cannot be audited, so it is not made: disk full (SQLITE_FULL)',
    ]);
    expect(house.context.exports.running).toBe(0);
  });
});
