import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addUser, auditOf, cookieFrom, login, ownOrigin, password } from '../../people.ts';
import { adminToken, ask, openHouse, record, type House } from '../../support.ts';

describe('/api/v1/users, /tokens, /audit', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(() => house.close());

  type Method = Parameters<typeof ask>[1];
  const as = (token: string) => (method: Method, path: string, body?: unknown) =>
    ask<Record<string, unknown>>(house, method, `/api/v1${path}`, { token, ...(body === undefined ? {} : { body }) });
  const root = as(adminToken);
  const bob = { name: 'Bob', password, role: 'user', companies: ['acme'], extensions: ['101'] };

  it('makes, shows, changes and removes users, and never shows a password or its hash', async () => {
    const made = await root('POST', '/users', bob);
    expect(made).toMatchObject({ status: 201, headers: { location: '/api/v1/users/1' } });
    const seen = { name: 'Bob', role: 'user', companies: ['acme'], extensions: ['101'] };
    expect(made.body).toMatchObject({ id: 1, ...seen, disabled: null });
    expect((await root('GET', '/users/1')).body).toEqual(made.body);
    expect((await root('GET', '/users')).body).toEqual({ users: [made.body], after: 1, more: false });
    const change = { role: 'billing', extensions: [], companies: null, disabled: true };
    expect((await root('PATCH', '/users/1', change)).body).toMatchObject({
      ...change,
      disabled: expect.any(String) as string,
    });
    expect((await root('DELETE', '/users/1')).status).toBe(204);
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      expect((await root(method, '/users/1', method === 'PATCH' ? {} : undefined)).status).toBe(404);
    }
    expect(JSON.stringify(await auditOf(house))).not.toMatch(/scrypt|correct horse/);
  });

  it('refuses users that cannot be, with every fault', async () => {
    const odd = await root('POST', '/users', { ...bob, role: 'king', companies: [], extra: 1 });
    expect(odd.body['errors']).toHaveLength(3);
    const user = await root('POST', '/users', { ...bob, password: 'short', extensions: [] });
    expect(user).toMatchObject({ status: 400, body: { errors: [{ field: 'extensions' }] } });
    expect(await root('POST', '/users', { ...bob, password: 'short' })).toMatchObject({
      status: 400,
      body: { detail: 'password: has 5 characters, expected 10 to 256' },
    });
    await root('POST', '/users', bob);
    expect(await root('POST', '/users', { ...bob, name: 'BOB' })).toMatchObject({ status: 409 });
    expect((await root('GET', '/users?limit=0')).status).toBe(400);
  });

  it('pages by id', async () => {
    for (const name of ['a', 'b', 'c']) await addUser(house, name);
    expect((await root('GET', '/users?limit=2')).body).toMatchObject({
      users: [{ id: 1 }, { id: 2 }],
      after: 2,
      more: true,
    });
    expect((await root('GET', '/users?limit=2&after=2')).body).toMatchObject({
      users: [{ id: 3 }],
      after: 3,
      more: false,
    });
    expect((await root('GET', '/tokens?after=7')).body).toEqual({ tokens: [], after: 7, more: false });
  });

  it('makes tokens whose secret is shown once, and revokes them', async () => {
    const unknown = { name: 'wall', scope: 'read', companies: ['ACME', 'nobody'] };
    await root('POST', '/companies', { handle: 'acme' });
    expect((await root('POST', '/tokens', unknown)).body).toMatchObject({
      ...{ status: 400, detail: 'companies.1: there is no company nobody' },
    });
    const made = await root('POST', '/tokens', { name: 'wall', scope: 'read', companies: ['ACME', 'acme'] });
    const { secret, ...token } = made.body as { secret: string; id: number };
    expect(made.status).toBe(201);
    expect((await as(secret)('GET', '/session')).body).toMatchObject({
      kind: 'token',
      name: 'wall',
      companies: ['acme'],
    });
    expect((await root('GET', `/tokens/${token.id}`)).body).toEqual(token);
    expect((await root('GET', '/tokens')).body).toEqual({ tokens: [token], after: 1, more: false });
    expect((await root('DELETE', '/tokens/1')).status).toBe(204);
    expect((await root('DELETE', '/tokens/1')).status).toBe(404);
    expect((await as(secret)('GET', '/cdrs')).status).toBe(401);
    expect((await root('POST', '/tokens', { name: 'x', scope: 'read', companies: '' })).status).toBe(400);
  });

  it('finds what somebody did by any spelling of the name, and by days', async () => {
    await addUser(house, 'Ünal');
    for (const [name, at] of [
      ['bob', '2026-11-22T23:59:59Z'],
      ['Ünal', '2026-11-23T00:00:00Z'],
    ] as const) {
      const by = { kind: 'user', id: 1, name, address: null } as const;
      await house.store.audit({ at: Date.parse(at) * 1000, by, action: 'logout' });
    }
    const names = async (query: string) => {
      const { body } = await root('GET', `/audit?action=logout&${query}`);
      return (body['audit'] as { by: { name: string } }[]).map(({ by }) => by.name);
    };
    for (const name of ['bob', 'BOB']) expect(await names(`name=${name}`)).toEqual(['bob']);
    for (const name of ['Ünal', 'ÜNAL']) expect(await names(`name=${encodeURIComponent(name)}`)).toEqual(['Ünal']);
    expect([await names('from=2026-11-23&to=2026-11-24'), await names('to=2026-11-23')]).toEqual([['Ünal'], ['bob']]);
  });

  it('says of a handle that it needs a character and no spaces around it', async () => {
    for (const handle of ['', ' a']) {
      const { body } = await root('POST', '/companies', { handle });
      const form = 'a text of 1 to 255 characters without spaces around it or control characters in it';
      expect(body['detail']).toBe(`handle: ${JSON.stringify(handle)} is not ${form}`);
    }
  });

  it('refuses a page of the audit that goes both ways', async () => {
    const { status, body } = await root('GET', '/audit?after=1&before=5');
    expect([status, body['detail']]).toEqual([400, 'before: cannot be given together with after']);
  });

  it('is for admins who are bound to nothing: nobody else reads or writes any of it', async () => {
    await addUser(house, 'bill');
    const routes: [Method, string, unknown?][] = [
      ...(['/users', '/users/1', '/tokens', '/tokens/1', '/audit'] as const).map((path): [Method, string] => [
        'GET',
        path,
      ]),
      ['POST', '/users', { ...bob, role: 'admin', companies: null, extensions: [] }],
      ['PATCH', '/users/1', { role: 'admin', companies: null }],
      ['DELETE', '/users/1'],
      ['POST', '/tokens', { name: 'x', scope: 'admin', companies: null }],
      ['DELETE', '/tokens/1'],
      ['POST', '/companies', { handle: 'x' }],
      ['PATCH', '/companies/1', { name: 'x' }],
      ['DELETE', '/companies/1'],
      ['POST', '/extensions', { company: null, number: '1' }],
      ['PATCH', '/extensions/1', { name: 'x' }],
      ['DELETE', '/extensions/1'],
    ];
    const strangers = [await house.token('read'), await house.token('write'), await house.token('admin', ['acme'])];
    const cookie = cookieFrom(await login(house, 'bill'));
    for (const [method, path, body] of routes) {
      for (const token of strangers)
        expect([method, path, (await as(token)(method, path, body)).status]).toEqual([method, path, 403]);
      expect([path, (await as('cdrd_unknown')(method, path, body)).status]).toEqual([path, 401]);
      const given = { headers: { cookie, origin: ownOrigin }, ...(body === undefined ? {} : { body }) };
      expect([path, (await ask(house, method, `/api/v1${path}`, given)).status]).toEqual([path, 403]);
    }
    expect((await root('GET', '/users')).body).toMatchObject({ users: [{ role: 'billing' }] });
    expect((await root('GET', '/tokens')).body['tokens']).toHaveLength(3);
  });

  it('keeps the last admin, unless CDRD_ADMIN_TOKEN says so', async () => {
    const { id } = await addUser(house, 'root', { role: 'admin', companies: null });
    const cookie = cookieFrom(await login(house, 'root'));
    const remove = () => ask(house, 'DELETE', `/api/v1/users/${id}`, { headers: { cookie, origin: ownOrigin } });
    expect(await remove()).toMatchObject({
      status: 409,
      body: { title: 'Conflict', detail: 'nobody could administer cdrd after this: make another admin first' },
    });
    expect((await root('DELETE', `/users/${id}`)).status).toBe(204);
  });

  it('shows what was done, the newest first or from any place on, and takes nothing back', async () => {
    await root('POST', '/users', bob);
    await root('PATCH', '/users/1', { password: 'another password' });
    await root('POST', '/tokens', { name: 'wall', scope: 'read', companies: null });
    await house.store.audit({ at: 1, by: { kind: 'token', id: 3, name: 'x', address: null }, action: 'export' });
    const { body } = await root('GET', '/audit?limit=2');
    expect(body).toMatchObject({
      audit: [
        { id: 4, action: 'export' },
        { id: 3, action: 'token.created' },
      ],
      more: true,
    });
    expect((await root('GET', '/audit?before=3')).body).toMatchObject({ audit: [{ id: 2 }, { id: 1 }], more: false });
    expect((await root('GET', '/audit?after=1&limit=1')).body).toEqual({
      audit: [
        {
          ...{
            id: 2,
            at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
            action: 'user.changed',
            object: 'user Bob',
            count: 1,
          },
          by: { kind: 'token', id: 0, name: 'CDRD_ADMIN_TOKEN', address: '127.0.0.1' },
          detail: { id: 1, password: 'changed' },
        },
      ],
      more: true,
    });
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      expect((await root(method, '/audit', method === 'DELETE' ? undefined : {})).status).toBe(405);
      expect((await root(method, '/audit/1', method === 'DELETE' ? undefined : {})).status).toBe(404);
    }
  });
});

