import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { csvLimits } from '../../../../src/http/csv.ts';
import type { Problem } from '../../../../src/http/problem.ts';
import { adminToken, ask, openHouse, type House } from '../../support.ts';

describe('text/csv to /api/v1/companies and /extensions', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(() => house.close());

  const send = <Body = Record<string, unknown>>(path: string, body: string, token = adminToken) =>
    ask<Body>(house, 'POST', `/api/v1${path}`, { token, body, headers: { 'content-type': 'text/csv; charset=utf-8' } });

  it('imports companies and their extensions, and says what it did; a dry run says it only', async () => {
    const companies = '\uFEFFhandle;name\r\nacme;Acme\r\nbeta;\r\n';
    const planned = await send('/companies?dry_run=1', companies);
    expect([planned.status, planned.body]).toEqual([200, { rows: 2, added: 2, changed: 0, same: 0, dry_run: true }]);
    expect(await house.store.companies(null, 0, 9)).toEqual([]);
    expect((await send('/companies', companies)).body).toMatchObject({ added: 2, dry_run: false });
    expect((await send('/companies', companies)).body).toMatchObject({ added: 0, same: 2 });
    const extensions = 'company,number,name\nacme,101,Ann\nBETA,101,\n';
    expect((await send('/extensions', extensions)).body).toMatchObject({ rows: 2, added: 2 });
    expect((await send('/extensions', extensions.replace('Ann', 'Bob'))).body).toMatchObject({ changed: 1, same: 1 });
    expect(await house.store.extensions(null, 0, 9)).toMatchObject([
      { company: 'acme', number: '101', name: 'Bob' },
      { company: 'beta', number: '101', name: null },
    ]);
  });

  it('imports nothing of a file with a fault, and tells line, column, what was found and what was expected', async () => {
    await send('/companies', 'handle\nacme\n');
    const { status, body } = await send<Problem>('/extensions', 'company,number\nacme,101\nzeta,1\nzeta,2\n');
    expect([status, body.detail]).toEqual([
      422,
      'nothing was imported: line 3, company: there is no company "zeta", import the companies first (the first of 2 faults)',
    ]);
    expect(body.errors).toEqual([
      { line: 3, field: 'company', message: 'there is no company "zeta", import the companies first' },
      { line: 4, field: 'company', message: 'there is no company "zeta", import the companies first' },
    ]);
    expect(await house.store.extensions(null, 0, 9)).toEqual([]);
  });

  it('takes JSON as before, and files nowhere else', async () => {
    const json = await ask(house, 'POST', '/api/v1/companies', { token: adminToken, body: { handle: 'acme' } });
    expect(json).toMatchObject({ status: 201, body: { handle: 'acme' } });
    const dry = await ask<Problem>(house, 'POST', '/api/v1/companies?dry_run=1', {
      token: adminToken,
      body: { handle: 'b' },
    });
    expect([dry.status, dry.body.detail]).toEqual([400, 'dry_run: is for a file, sent as text/csv']);
    expect((await send('/cdrs', 'uniqueid\n1\n')).status).toBe(415);
    expect((await send('/users', 'name\nx\n')).status).toBe(415);
    expect((await send('/companies', '')).status).toBe(422);
    const xml = await ask(house, 'POST', '/api/v1/companies', {
      ...{ token: adminToken, body: '<x/>', headers: { 'content-type': 'application/xml' } },
    });
    expect(xml.status).toBe(415);
  });

  it('is for admins who are bound to nothing, and bounded', async () => {
    for (const token of [await house.token('write'), await house.token('admin', ['acme'])]) {
      expect((await send('/companies', 'handle\nacme\n', token)).status).toBe(403);
    }
    const { status, body } = await send<Problem>('/companies', `handle\n${'x'.repeat(csvLimits.bytes)}`);
    expect([status, body.detail]).toEqual([413, 'the file has 8388615 bytes, at most 8388608: import it in parts']);
  });
});
