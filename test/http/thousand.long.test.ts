// A thousand clients, each with a filter and a wall of its own, half of them while records come and half from the past:
// what each was told leaves it with exactly what a scan of the store says it may have.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directions, dispositions } from '../../src/cdr/cdr.ts';
import { listen, type Listener } from './listener.ts';
import { adminToken, ask, openHouse, record, type House } from './support.ts';

const clients = 1000;
const companies = ['acme', 'beta', 'gamma', 'delta'];
const numbers = ['100', '101', '102', '200', '442079460000', '+33140'];
const words = ['alice', 'bob', 'müller'];
const second = (at: number) => `2026-11-22T03:15:${String(at).padStart(2, '0')}Z`;

/** JSON as a client writes it; few values, so that each filter finds something and leaves something out. */
const condition = fc.oneof(
  fc.record({ company: fc.constantFrom(...companies, 'ACME', 'nobody') }),
  fc.record({ extension: fc.constantFrom(...numbers) }),
  fc.record({ src: fc.constantFrom(...numbers) }),
  fc.record({ dst: fc.constantFrom(...numbers) }),
  fc.record({ prefix: fc.constantFrom('1', '10', '+', '44') }),
  fc.record({ disposition: fc.constantFrom(...dispositions) }),
  fc.record({ direction: fc.constantFrom(...directions) }),
  fc.record({ system: fc.constantFrom('pbx1', 'pbx2') }),
  fc.record({ from: fc.integer({ min: 0, max: 59 }).map(second) }),
  fc.record({ to: fc.integer({ min: 0, max: 59 }).map(second) }),
  fc.record({ min_duration: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ max_duration: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ tag: fc.constantFrom('vip', 'VIP', 'unused') }),
);
const tree = fc.letrec<{ node: object }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    condition,
    fc.record({ and: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('node') }),
  ),
})).node;
/** A search for words needs its bounds on top. */
const search = fc.record({
  text: fc.constantFrom(...words),
  from: fc.integer({ min: 0, max: 20 }).map(second),
  to: fc.integer({ min: 40, max: 59 }).map(second),
});
const filter = fc.oneof(
  { arbitrary: tree, weight: 8 },
  search,
  fc.tuple(search, tree).map(([one, not]) => ({ ...one, not })),
);
const call = fc.record({
  src: fc.constantFrom(...numbers),
  dst: fc.constantFrom(...numbers),
  start: fc.integer({ min: 0, max: 59 }).map(second),
  duration: fc.integer({ min: 0, max: 9 }),
  disposition: fc.constantFrom('ANSWERED', 'BUSY', 'NO ANSWER'),
  accountcode: fc.constantFrom(...companies, ''),
  clid: fc.constantFrom(...words.map((word) => `"${word}" <100>`)),
});

describe('a thousand clients with different filters', { timeout: 120_000 }, () => {
  let house: House;
  const tokens: string[] = [];
  const sockets: { listener: Listener; token: string; filter: object }[] = [];

  beforeAll(async () => {
    const limits = { live_buffer_bytes: 16 * 1024 * 1024, live_progress_seconds: 0.5 };
    house = await openHouse({ systems: ['pbx1', 'pbx2'], limits });
    tokens.push(adminToken, await house.token('read', ['acme']), await house.token('read', ['beta', 'gamma']));
  });
  afterAll(async () => {
    for (const { listener } of sockets) listener.ws.terminate();
    await house.close();
  });

  const join = async (filters: readonly object[], after: number | null) => {
    for (const [at, own] of filters.entries()) {
      const token = tokens[at % tokens.length]!;
      const listener = await listen(house, token);
      sockets.push({ listener, token, filter: own });
      await listener.subscribe(after, own);
    }
  };

  /** Ids that the client holds, if it does what it was told. */
  const heldBy = (listener: Listener): number[] => {
    const held = new Set<number>();
    for (const { op, cdr } of listener.changes) {
      if (op === 'deleted') held.delete(cdr!.id);
      else held.add(cdr!.id);
    }
    return [...held].sort((a, b) => a - b);
  };

  it('each hold what a scan of the store says, after records, edits, moves and hidings', async () => {
    const seed = 20_261_122;
    const filters = fc.sample(filter, { seed, numRuns: clients });
    const calls = fc.sample(call, { seed, numRuns: 300 });
    const rows = calls.map((some) => record({ ...some, end: null, answer: null, billsec: 0 }));
    await join(filters.slice(0, clients / 2), null);
    for (let from = 0; from < rows.length; from += 25) {
      await house.put(rows.slice(from, from + 25), from % 50 === 0 ? 'pbx1' : 'pbx2');
    }
    for (let id = 1; id <= rows.length; id += 7) {
      const url = `/api/v1/cdrs/${id}`;
      if (id % 3 === 0) await ask(house, 'DELETE', url, { token: adminToken });
      else if (id % 3 === 1)
        await ask(house, 'PATCH', url, { token: adminToken, body: { tags: ['vip'], note: 'bob' } });
      else await ask(house, 'PATCH', url, { token: adminToken, body: { company: companies[id % companies.length] } });
    }
    await join(filters.slice(clients / 2), 0);
    const head = await house.store.head();
    for (const { listener } of sockets) {
      await listener.until(() => listener.frames.some(({ seq = 0 }) => seq === head));
      await listener.fence();
    }

    let found = 0;
    for (const { listener, token, filter: own } of sockets) {
      const asked = { token, body: { filter: own, limit: 1000 } };
      const { body } = await ask<{ cdrs: { id: number }[] }>(house, 'POST', '/api/v1/cdrs/search', asked);
      expect(heldBy(listener), JSON.stringify(own)).toEqual(body.cdrs.map((cdr) => cdr.id));
      found += body.cdrs.length;
    }
    // The filters are no mere sieve with no or all records in it.
    expect(found).toBeGreaterThan(clients * 20);
    expect(found).toBeLessThan(clients * 200);
  });
});