describe('/api/v1/companies and /extensions', () => {
  let house: House;
  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(() => house.close());

  const call = (method: Parameters<typeof ask>[1], path: string, body?: unknown, token = adminToken) =>
    ask<Record<string, unknown>>(house, method, `/api/v1${path}`, { token, ...(body === undefined ? {} : { body }) });
  const add = (company: string | null, number: string) => call('POST', '/extensions', { company, number, name: null });

  it('knows the companies that records named, in their first spelling, and gives them names', async () => {
    await house.put([record({ accountcode: 'Acme' }), record({ accountcode: 'ACME', peeraccount: 'beta' })]);
    const [acme, beta] = [
      { id: 1, handle: 'Acme', name: null, listed: false },
      { id: 2, handle: 'beta', name: null, listed: false },
    ];
    expect((await call('GET', '/companies')).body).toEqual({ companies: [acme, beta], after: 2, more: false });
    const named = { ...acme, name: 'Acme Ltd', listed: true };
    expect((await call('PATCH', '/companies/1', { name: 'Acme Ltd' })).body).toEqual(named);
    expect(await call('POST', '/companies', { handle: 'aCME' })).toMatchObject({
      status: 409,
      body: { detail: 'there is a company Acme already, it has the id 1' },
    });
    const made = await call('POST', '/companies', { handle: 'gamma', name: 'Gamma' });
    expect(made).toMatchObject({ status: 201, body: { id: 3, handle: 'gamma', name: 'Gamma' } });
    await house.put([record({ accountcode: 'GAMMA' })]);
    expect((await call('GET', '/cdrs?company=gamma')).body['cdrs']).toMatchObject([{ company: 'gamma' }]);
  });

  it('removes a company that nothing belongs to; its first record brings it back, with its id', async () => {
    await call('POST', '/companies', { handle: 'acme', name: 'Acme' });
    await add('ACME', '101');
    expect((await call('DELETE', '/companies/1')).body).toMatchObject({
      detail: /^extensions belong to the company acme/,
    });
    expect((await call('DELETE', '/extensions/1')).status).toBe(204);
    expect((await call('DELETE', '/companies/1')).status).toBe(204);
    expect((await call('GET', '/companies/1')).status).toBe(404);
    expect((await call('GET', '/companies')).body['companies']).toEqual([]);
    await house.put([record({ accountcode: 'acme' })]);
    const shown = { id: 1, handle: 'acme', name: null, listed: false };
    expect((await call('GET', '/companies')).body['companies']).toEqual([shown]);
    expect(await call('DELETE', '/companies/1')).toMatchObject({
      status: 409,
      body: { detail: 'records belong to the company acme: it stays as long as they do' },
    });
  });

  it('keeps a number once per company, and one without a company', async () => {
    expect((await add('nobody', '101')).body).toMatchObject({ detail: 'company: there is no company nobody' });
    for (const handle of ['acme', 'beta']) await call('POST', '/companies', { handle });
    const own = { id: 1, company: 'acme', number: '101', name: null, listed: true };
    expect((await add('ACME', '101')).body).toEqual(own);
    expect([(await add('beta', '101')).status, (await add(null, '101')).status]).toEqual([201, 201]);
    expect((await add('acme', '101')).body).toMatchObject({
      detail: 'there is an extension 101 of acme already, it has the id 1',
    });
    expect((await add(null, '101')).status).toBe(409);
    expect((await call('PATCH', '/extensions/1', { name: 'Bob' })).body).toMatchObject({ number: '101', name: 'Bob' });
    expect((await call('POST', '/extensions', { company: null, number: ' ' })).status).toBe(400);
  });

  it('shows everybody what is within the own wall, after the admin was shown all', async () => {
    for (const handle of ['acme', 'beta']) await call('POST', '/companies', { handle });
    for (const [company, number] of [
      ['acme', '101'],
      ['acme', '102'],
      ['beta', '101'],
      [null, '101'],
    ] as const) {
      await add(company, number);
    }
    const numbers = async (send: (path: string) => Promise<{ body: Record<string, unknown> }>) => [
      ((await send('/companies')).body['companies'] as { handle: string }[]).map(({ handle }) => handle),
      ((await send('/extensions')).body['extensions'] as { id: number }[]).map(({ id }) => id),
    ];
    expect(await numbers((path) => call('GET', path))).toEqual([
      ['acme', 'beta'],
      [1, 2, 3, 4],
    ]);
    const bound = await house.token('read', ['ACME']);
    expect(await numbers((path) => call('GET', path, undefined, bound))).toEqual([['acme'], [1, 2]]);
    for (const path of ['/companies/2', '/extensions/3', '/extensions/4']) {
      expect([path, (await call('GET', path)).status]).toEqual([path, 200]);
      expect([path, (await call('GET', path, undefined, bound)).status]).toEqual([path, 404]);
    }
    await addUser(house, 'una', { role: 'user', extensions: ['101'] });
    await addUser(house, 'otto', { role: 'user', companies: null, extensions: ['101'] });
    const [una, otto] = [cookieFrom(await login(house, 'una')), cookieFrom(await login(house, 'otto'))];
    const by = (cookie: string) => (path: string) =>
      ask<Record<string, unknown>>(house, 'GET', `/api/v1${path}`, { headers: { cookie } });
    expect([await numbers(by(una)), await numbers(by(otto))]).toEqual([
      [['acme'], [1]],
      [[], [1, 3, 4]],
    ]);
  });
});
