// The client covers our own API whole: each operation of /openapi.json is reached by one of its calls, or stands below with the
// reason why no client needs it.
import { subscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Client, type Table } from '../../src/client/client.ts';
import type { Openapi } from '../http/documented.ts';
import { addUser, password } from '../http/people.ts';
import { adminToken, ask, openHouse, record, records, until, type House } from '../http/support.ts';
import { gather } from './gather.ts';

/** What no client needs. */
const notNeeded: Record<string, string> = {
  page: 'for people',
  healthz: 'for whatever keeps the daemon alive',
  readyz: 'for whatever sends it traffic',
  metrics: 'for Prometheus',
  openapi: 'a document',
  asyncapi: 'a document',
  docs: 'a page for people',
  docsStyle: 'how that page looks',
  client: 'the client itself',
  liveEvents: 'the same feed as /live, for programs that have no WebSocket',
};
/** The API of a vendor has clients of its own. */
const isForeign = (id: string) => id.startsWith('ipcortex');

/** Operations that were asked for, of every server of this file. */
const asked = new Set<string>();
subscribe('fastify.initialization', (message) => {
  const { fastify: app } = message as { fastify: FastifyInstance };
  app.addHook('preHandler', async ({ routeOptions: { config } }) => {
    if (config.operation) asked.add(config.operation.id);
  });
});

