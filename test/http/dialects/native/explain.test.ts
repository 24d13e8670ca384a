import { afterAll, beforeAll, expect, it } from 'vitest';
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
    { source: 'pbx1/ami', rule: 'new', key: null },
    { source: 'pbx1/table', rule: 'sequence', key: '0:47' },
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
  expect(body.contradictions[0]).not.toHaveProperty('words');
  expect(body.derived).not.toHaveProperty('raw');
  expect(body).not.toHaveProperty('rejects');
  expect((await get(3, await house.token('read', ['gamma']))).status).toBe(404);
  expect((await get(1, await house.token('admin', ['acme']))).status).toBe(404);
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

it('what is no number of a record is refused with the field', async () => {
  expect((await get('x', adminToken)).body.detail).toBe('id: "x" is not a whole number from 1');
});
