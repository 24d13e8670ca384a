// DIDs, trunks and endpoints over HTTP: who may, what is told, and files.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../../../src/http/problem.ts';
import { adminToken, ask, openHouse, record, type House } from '../../support.ts';

describe('/api/v1/dids, /trunks and /endpoints', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({});
    await ask(house, 'POST', '/api/v1/companies', { token: adminToken, body: { handle: 'acme' } });
  });
  afterAll(() => house.close());
  const rest = <Body = Record<string, unknown>>(method: string, url: string, body?: unknown, token = adminToken) =>
    ask<Body>(house, method as 'GET', `/api/v1${url}`, { token, ...(body === undefined ? {} : { body }) });

  it('are added, read, changed and removed, and count for the next record', async () => {
    const added = await rest('POST', '/dids', { number: '+441632960100', company: 'acme' });
    expect([added.status, added.body]).toEqual([
      201,
      { id: 1, number: '+441632960100', company: 'acme', extension: null, name: null },
    ]);
    const call = { channel: 'PJSIP/telco-00000001', dstchannel: '', src: '+441632960111', dst: 's', accountcode: '' };
    await house.put([record({ ...call, custom: { did: '441632960100' } })]);
    expect((await rest<{ cdrs: object[] }>('GET', '/cdrs')).body.cdrs[0]).toMatchObject({
      ...{ target: 'acme', direction: 'inbound' },
      properties: { src_ext: '+441632960111', trunk: 'telco' },
    });
    expect((await rest('PATCH', '/dids/1', { extension: '600' })).body).toMatchObject({
      company: 'acme',
      extension: '600',
    });
    expect((await rest('GET', '/dids/1')).body).toMatchObject({ extension: '600' });
    const headers = { 'content-type': 'application/json' };
    const gone = await ask(house, 'DELETE', '/api/v1/dids/1', { token: adminToken, headers });
    expect(gone.status).toBe(204);
    expect((await rest('GET', '/dids/1')).status).toBe(404);
  });

  it('say which field is wrong, and what was expected', async () => {
    const { status, body } = await rest<Problem>('POST', '/endpoints', { peer: 'PJSIP/x', kind: 'phone' });
    expect([status, body.errors?.[0]?.field]).toEqual([400, 'kind']);
    expect((await rest<Problem>('POST', '/dids', { number: '1', company: 'nobody' })).body.detail).toBe(
      'company: there is no company nobody',
    );
  });

  it.each([
    ['/companies', { handle: 'a\u0000b' }, 'handle', 'without spaces around it or control'],
    ['/companies', { handle: 'ab', name: 'a\nb' }, 'name', 'without control'],
    ['/companies', { handle: 'ab', name: '\u0085' }, 'name', 'without control'],
    ['/extensions', { company: null, number: '1\u001b' }, 'number', 'without spaces around it or control'],
    ['/dids', { number: '1', extension: '6\t0' }, 'extension', 'without spaces around it or control'],
    ['/trunks', { peer: 'tel\u007fco' }, 'peer', 'without spaces around it or control'],
    ['/endpoints', { peer: 'x', kind: 'app', name: 'a\u0000' }, 'name', 'without control'],
  ])('as %s, take no control character: %j', async (path, given, field, message) => {
    const { status, body } = await rest<Problem>('POST', path, given);
    expect([status, body.errors]).toMatchObject([
      400,
      [{ field, message: expect.stringContaining(`${message} characters in it`) as string }],
    ]);
  });

  it('have names as people write them', async () => {
    const given = { number: '+44 1632 960199', name: 'Bär & Søn “Ltd” 😀' };
    expect(await rest('POST', '/dids', given)).toMatchObject({ status: 201, body: given });
  });

  it('are changed only in what may change: a wrong key is one fault', async () => {
    const { status, body } = await rest<Problem>('PATCH', '/companies/1', { company: 'acme' });
    expect([status, body.errors]).toEqual([400, [{ field: 'company', message: 'is not known, expected one of name' }]]);
    expect((await rest<Problem>('PATCH', '/companies/1', {})).body.detail).toMatch(
      /^name: is missing, expected a text/,
    );
    const two = await rest<Problem>('POST', '/trunks', { pear: 'x' });
    expect(two.body.errors?.map(({ field }) => field).toSorted()).toEqual(['pear', 'peer']);
  });

  it('are answered as they are kept, as companies are, whatever the text', async () => {
    // Half a surrogate pair is no character.
    const names = { handle: 'half \udc00', name: 'half \ud83d' };
    const added = await rest<{ id: number }>('POST', '/companies', names);
    expect([added.status, added.body]).toMatchObject([201, { handle: 'half \ufffd', name: 'half \ufffd' }]);
    expect((await rest('GET', `/companies/${added.body.id}`)).body).toEqual(added.body);
    const changed = await rest('PATCH', `/companies/${added.body.id}`, { name: '\udc00' });
    expect((await rest('GET', `/companies/${added.body.id}`)).body).toEqual(changed.body);
    expect(changed.body).toMatchObject({ name: '\ufffd' });
  });

  it('are read behind the wall, and changed by admins only', async () => {
    await rest('POST', '/trunks', { peer: 'telco', name: 'Telco' });
    await rest('POST', '/trunks', { peer: 'own', company: 'acme' });
    const bound = await house.token('read', ['acme']);
    const seen = await rest<{ trunks: { peer: string }[] }>('GET', '/trunks', undefined, bound);
    expect(seen.body.trunks.map(({ peer }) => peer)).toEqual(['own']);
    expect((await rest('POST', '/trunks', { peer: 'x' }, bound)).status).toBe(403);
    const csv = await rest<string>('GET', '/trunks.csv');
    expect(csv.body).toBe('id,peer,company,name\r\n1,telco,,Telco\r\n2,own,acme,\r\n');
    expect((await rest<string>('GET', '/trunks.csv?company=ACME')).body).toBe(
      'id,peer,company,name\r\n2,own,acme,\r\n',
    );
    expect((await rest<{ trunks: object[] }>('GET', '/trunks?company=beta')).body.trunks).toEqual([]);
  });

  it('come from files, each fault by its line', async () => {
    const headers = { 'content-type': 'text/csv' };
    const send = (body: string) =>
      ask<Problem>(house, 'POST', '/api/v1/endpoints', { token: adminToken, body, headers });
    const bad = await send('peer,kind\nPJSIP/a,phone\nPJSIP/b,app\nPJSIP/B,app\n');
    expect([bad.status, bad.body.detail]).toEqual([
      422,
      'nothing was imported: line 2, kind: "phone" is no kind, expected extension, trunk, local, app (the first of 2 faults)',
    ]);
    // What only the store knows is told with what the file says itself.
    const all = await send('peer,kind,company\nPJSIP/a,app,nosuch\n,app,acme\nPJSIP/A,app,acme\n');
    expect(all.body.errors).toEqual([
      { line: 2, field: 'company', message: 'there is no company "nosuch", import the companies first' },
      { line: 3, field: 'peer', message: 'is empty, expected 1 to 255 characters' },
      { line: 4, field: 'peer', message: 'stands on line 2 already' },
    ]);
    const kind = await send('peer,kind\nPJSIP/a,phone\n');
    expect(kind.body.detail).toBe(
      'nothing was imported: line 2, kind: "phone" is no kind, expected extension, trunk, local, app',
    );
    expect((await send('peer,kind,company\nPJSIP/a,extension,acme\n')).body).toMatchObject({ rows: 1, added: 1 });
  });
});
