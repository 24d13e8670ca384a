// Who answers a request: by vhost, prefix, path and, where two own a path, by what the request shows.
import { afterEach, describe, expect, it } from 'vitest';
import { mountsOf, speakerOf } from '../../src/http/mounts.ts';
import type { Claim } from '../../src/http/dialects/names.ts';
import { adminToken, ask, openHouse, type House } from './support.ts';

type Name = 'ours' | 'panel' | 'pbx';
const claims: Record<Name, Claim> = {
  ours: { paths: ['/api/v1'] },
  panel: { paths: ['/api/cdrs', '/api/admin', '/api'] },
  pbx: { paths: ['/api/cdrs', '/api/login', '/api'], answers: 'bearer' },
};
const cors = { origins: [], credentials: 'deny' as const };
const entry = (dialects: Name[], more: { vhost?: string; prefix?: string } = {}) => ({
  ...{ dialects, prefix: '', cors },
  ...more,
});
const who = (entries: ReturnType<typeof entry>[], url: string, headers: Record<string, string> = {}) => {
  const { mount, dialect, isNegotiated } = speakerOf(mountsOf(entries), claims, { url, headers });
  return `${mount.at} ${dialect}${isNegotiated ? ' by its headers' : ''}`;
};
const bearer = { authorization: 'Bearer x' };

describe('who answers', () => {
  it.each([
    ['/api/v1/cdrs', '0 ours'],
    ['/api/v1', '0 ours'],
    ['/api/v10', '0 panel'],
    ['/api/cdrs/7?search=/api/v1', '0 panel'],
    ['/api/nothing', '0 panel'],
    ['/apis', '0 null'],
    ['/', '0 null'],
  ])('of %s is the owner of the longest path: %s', (url, expected) => {
    expect(who([entry(['ours', 'panel'])], url)).toBe(expected);
  });

  it('is who listens alone, whatever is asked', () => {
    expect(who([entry(['pbx'])], '/favicon.ico')).toBe('0 pbx');
  });

  it.each([
    ['/api/cdrs', bearer, '0 pbx by its headers'],
    ['/api/cdrs/7', {}, '0 panel by its headers'],
    ['/api/nothing', bearer, '0 pbx by its headers'],
    ['/api/login/token', {}, '0 pbx'],
    ['/api/admin/login', bearer, '0 panel'],
    ['/api/v1/cdrs', bearer, '0 ours'],
  ])('of %s with %j, where two own paths, is %s', (url, headers, expected) => {
    expect(who([entry(['ours', 'panel', 'pbx'])], url, headers)).toBe(expected);
  });

  it('is found by vhost, without case and port, before prefix; the longest prefix first', () => {
    const entries = [entry(['panel']), entry(['pbx'], { vhost: 'PBX.example' }), entry(['ours'], { prefix: '/a' })];
    const nested = [...entries, entry(['pbx'], { prefix: '/a/b' })];
    expect(who(entries, '/api/cdrs', { host: 'pbx.EXAMPLE:8080' })).toBe('1 pbx');
    expect(who(entries, '/a/api/v1', { host: 'pbx.example' })).toBe('1 pbx');
    expect(who(entries, '/a/api/v1/cdrs', { host: 'x' })).toBe('2 ours');
    expect(who(entries, '/ab/api/v1', { host: 'x' })).toBe('0 panel');
    expect(who(nested, '/a/b/api/cdrs')).toBe('3 pbx');
  });
});

describe('a server of several entries', () => {
  let house: House;
  afterEach(() => house.close());

  it('answers each dialect where its entry says, and anything else in the envelope of whoever owns the path', async () => {
    house = await openHouse({
      listeners: [
        { dialects: ['native'], prefix: '/ours' },
        { dialects: ['ipcortex'], vhost: 'pabx.example' },
      ],
    });
    const at = (method: 'GET' | 'POST', url: string, host: string, body?: object) =>
      ask<Record<string, unknown>>(house, method, url, {
        token: adminToken,
        headers: { host },
        ...(body ? { body } : {}),
      });
    expect((await at('GET', '/ours/api/v1/cdrs', 'x')).body).toMatchObject({ cdrs: [] });
    expect((await at('GET', '/api/v1/cdrs', 'x')).status).toBe(404);
    expect((await at('POST', '/rest/call/read', 'pabx.example', { type: 'cdr' })).body).toMatchObject({
      result: 'success',
    });
    expect((await at('POST', '/rest/call/read', 'x', { type: 'cdr' })).body).toMatchObject({ status: 404 });
    expect((await at('GET', '/nothing', 'pabx.example')).body).toMatchObject({ result: 'fail' });
    expect((await at('GET', '/ours/nothing', 'x')).body).toMatchObject({ status: 404, title: 'Not found' });
    expect((await at('GET', '/healthz', 'pabx.example')).body).toEqual({ status: 'ok' });
    const accept = { host: 'x', accept: 'text/csv' };
    const csv = await ask<{ detail: string }>(house, 'GET', '/ours/api/v1/changes', {
      token: adminToken,
      headers: accept,
    });
    expect([csv.status, csv.body.detail]).toEqual([406, expect.stringContaining('at /ours/api/v1/live;')]);
    const company = { handle: 'acme' };
    expect((await at('POST', '/ours/api/v1/companies', 'x', company)).headers['location']).toBe(
      '/ours/api/v1/companies/1',
    );
  });

  it('tells pages only what the entry of the request grants', async () => {
    const cors = { origins: ['https://app.example'], credentials: 'deny' as const };
    house = await openHouse({
      listeners: [
        { dialects: ['native'], cors },
        { dialects: ['native'], prefix: '/b' },
      ],
    });
    const headers = { origin: 'https://app.example' };
    const granted = await ask(house, 'GET', '/api/v1/cdrs', { headers });
    const other = await ask(house, 'GET', '/b/api/v1/cdrs', { headers });
    expect([granted, other].map(({ headers: told }) => told['access-control-allow-origin'])).toEqual([
      'https://app.example',
      undefined,
    ]);
  });
});
