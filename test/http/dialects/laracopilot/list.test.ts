// What golden pairs cannot show of a list: more than a page, and a record of two tenants.
import { afterEach, expect, it } from 'vitest';
import { adminToken, ask, openHouse, record, records, type House } from '../../support.ts';

interface List {
  data: { id: number; tenant: { slug: string } | null; extension: object | null }[];
}

let house: House;
afterEach(() => house.close());

it('is all of it, newest first, over many pages, with equal starts by id', async () => {
  house = await openHouse();
  await house.put([
    ...records(300, { start: '2026-11-22T03:15:29Z' }),
    ...records(301, { start: '2026-11-21T00:00:00Z' }),
  ]);
  const { status, body } = await ask<List>(house, 'GET', '/api/cdrs', { token: adminToken });
  const down = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, at) => from - at);
  expect([status, body.data.map(({ id }) => id)]).toEqual([200, [...down(300, 1), ...down(601, 301)]]);
});

it('shows each of two tenants of a record itself, and nothing of the other', async () => {
  house = await openHouse();
  await house.put([record({ accountcode: 'acme', peeraccount: 'globex', src: '101', dst: '201' })]);
  await house.put([record({ accountcode: 'acme', src: '101' })]);
  const seen = async (company: string) => {
    const { body } = await ask<List>(house, 'GET', '/api/cdrs', { token: await house.token('read', [company]) });
    expect(JSON.stringify(body)).not.toContain(company === 'acme' ? 'globex' : 'acme');
    return body.data.map(({ id, tenant }) => [id, tenant?.slug]);
  };
  expect(await seen('globex')).toEqual([[1, 'globex']]);
  expect(await seen('acme')).toEqual(
    expect.arrayContaining([
      [1, 'acme'],
      [2, 'acme'],
    ]) as unknown,
  );
});
