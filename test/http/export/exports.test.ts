// Exports through the routes: what they hold, for whom, in which form. Cuts and stalls need a socket: exports.long.test.ts.
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/http/problem.ts';
import { addUser, auditOf, cookieFrom, login } from '../people.ts';
import { adminToken, ask, openHouse, record, until, type House } from '../support.ts';
import { ann } from '../../support/store.ts';

describe('exports', () => {
  let house: House;
  let reader: string;
  beforeAll(async () => {
    house = await openHouse({ limits: { page_rows: 2, export_rows: 100 } });
    reader = await house.token('read');
    await house.put([
      record({ accountcode: 'acme', src: '+4420', start: '2026-11-22T05:00:00Z', answer: '', end: '' }),
      record({ accountcode: 'beta', src: '=1+1', channel: 'PJSIP/trunk-1', clid: '"Zoë, Ltd" <1>' }),
      record({ accountcode: 'acme', disposition: 'BUSY', custom: { did: '555' } }),
      record({ accountcode: 'gamma', userfield: 'a;=1' }),
      record({ accountcode: 'gamma' }),
    ]);
    await house.store.edit({ id: 3, by: ann, now: 1, within: null }, { note: 'call back', tags: ['vip', 'a;b'] });
    await house.store.hide({ id: 5, by: ann, now: 2, within: null });
  });
  afterAll(() => house.close());

  const get = <Body = string>(url: string, token = reader, headers: Record<string, string> = {}) =>
    ask<Body>(house, 'GET', `/api/v1${url}`, { token, headers });
  const lines = async (url: string, token = reader) =>
    (await get(url, token)).body
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const csvOf = async (url: string, token = reader): Promise<Record<string, string>[]> =>
    parse((await get(url, token)).body, { columns: true });

  it('are the whole list though its pages are short, each line of NDJSON exactly what the list shows', async () => {
    const shown: unknown[] = [];
    for (const after of [0, 2]) {
      shown.push(...(await get<{ cdrs: unknown[] }>(`/cdrs?limit=2&after=${after}`)).body.cdrs);
    }
    expect(await lines('/cdrs.ndjson')).toEqual(shown);
    expect(shown).toHaveLength(4);
  });

  it('as CSV have every field as a column, guarded, lists and objects as JSON', async () => {
    const { status, headers, body } = await get('/cdrs.csv');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      vary: 'accept, accept-encoding',
      'cache-control': 'no-store',
      'content-disposition': expect.stringMatching(/^attachment; filename="cdrs-\d{8}T\d{6}Z\.csv"$/) as string,
    });
    expect(body.split('\r\n')).toHaveLength(6);
    const rows: Record<string, string>[] = parse(body, { columns: true });
    const [shown] = (await get<{ cdrs: object[] }>('/cdrs?limit=1')).body.cdrs;
    expect(Object.keys(rows[0]!)).toEqual(Object.keys(shown!));
    expect(rows.map(({ src }) => src)).toEqual(["'+4420", "'=1+1", '100', '100']);
    expect(rows[1]).toMatchObject({ clid: '"Zoë, Ltd" <1>', note: '', tags: '', custom: '' });
    expect(rows[2]).toMatchObject({
      custom: '{"did":"555"}',
      note: 'call back',
      tags: '["a;b","vip"]',
      edited: 'true',
    });
    expect(body).toContain(',"a;=1",');
  });

  it('have the columns that are asked for, in that order, in the zone that is asked for', async () => {
    const asked = 'columns=start,id,src&zone=Europe/Berlin&guard=off';
    expect((await get(`/cdrs.csv?${asked}&limit=2`)).body).toBe(
      'start,id,src\r\n2026-11-22T06:00:00+01:00,1,+4420\r\n2026-11-22T04:15:29+01:00,2,=1+1\r\n',
    );
    expect((await get(`/cdrs.csv?${asked}&limit=1&header=off`)).body).toBe('2026-11-22T06:00:00+01:00,1,+4420\r\n');
    expect((await get('/cdrs.ndjson?columns=start,id&zone=Asia/Tokyo&limit=1')).body).toBe(
      '{"start":"2026-11-22T14:00:00+09:00","id":1}\n',
    );
  });

  it.each([
    [
      '/cdrs.csv?columns=id,nmae',
      'columns: "nmae" is not a column of this list, expected some of id, system, uniqueid',
    ],
    ['/cdrs.csv?columns=id,id', 'columns: "id" is named twice'],
    ['/cdrs.csv?columns=hidden', 'columns: "hidden" is not a column of this list'],
    ['/cdrs.csv?zone=Mars', 'zone: "Mars" is not the IANA name of a zone, like Europe/London or UTC'],
    ['/cdrs.csv?zone=%2B01:00', 'zone: "+01:00" is not the IANA name of a zone'],
    ['/cdrs.csv?limit=101', 'limit: 101 is not a whole number from 1 to 100 (limits.export_rows)'],
    ['/cdrs.csv?before=3', 'before: is not known, expected one of after, limit'],
    ['/cdrs.ndjson?guard=off', 'guard: is not known, expected one of after, limit'],
    ['/cdrs.csv?order=start&after=3', 'after: "3" is no place in the order by start'],
    ['/cdrs?columns=id', 'columns: is not known'],
    ['/companies.csv?columns=tags', 'columns: "tags" is not a column of this list, expected some of id, handle, name'],
  ])('refuse %s with 400 and a sentence', async (url, sentence) => {
    const { status, headers, body } = await get<Problem>(url);
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8']);
    expect(body.detail).toContain(sentence);
    expect(headers['content-disposition']).toBe(undefined);
  });

  it.each(['id', '-id', 'start', '-start'])(
    'go on behind any line by its cursor, in the order by %s',
    async (order) => {
      const whole = await lines(`/cdrs.ndjson?order=${order}&columns=id,cursor`);
      const listed = (await get<{ cdrs: { id: number }[] }>(`/cdrs?order=${order}&limit=2`)).body.cdrs;
      expect(whole.slice(0, 2).map(({ id }) => id)).toEqual(listed.map(({ id }) => id));
      for (const [at, { cursor }] of whole.entries()) {
        expect(await lines(`/cdrs.ndjson?order=${order}&columns=id,cursor&after=${String(cursor)}`)).toEqual(
          whole.slice(at + 1),
        );
      }
    },
  );

  it('keep to the filter, in the query and in a search', async () => {
    expect((await csvOf('/cdrs.csv?company=ACME&columns=id')).map((row) => Object.values(row))).toEqual([['1'], ['3']]);
    const search = { filter: { not: { company: 'acme' } }, order: '-id', columns: ['id'] };
    expect(
      (await ask(house, 'POST', '/api/v1/cdrs/search.csv', { token: reader, body: { ...search, header: 'off' } })).body,
    ).toBe('4\r\n2\r\n');
    const headers = { accept: 'application/x-ndjson' };
    const found = await ask(house, 'POST', '/api/v1/cdrs/search', { token: reader, body: search, headers });
    expect(found.body).toBe('{"id":4}\n{"id":2}\n');
  });

  it('come by Accept from the address of the list; JSON is what everybody else gets', async () => {
    const typeOf = async (accept: string) => (await get('/cdrs', reader, { accept })).headers['content-type'];
    expect(await typeOf('text/csv')).toBe('text/csv; charset=utf-8');
    expect(await typeOf('application/json;q=0.1, application/x-ndjson')).toBe('application/x-ndjson; charset=utf-8');
    for (const accept of ['*/*', 'image/png', 'application/json, text/csv']) {
      expect(await typeOf(accept)).toBe('application/json; charset=utf-8');
    }
    // What is no list has no export.
    expect((await get('/cdrs/1', reader, { accept: 'text/csv' })).headers['content-type']).toContain(
      'application/json',
    );
  });

  it('are gzipped for who takes gzip', async () => {
    const request = { method: 'GET' as const, url: '/api/v1/cdrs.csv', headers: { authorization: `Bearer ${reader}` } };
    const plain = await house.app.inject(request);
    const headers = { ...request.headers, 'accept-encoding': 'gzip' };
    const packed = await house.app.inject({ ...request, headers });
    expect([plain.headers['content-encoding'], packed.headers['content-encoding']]).toEqual([undefined, 'gzip']);
    expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.payload);
  });

  it('show a reader nothing beyond its wall: companies, own extensions, raw', async () => {
    await addUser(house, 'bill', { role: 'billing', companies: ['acme'] });
    await addUser(house, 'ext', { role: 'user', companies: null, extensions: ['100'] });
    const idsOf = async (name: string) => {
      const headers = { cookie: cookieFrom(await login(house, name)) };
      const { body } = await ask<string>(house, 'GET', '/api/v1/cdrs.ndjson?columns=id', { headers });
      return body.match(/\d+/g)?.map(Number);
    };
    expect(await idsOf('bill')).toEqual([1, 3]);
    expect(await idsOf('ext')).toEqual([1, 3, 4]);
    expect((await lines('/companies.ndjson', await house.token('read', ['beta']))).map(({ handle }) => handle)).toEqual(
      ['beta'],
    );
    expect((await get('/cdrs.csv?raw=1')).status).toBe(403);
    expect((await lines('/cdrs.ndjson?raw=1&columns=id,note,hidden', adminToken)).slice(2)).toEqual([
      { id: 3, note: null, hidden: false },
      { id: 4, note: null, hidden: false },
      { id: 5, note: null, hidden: true },
    ]);
    for (const url of ['/users.csv', '/tokens.csv', '/audit.csv']) expect((await get(url)).status).toBe(403);
    expect((await ask(house, 'GET', '/api/v1/cdrs.csv')).status).toBe(401);
  });

  it.each(['/companies', '/extensions', '/users', '/tokens', '/audit', '/cdrs/3/history'])(
    'of %s have what the list has, and all its fields as columns',
    async (url) => {
      const admin = await house.token('admin');
      await ask(house, 'POST', '/api/v1/extensions', {
        token: admin,
        body: { company: null, number: `${url.length}` },
      });
      const name = { history: 'edits' }[url.split('/').at(-1)!] ?? url.slice(1);
      // The audit grows by every export: its oldest entries are as good as any.
      const oldest = url === '/audit' ? '?after=0&limit=2' : '?limit=2';
      const listed = (await get<Record<string, object[]>>(`${url}${oldest}`, admin)).body[name]!;
      expect(listed.length).toBeGreaterThan(0);
      expect(await lines(`${url}.ndjson${oldest}`, admin)).toEqual(listed);
      const { body } = await get(`${url}.csv${oldest}`, admin);
      expect(body.split('\r\n')[0]!.split(',')).toEqual(Object.keys(listed[0]!));
      expect(body.split('\r\n')).toHaveLength(listed.length + 2);
    },
  );

  it('of a short list have all its pages, the newest entries of the audit first', async () => {
    const admin = await house.token('admin');
    const ids = (await lines('/audit.ndjson?columns=id', admin)).map(({ id }) => Number(id));
    expect(ids.length).toBeGreaterThan(2);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, at) => ids[0]! - at));
    expect((await lines('/audit.ndjson?columns=id&limit=3&after=1', admin)).map(({ id }) => id)).toEqual([2, 3, 4]);
  });

  it('answer 404 for the history of a record behind the wall, before a line of it', async () => {
    const bound = await house.token('read', ['beta']);
    expect((await get<Problem>('/cdrs/3/history.csv', bound)).body).toMatchObject({
      status: 404,
      detail: 'there is no record 3',
    });
  });

  it('answer HEAD with their headers, OPTIONS with the methods and 405 to the others', async () => {
    const head = await ask(house, 'HEAD', '/api/v1/cdrs.csv', { token: reader });
    expect([head.status, head.body, head.headers['content-type']]).toEqual([200, '', 'text/csv; charset=utf-8']);
    // How long it is, is known at its end; that it is empty would be wrong.
    expect(head.headers).not.toHaveProperty('content-length');
    const options = await ask(house, 'OPTIONS', '/api/v1/companies.ndjson');
    expect([options.status, options.headers['allow']]).toEqual([204, 'GET, HEAD, OPTIONS']);
    expect((await ask<Problem>(house, 'DELETE', '/api/v1/cdrs.csv')).status).toBe(405);
    expect((await ask<Problem>(house, 'GET', '/api/v1/cdrs/search.csv')).headers['allow']).toBe('OPTIONS, POST');
  });

  it('are in the audit with who, what, how many and how it ended; HEAD and refusals are no exports', async () => {
    const count = (await auditOf(house)).length;
    const asked = '/cdrs.csv?company=acme&columns=id';
    await get(asked);
    await ask(house, 'HEAD', `/api/v1${asked}`, { token: reader });
    await get('/cdrs.csv?columns=no');
    await until(() => house.context.exports.running === 0);
    const [begun, finished, ...more] = (await auditOf(house)).slice(count);
    expect(more).toEqual([]);
    const by = { kind: 'token', name: 'test', address: '127.0.0.1' };
    const detail = { format: 'csv', asked: { company: 'acme' } };
    expect(begun).toMatchObject({ action: 'export', object: '/cdrs', by, detail: { ...detail, state: 'begun' } });
    expect(finished).toMatchObject({ action: 'export', by, detail: { ...detail, state: 'finished', rows: 2 } });
    expect(finished!.detail!['export']).toBe(begun!.detail!['export']);
  });
});
