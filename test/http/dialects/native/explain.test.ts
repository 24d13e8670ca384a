import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../../src/cdr/explain.ts';
import { raw, someCdr } from '../../../support/rows.ts';
import { ann, appendTo } from '../../../support/store.ts';
import { adminToken, ask, openHouse, type House } from '../../support.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
  await appendTo(house.store, 'pbx1/ami', [
    someCdr(1, { dst: '103' }),
    someCdr(2),
    someCdr(3, { accountcode: 'beta' }),
  ]);
  await appendTo(house.store, 'pbx1/table', [someCdr(1)], { marks: [{ key: '0:47' }] });
  const editing = { id: 1, by: ann, now: 1_795_500_000_000_000, within: null };
  await house.store.edit(editing, { company: 'gamma', note: 'call back' });
  await house.store.hide({ ...editing, id: 2 });
});
afterAll(() => house.close());

type Told = Explanation & { rejects?: { reason: string }[]; detail?: string };
const get = (id: number | string, token: string) => ask<Told>(house, 'GET', `/api/v1/cdrs/${id}/explain`, { token });

it('the life of a record is told: sights, contradictions, edits and changes', async () => {
  const { status, body } = await get(1, adminToken);
  expect(status).toBe(200);
  expect(body.sights).toMatchObject([
    { source: 'pbx1/ami', rule: 'new', key: null, effects: [], dropped: 0 },
    {
      ...{ source: 'pbx1/table', rule: 'sequence', key: '0:47' },
      effects: [{ field: 'dst', way: 'trusted', before: '103', said: '102', at: '2026-11-23T02:13:20Z' }],
    },
  ]);
  expect(body.contradictions).toEqual([
    {
      ...{ field: 'dst', believed: 'pbx1/table', why: 'the table is believed before AMI' },
      ...{ sources: ['pbx1/ami', 'pbx1/table'], words: { 'pbx1/ami': '103', 'pbx1/table': '102' } },
    },
  ]);
  expect(body.derived).toMatchObject({ company: 'gamma', raw: { company: 'acme' } });
  expect(body.edits).toMatchObject([{ by: ann.name, changes: { company: { before: 'acme', after: 'gamma' } } }]);
  expect(body.changes.map(({ seq, op }) => [seq, op])).toEqual([
    [1, 'created'],
    [4, 'updated'],
    [5, 'updated'],
  ]);
});

it('a reader sees the life without the words that were not believed, and only of records it may see', async () => {
  const { body } = await get(1, await house.token('read', ['gamma']));
  expect(body.sights).toHaveLength(2);
  expect(body.sights[1]!.effects).toMatchObject([{ field: 'dst', way: 'trusted' }]);
  expect(JSON.stringify(body.sights)).not.toMatch(/"before"|"said"|"103"/);
  expect(body.contradictions[0]).not.toHaveProperty('words');
  expect(body.derived).not.toHaveProperty('raw');
  expect(body).not.toHaveProperty('rejects');
  expect((await get(3, await house.token('read', ['gamma']))).status).toBe(404);
  expect((await get(1, await house.token('admin', ['acme']))).status).toBe(404);
});

it('the rules are run on what the sources told, not on what people wrote over it', async () => {
  await appendTo(house.store, 'pbx1/ami', [someCdr(4)]);
  await house.store.edit({ id: 4, by: ann, now: 1_795_500_000_000_000, within: null }, { said: { dst: '555' } });
  const { derived } = (await get(4, adminToken)).body;
  expect(derived.rules).toContainEqual(expect.objectContaining({ fact: 'peer_extension', value: '102' }));
});

it('a hidden record is told to admins only', async () => {
  expect((await get(2, await house.token('write'))).status).toBe(404);
  expect((await get(2, adminToken)).body).toMatchObject({ id: 2, hidden: true });
});

