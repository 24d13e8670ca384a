// The client against a real daemon: every call, every error, both ways of showing who one is.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError, connect, type Client } from '../../src/client/client.ts';
import { addUser, password } from '../http/people.ts';
import { adminToken, openHouse, record, records, type House } from '../http/support.ts';
import { gather } from './gather.ts';

describe('the client', () => {
  let house: House;
  let admin: Client;
  beforeAll(async () => {
    house = await openHouse({ limits: { page_rows: 3 } });
    admin = connect({ url: `${house.url}/`, token: adminToken });
    await house.put(records(7, { accountcode: 'acme' }));
  });
  afterAll(() => house.close());

  it('lists, searches and fetches records', async () => {
    const page = await admin.cdrs.list({
      company: 'acme',
      filter: { not: { disposition: 'BUSY' } },
      limit: 2,
      raw: false,
    });
    expect(page).toMatchObject({ cdrs: [{ id: 1 }, { id: 2 }], after: 2, more: true });
    const search = await admin.cdrs.search({ filter: { or: [{ src: '100' }] }, order: '-id', limit: 1 });
    expect(search.cdrs).toMatchObject([{ id: 7 }]);
    expect(await admin.cdrs.get(3)).toMatchObject({ id: 3, system: 'pbx1', tags: [] });
    expect(await admin.cdrs.get(3, { raw: true })).toMatchObject({ id: 3, hidden: false });
  });

  it('walks all pages, forwards and backwards, from a place', async () => {
    const ids = async (query = {}) => (await gather(admin.cdrs.all({ limit: 3, ...query }))).map(({ id }) => id);
    expect(await ids()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await ids({ after: 5 })).toEqual([6, 7]);
    expect(await ids({ order: '-start' })).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(await ids({ company: 'nobody' })).toEqual([]);
  });

  it('stores, edits and hides records, and tells their history', async () => {
    const given = { ...record(), system: 'pbx1' } as Parameters<Client['cdrs']['add']>[0];
    expect(await admin.cdrs.add(given)).toEqual({ status: 'created', id: 8 });
    expect(await admin.cdrs.addAll([given])).toEqual([{ status: 'duplicate', id: 8 }]);
    expect(await admin.cdrs.edit(8, { note: 'hello', tags: ['vip'] })).toMatchObject({ note: 'hello', tags: ['vip'] });
    expect((await admin.cdrs.history(8)).edits).toMatchObject([
      { changes: { note: { before: null, after: 'hello' } } },
    ]);
    await admin.cdrs.remove(8);
    await expect(admin.cdrs.get(8)).rejects.toMatchObject({ status: 404 });
  });

  it('reads changes, and waits for them longer than for an answer', async () => {
    const page = await admin.cdrs.changes({ after: 0, limit: 1 });
    expect(page).toMatchObject({ changes: [{ seq: 1, op: 'created' }], after: 1, more: true });
    const hasty = connect({ url: house.url, token: adminToken, timeoutMs: 500 });
    expect(await hasty.cdrs.changes({ wait: 1 })).toMatchObject({ changes: [], more: false });
    await expect(admin.cdrs.changes({ after: 0, generation: 'other' })).rejects.toMatchObject({
      status: 409,
      problem: { reason: 'generation', generation: page.generation },
    });
  });

  it('keeps companies, extensions, users and tokens, and reads the audit', async () => {
    const company = await admin.companies.add({ handle: 'zeta' });
    expect(await admin.companies.change(company.id, { name: 'Zeta Ltd' })).toMatchObject({
      handle: 'zeta',
      name: 'Zeta Ltd',
    });
    const extension = await admin.extensions.add({ company: 'zeta', number: '7' });
    expect(await admin.extensions.get(extension.id)).toEqual(extension);
    await admin.extensions.remove(extension.id);
    const names = ['u1', 'u2', 'u3', 'u4'];
    for (const name of names) await admin.users.add({ name, password, role: 'billing', companies: ['zeta'] });
    expect((await gather(admin.users.all())).map(({ name }) => name)).toEqual(names);
    const { id, secret } = await admin.tokens.add({ name: 't', scope: 'read', companies: null });
    expect(await connect({ url: house.url, token: secret }).session.get()).toMatchObject({
      id,
      name: 't',
      scope: 'read',
    });
    await admin.tokens.remove(id);
    expect((await admin.audit({ limit: 1 })).audit).toMatchObject([{ action: 'token.revoked' }]);
  });

  it('throws what cdrd said, with each fault', async () => {
    const faulty = admin.cdrs.list({ limit: 99 });
    await expect(faulty).rejects.toBeInstanceOf(ApiError);
    await expect(faulty).rejects.toMatchObject({
      name: 'ApiError',
      status: 400,
      message: 'limit: 99 is not a whole number from 1 to 3 (limits.page_rows)',
      problem: { type: 'about:blank', errors: [{ field: 'limit' }] },
    });
    await expect(connect({ url: house.url }).cdrs.list()).rejects.toMatchObject({ status: 401 });
    await expect(connect({ url: 'http://127.0.0.1:1' }).cdrs.list()).rejects.toBeInstanceOf(TypeError);
  });

  it('gives up when it is told to', async () => {
    const stop = new AbortController();
    const waiting = admin.cdrs.changes({ wait: 30 }, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('logs in and out where there is no token, and keeps the session meanwhile, for the feed too', async () => {
    await addUser(house, 'una');
    const client = connect({ url: house.url });
    await expect(client.session.login('una', 'wrong')).rejects.toMatchObject({ status: 401 });
    expect(await client.session.login('una', password)).toMatchObject({ kind: 'user', name: 'una' });
    expect((await client.cdrs.list()).cdrs).toHaveLength(3);
    for await (const event of client.live({ after: 0 })) {
      expect(event).toMatchObject({ type: 'cdr', seq: 1 });
      break;
    }
    await client.session.logout();
    await expect(client.cdrs.list()).rejects.toMatchObject({ status: 401 });
  });
});
