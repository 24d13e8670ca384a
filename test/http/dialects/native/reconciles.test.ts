import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reconcile } from '../../../../src/store/reconciles.ts';
import { adminToken, openHouse, type House } from '../../support.ts';

const report = (missing: number): Omit<Reconcile, 'id'> => ({
  ...{ system: 'pbx1', started: 1_795_400_000_000_000, ended: 1_795_400_001_000_000 },
  ...{ from: 1_795_300_000_000_000, to: 1_795_400_000_000_000, isDryRun: false, state: 'done', detail: null },
  ...{ read: 3, missing, changed: 0, gone: 0, rejected: 0, expired: 0, unseen: 0, days: [] },
  examples: { missing: [7], changed: [], gone: [] },
});

describe('/api/v1/reconciles', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
    for (const missing of [1, 2, 3]) await house.store.saveReconcile(report(missing));
  });
  afterAll(() => house.close());

  const get = async (query: string, token = adminToken) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await house.app.inject({ url: `/api/v1/reconciles${query}`, headers });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };

  it('lists reports, the newest first, page by page', async () => {
    const { status, body } = await get('?limit=2');
    expect(status).toBe(200);
    expect(body).toMatchObject({ reconciles: [{ id: 3, missing: 3 }, { id: 2 }], more: true });
    expect((await get('?before=2')).body).toEqual({
      reconciles: [
        {
          ...{ id: 1, system: 'pbx1', state: 'done', detail: null, dry_run: false },
          ...{ started: '2026-11-23T02:13:20Z', ended: '2026-11-23T02:13:21Z' },
          ...{ from: '2026-11-21T22:26:40Z', to: '2026-11-23T02:13:20Z' },
          ...{ read: 3, missing: 1, changed: 0, gone: 0, rejected: 0, expired: 0, unseen: 0 },
          ...{ days: [], examples: { missing: [7], changed: [], gone: [] } },
        },
      ],
      more: false,
    });
  });

  it('are listed and exported by system', async () => {
    expect((await get('?system=pbx1&limit=1')).body).toMatchObject({ reconciles: [{ id: 3 }], more: true });
    expect((await get('?system=pbx2')).body).toEqual({ reconciles: [], more: false });
    const headers = { authorization: `Bearer ${adminToken}` };
    const csv = (system: string) => ({ url: `/api/v1/reconciles.csv?columns=id&system=${system}`, headers });
    expect((await house.app.inject(csv('pbx1'))).payload).toBe('id\r\n3\r\n2\r\n1\r\n');
    expect((await house.app.inject(csv('pbx2'))).payload).toBe('id\r\n');
  });

  it('are exported, all of them', async () => {
    const headers = { authorization: `Bearer ${adminToken}` };
    const path = '/api/v1/reconciles.csv?columns=id,started,missing,examples&zone=Europe/Paris';
    const { payload } = await house.app.inject({ url: path, headers });
    const line = (id: number) => `${id},2026-11-23T03:13:20+01:00,${id},"{""missing"":[7],""changed"":[],""gone"":[]}"`;
    expect(payload.split('\r\n')).toEqual(['id,started,missing,examples', line(3), line(2), line(1), '']);
    const after = await house.app.inject({ url: '/api/v1/reconciles.ndjson?before=2', headers });
    expect(JSON.parse(after.payload)).toEqual(((await get('?before=2')).body['reconciles'] as object[])[0]);
  });

  it('are for admins who are bound to no companies', async () => {
    for (const token of [await house.token('write'), await house.token('admin', ['acme'])]) {
      expect((await get('', token)).status).toBe(403);
    }
    expect((await get('', 'nobody')).status).toBe(401);
  });

  it('refuse what they do not know, naming it', async () => {
    const { status, body } = await get('?limit=101');
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain('limit');
  });
});