describe('the client and the API', () => {
  let house: House;
  let admin: Client;
  beforeAll(async () => {
    // An address that is refused, and nobody is patient: all of it is given up at once.
    const hook = { name: 'crm', url: 'https://10.0.0.1/', secret: `whsec_${'A'.repeat(32)}`, give_up_seconds: 0.001 };
    house = await openHouse({ webhooks: [{ ...hook, retry_seconds: 0.01 }] });
    admin = connect({ url: house.url, token: adminToken });
    // One call: they are of one linkedid.
    await house.put(records(3, { accountcode: 'acme', linkedid: '1795314479.0' }));
  });
  afterAll(() => house.close());

  const wrong = { ...record(), system: 'pbx1', start: 'yesterday' } as Parameters<Client['cdrs']['add']>[0];
  const made = async () => {
    await admin.cdrs.addAll([wrong]);
    return (await admin.rejects.list({ limit: 1 })).rejects[0]!.id;
  };
  const [start, day] = ['2026-11-22T03:15:29Z', '2026-11-22'];

  it('reads, writes, explains and exports records', async () => {
    const { uniqueid } = await admin.cdrs.get(1);
    expect((await admin.cdrs.list()).cdrs).toHaveLength(3);
    expect((await admin.cdrs.search({ filter: { company: 'acme' } })).cdrs).toHaveLength(3);
    expect((await admin.cdrs.changes({ after: 0 })).changes).toHaveLength(3);
    const fresh = { ...record(), system: 'pbx1' } as Parameters<Client['cdrs']['add']>[0];
    expect(await admin.cdrs.add(fresh)).toEqual({ status: 'created', id: 4 });
    await admin.cdrs.edit(4, { note: 'x' });
    expect((await admin.cdrs.history(4)).edits).toHaveLength(1);
    expect(await gather(admin.cdrs.exportHistory(4).rows())).toMatchObject([{ id: 1 }]);
    expect(await gather(admin.cdrs.exportHistory(4, {}, { format: 'csv' }).lines())).toHaveLength(2);
    await admin.cdrs.remove(4);
    expect(await admin.cdrs.explain(1)).toMatchObject({ id: 1, sights: [{ source: 'pbx1/api' }] });
    expect(await admin.cdrs.explainUniqueid({ uniqueid, system: 'pbx1' })).toMatchObject({ records: [{ id: 1 }] });
    expect(await gather(admin.cdrs.export({ src: '100' }).rows())).toHaveLength(3);
    const csv = { format: 'csv', columns: ['id', 'start'] } as const;
    expect(await gather(admin.cdrs.export({}, csv).lines())).toEqual([
      'id,start',
      ...[1, 2, 3].map((id) => `${id},${start}`),
    ]);
    expect(await gather(admin.cdrs.exportSearch({ order: '-id' }).rows())).toMatchObject([
      { id: 3 },
      { id: 2 },
      { id: 1 },
    ]);
    expect(await gather(admin.cdrs.exportSearch({ filter: { src: '1' } }, csv))).toEqual(['id,start\r\n']);
  });

  const tryTable = async <Name extends string, Row extends { id: number }, New>(
    table: Table<Name, Row, New, { name: string | null }>,
  ) => {
    const { id } = (await gather(table.all())).at(-1)!;
    expect(await table.change(id, { name: 'Z' })).toMatchObject({ id, name: 'Z' });
    expect(await table.get(id)).toMatchObject({ name: 'Z' });
    expect((await gather(table.export().rows())).at(-1)).toEqual(await table.get(id));
    expect((await gather(table.export({}, { format: 'csv' }).lines())).at(-1)).toMatch(/,Z(,true)?$/);
  };

  it('keeps companies and extensions, one by one and by file', async () => {
    const file = 'handle,name\nzeta,Zeta Ltd\n';
    expect(await admin.companies.importCsv(file, { dryRun: true })).toMatchObject({ added: 1, dry_run: true });
    expect(await admin.companies.importCsv(new Blob([file]))).toMatchObject({ added: 1, dry_run: false });
    expect(await admin.extensions.importCsv('company,number\nzeta,7\n')).toMatchObject({ rows: 1, added: 1 });
    await expect(admin.companies.importCsv('handle\n\n""\n')).rejects.toMatchObject({
      status: 422,
      problem: { errors: [{ line: 3, field: 'handle' }] },
    });
    await tryTable(admin.companies);
    await tryTable(admin.extensions);
    await admin.extensions.remove((await gather(admin.extensions.all())).at(-1)!.id);
    const { id } = await admin.companies.add({ handle: 'eta' });
    await admin.companies.remove(id);
    const extension = await admin.extensions.add({ company: 'acme', number: '9' });
    expect((await admin.extensions.list({ company: 'ACME' })).extensions).toContainEqual(extension);
    expect(await gather(admin.extensions.export({ company: 'beta' }).rows())).not.toContainEqual(extension);
    await admin.extensions.remove(extension.id);
  });

  it('lists and exports calls, and reads one whole', async () => {
    const [call] = await gather(admin.calls.all({ company: 'acme', limit: 1 }));
    const whole = await admin.calls.get(call!.id);
    expect(whole).toMatchObject({ ...call });
    expect(whole.cdrs).toHaveLength(call!.records);
    const filter = { not: { company: 'nobody' } };
    expect(await gather(admin.calls.export({ filter }).rows())).toEqual(await gather(admin.calls.all()));
    expect((await gather(admin.calls.export({}, { format: 'csv' }).lines()))[0]).toMatch(/^id,/);
  });

  const tryThing = async <Name extends string, Row extends { id: number }, New>(
    table: Table<Name, Row, New, { name?: string | null }>,
    thing: New,
    file: string,
  ) => {
    const { id } = await table.add(thing);
    expect(await table.importCsv(file)).toMatchObject({ rows: 1, added: 1 });
    await tryTable(table as Table<Name, Row, New, { name: string | null }>);
    await table.remove(id);
    expect(await gather(table.all())).toHaveLength(1);
  };

  it('keeps DIDs, trunks and endpoints, one by one and by file', async () => {
    await tryThing(admin.dids, { number: '442079460000', company: 'acme' }, 'number,company\n442079460001,acme\n');
    await tryThing(admin.trunks, { peer: 'PJSIP/telco' }, 'peer\nPJSIP/other\n');
    await tryThing(admin.endpoints, { peer: 'PJSIP/d1', kind: 'extension' }, 'peer,kind\nPJSIP/d2,trunk\n');
  });

  it('keeps users and tokens, and reads the audit', async () => {
    const { id } = await admin.users.add({ name: 'una', password, role: 'billing', companies: ['acme'] });
    expect(await admin.users.change(id, { disabled: true })).toMatchObject({ disabled: expect.any(String) as string });
    expect(await admin.users.get(id)).toMatchObject({ name: 'una' });
    expect((await admin.users.list()).users).toHaveLength(1);
    const token = await admin.tokens.add({ name: 't', scope: 'read', companies: null });
    expect(await admin.tokens.get(token.id)).toMatchObject({ name: 't' });
    expect((await admin.tokens.list()).tokens).toHaveLength(1);
    for (const table of [admin.users, admin.tokens]) {
      expect(await gather(table.export().rows())).toHaveLength(1);
      expect(await gather(table.export({}, { format: 'csv' }).lines())).toHaveLength(2);
    }
    await admin.users.remove(id);
    await admin.tokens.remove(token.id);
    const { audit } = await admin.audit({ limit: 2 });
    expect(audit.map(({ action }) => action)).toEqual(['token.revoked', 'user.removed']);
    expect(await gather(admin.audit.export({ limit: 2 }).rows())).toEqual(audit);
    expect((await gather(admin.audit.export({ after: 0 }, { format: 'csv' }).lines()))[1]).toMatch(/^1,/);
  });

  it('lists, tries and discards rejects', async () => {
    const id = await made();
    expect(await admin.rejects.get(id)).toMatchObject({ id, count: 1 });
    await expect(admin.rejects.retry(id)).rejects.toMatchObject({
      status: 422,
      problem: { errors: [{ field: 'start' }] },
    });
    expect(await admin.rejects.retryAll({ source: 'pbx1/api' })).toMatchObject({ rejected: 1, more: false });
    expect(await gather(admin.rejects.export().rows())).toMatchObject([{ id, tries: 2 }]);
    expect(await gather(admin.rejects.export({ after: 0 }, { format: 'csv' }).lines())).toHaveLength(2);
    await admin.rejects.discard(id);
    await made();
    expect(await admin.rejects.discardAll({ source: 'pbx1/table' })).toEqual({ discarded: 0, more: false });
    await expect(admin.rejects.discardAll({ system: 'pbx9' })).rejects.toMatchObject({ status: 400 });
    expect(await admin.rejects.discardAll()).toEqual({ discarded: 1, more: false });
  });

  it('reads and exports calls', async () => {
    const [call] = (await admin.calls.list({ company: 'acme', filter: { not: { outcome: 'busy' } } })).calls;
    expect(await admin.calls.get(call!.id)).toMatchObject({ id: call!.id, cdrs: [{ id: 1 }, { id: 2 }, { id: 3 }] });
    expect(await gather(admin.calls.all({ limit: 1 }))).toEqual([call]);
    expect(await admin.calls.live({ company: 'acme' })).toEqual({
      ...{ calls: [], more: false, systems: [] },
      why: expect.stringContaining('set events: calls in the section ami') as string,
    });
    expect(await gather(admin.calls.exportLive({ company: 'acme' }).rows())).toEqual([]);
    const named = { format: 'csv', columns: ['linkedid', 'state'] } as const;
    expect(await gather(admin.calls.exportLive({}, named).lines())).toEqual(['linkedid,state']);
    expect(await gather(admin.calls.export({ order: '-id' }).rows())).toEqual([call]);
    expect(await gather(admin.calls.export({}, { format: 'csv' }).lines())).toHaveLength(2);
  });

  it('counts calls, and tells how many ran at once', async () => {
    const span = { from: day, to: '2026-11-23' };
    const sums = { calls: 1, records: 3 };
    expect(await admin.stats({ ...span, by: ['company', 'direction'] })).toMatchObject({
      ...{ source: 'rollups', total: sums },
      rows: [{ company: 'acme', ...sums }],
    });
    expect(await gather(admin.stats.export({ ...span, by: 'company' }).rows())).toMatchObject([{ company: 'acme' }]);
    const csv = { format: 'csv', columns: ['company', 'calls'] } as const;
    expect(await gather(admin.stats.export({ ...span, by: 'company' }, csv).lines())).toEqual([
      'company,calls',
      'acme,1',
    ]);
    const { points } = await admin.stats.concurrency({ ...span, step: 'day' });
    expect(points).toHaveLength(1);
    expect(await gather(admin.stats.exportConcurrency({ ...span, step: 'day', person: 'no' }).rows())).toHaveLength(1);
    expect(
      await gather(admin.stats.exportConcurrency({ ...span, step: 'day' }, { format: 'csv' }).lines()),
    ).toHaveLength(2);
  });

  it('looks at the proof and at the jobs', async () => {
    expect((await admin.completeness.list({ from: day, to: day })).days).toMatchObject([{ day, system: 'pbx1' }]);
    const days = await gather(admin.completeness.all({ from: '2026-11-18', to: day, limit: 2 }));
    expect(days.map((one) => one.day)).toEqual(['18', '19', '20', '21', '22'].map((one) => `2026-11-${one}`));
    const span = { from: '2026-11-18', to: day };
    expect(await gather(admin.completeness.export(span).rows())).toEqual(days);
    const csv = { format: 'csv', columns: ['day', 'verdict'] } as const;
    expect(await gather(admin.completeness.export({ ...span, limit: 1 }, csv).lines())).toEqual([
      'day,verdict',
      expect.stringMatching(/^2026-11-18,/),
    ]);
    expect(await gather(admin.reconciles.all({ limit: 1 }))).toEqual([]);
    expect(await gather(admin.reconciles.export().rows())).toEqual([]);
    expect(await gather(admin.reconciles.export({}, { format: 'csv' }).lines())).toHaveLength(1);
    expect(await admin.doctor()).toMatchObject({ verdict: 'warning', findings: [{ code: 'config-none' }, {}] });
    const [job] = await admin.jobs.list();
    expect(await gather(admin.jobs.export().rows())).toEqual(await admin.jobs.list());
    expect((await gather(admin.jobs.export({ format: 'csv' }).lines()))[1]).toContain(job!.name);
    expect(await admin.jobs.get(job!.name)).toEqual(job);
    expect(await admin.jobs.run(job!.name)).toMatchObject({ name: job!.name });
    await expect(admin.jobs.run('a/b')).rejects.toMatchObject({ status: 404 });
  });

  it('keeps holds', async () => {
    const hold = await admin.holds.add({ company: 'acme', reason: 'case 7' });
    expect(hold).toMatchObject({ company: 'acme', number: null, reason: 'case 7', by: 'CDRD_ADMIN_TOKEN' });
    expect(await admin.holds.list()).toEqual([hold]);
    await expect(admin.holds.add({ company: 'ACME' })).rejects.toMatchObject({ status: 409 });
    await expect(admin.holds.add({ company: 'acme', number: '123' })).rejects.toMatchObject({ status: 400 });
    await admin.holds.remove(hold.id);
    await expect(admin.holds.remove(hold.id)).rejects.toMatchObject({ status: 404 });
    expect(await admin.holds.list()).toEqual([]);
  });

  it('looks at webhooks and their deliveries, tests, replays and discards them', async () => {
    const allDead = () =>
      until(async () => {
        const [hook] = await admin.webhooks.list();
        return hook!.dead >= 3 && hook!.pending === 0 && hook!.behind === 0;
      });
    await allDead();
    expect(await admin.webhooks.list()).toMatchObject([
      { name: 'crm', to: 'https://10.0.0.1', types: ['cdr'], batch: 1 },
    ]);
    const { deliveries, more } = await admin.webhooks.deliveries({ state: 'dead', webhook: 'crm', after: 0, limit: 2 });
    expect([deliveries.map(({ id }) => id), more]).toEqual([[1, 2], true]);
    expect(await admin.webhooks.delivery(1)).toEqual(deliveries[0]);
    expect(deliveries[0]).toMatchObject({ items: [{ type: 'cdr', op: 'created', id: 1 }], status: null });
    expect(deliveries[0]!.detail).toBe('10.0.0.1, a private address: set allow_private: true if that is meant');
    const exported = await gather(admin.webhooks.exportDeliveries({ state: 'dead', after: 0 }).rows());
    expect(exported.slice(0, 2)).toEqual(deliveries);
    const lines = await gather(admin.webhooks.exportDeliveries({ limit: 1 }, { format: 'csv' }).lines());
    expect(lines).toMatchObject([expect.stringMatching(/^id,webhook,/), expect.stringMatching(/^\d+,crm,msg_/)]);
    expect(await admin.webhooks.replay(1)).toMatchObject({ id: 1, webhook: 'crm' });
    const { id } = await admin.webhooks.test('crm');
    await allDead();
    expect(await admin.webhooks.replayAll('crm')).toMatchObject({ more: false });
    await allDead();
    await admin.webhooks.discard(id);
    await expect(admin.webhooks.discard(id)).rejects.toMatchObject({ status: 404 });
    await expect(admin.webhooks.test('other')).rejects.toMatchObject({ status: 404 });
    expect((await admin.webhooks.discardAll('crm')).deliveries).toBeGreaterThanOrEqual(3);
    expect(await admin.webhooks.deliveries()).toEqual({ deliveries: [], more: false });
  });

  it('logs in, changes the own password, listens and logs out', async () => {
    await addUser(house, 'ulf');
    const client = connect({ url: house.url });
    await client.session.login('ulf', password);
    await expect(client.session.changePassword('wrong', 'a better password')).rejects.toMatchObject({ status: 403 });
    await client.session.changePassword(password, 'a better password');
    expect(await client.session.get()).toMatchObject({ name: 'ulf' });
    for await (const { type } of client.live({ after: 0 })) if (type === 'live') break;
    await client.session.logout();
    await client.session.login('ulf', 'a better password');
  });

  it('reaches every operation of /openapi.json that anybody needs', async () => {
    const { body } = await ask<Openapi>(house, 'GET', '/openapi.json');
    const ids = Object.values(body.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    const unreached = ids.filter((id) => !asked.has(id) && !isForeign(id) && notNeeded[id] === undefined);
    expect(unreached, 'give these a call in src/client, or a reason above').toEqual([]);
    expect(Object.keys(notNeeded).filter((id) => !ids.includes(id))).toEqual([]);
  });
});