it('rejects of the same uniqueid are told to an admin without walls', async () => {
  const { uniqueid } = someCdr(1);
  const bad = raw('api', { uniqueid, start: 'yesterday', duration: 5, billsec: 4, disposition: 'ANSWERED' });
  const [outcome] = await house.ingest.post('pbx1', [bad], null);
  expect(outcome!.outcome).toBe('rejected');
  expect((await get(1, adminToken)).body.rejects).toMatchObject([
    { source: 'pbx1/api', count: 1, reason: expect.stringContaining('start') as string },
  ]);
  expect((await get(1, await house.token('admin', ['gamma']))).body).not.toHaveProperty('rejects');
  expect((await get(3, adminToken)).body.rejects).toEqual([]);
});

it('a record that retention took is gone to who sees everything, and unknown to everybody else', async () => {
  await appendTo(house.store, 'pbx1/ami', [someCdr(9)]);
  const { body: before } = await ask<{ cdrs: { id: number }[] }>(house, 'GET', '/api/v1/cdrs?order=-id&limit=1', {
    token: adminToken,
  });
  const { id } = before.cdrs[0]!;
  await house.store.expire([id], 1_795_600_000_000_000);
  const { status, body } = await get(id, adminToken);
  expect(status).toBe(410);
  expect(body.detail).toContain(`the record ${id} was taken away at 2026-11-25T09:46:40Z`);
  expect((await get(id, await house.token('read', ['acme']))).status).toBe(404);
  expect((await get(id + 1, adminToken)).status).toBe(404);
});

describe('by a uniqueid', () => {
  interface Lives {
    records: Told[];
    more: boolean;
    rejects?: { source: string }[];
    taken?: object[];
  }
  const of = (uniqueid: string, token: string, system?: string) =>
    ask<Lives>(
      house,
      'GET',
      `/api/v1/explain?${new URLSearchParams({ uniqueid, ...(system ? { system } : {}) }).toString()}`,
      {
        token,
      },
    );

  it('all its records are told, of all systems or of one, with the rejects that name it', async () => {
    const { uniqueid } = someCdr(1);
    await appendTo(house.store, 'pbx2/ami', [someCdr(1, { system: 'pbx2', accountcode: 'beta' })]);
    const all = await of(uniqueid, adminToken);
    expect(all.body.records.map(({ system }) => system)).toEqual(['pbx1', 'pbx2']);
    expect(all.body.records[0]!.contradictions[0]!.words).toEqual({ 'pbx1/ami': '103', 'pbx1/table': '102' });
    expect([all.body.more, all.body.taken]).toEqual([false, []]);
    expect(all.body.rejects).toMatchObject([{ source: 'pbx1/api' }]);
    const one = await of(uniqueid, adminToken, 'pbx2');
    expect(one.body).toMatchObject({ records: [{ system: 'pbx2' }], rejects: [] });
    expect((await of(uniqueid, adminToken, 'pbx3')).body.records).toEqual([]);
  });

  it('a reader sees those within its wall, without words and rejects', async () => {
    const { body } = await of(someCdr(1).uniqueid, await house.token('read', ['beta']));
    expect(body).toMatchObject({ records: [{ system: 'pbx2' }], more: false });
    expect(Object.keys(body)).toEqual(['records', 'more']);
    expect((await of(someCdr(2).uniqueid, await house.token('write'))).body.records).toEqual([]);
    expect((await of(someCdr(2).uniqueid, adminToken)).body.records).toMatchObject([{ hidden: true }]);
  });

  it('where there is none, who sees everything is told what retention has taken', async () => {
    const { body } = await of(someCdr(9).uniqueid, adminToken);
    expect(body).toEqual({
      records: [],
      more: false,
      rejects: [],
      taken: [{ system: 'pbx1', records: 1, horizon: null }],
    });
    expect((await of(someCdr(9).uniqueid, adminToken, 'pbx2')).body.taken).toEqual([]);
  });

  it('a uniqueid is demanded, and a token', async () => {
    const { status, body } = await ask<{ detail: string }>(house, 'GET', '/api/v1/explain', { token: adminToken });
    expect([status, body.detail]).toEqual([400, 'uniqueid: is missing, expected a text of 1 to 150 characters']);
    expect((await ask(house, 'GET', '/api/v1/explain?uniqueid=1')).status).toBe(401);
  });
});

it('what is no number of a record is refused with the field', async () => {
  expect((await get('x', adminToken)).body.detail).toBe('id: "x" is not a whole number from 1');
});
