import { describe, expect, it } from 'vitest';
import { Refusals } from '../../src/http/refusals.ts';
import type { AuditEntry, By } from '../../src/store/audit.ts';
import { silent } from '../support/store.ts';

const from = (address: string): By => ({ kind: 'nobody', id: null, name: null, address });

function open(audit?: () => Promise<void>) {
  const entries: AuditEntry[] = [];
  const store = { audit: audit ?? (async (entry: AuditEntry) => void entries.push(entry)) };
  return { entries, refusals: new Refusals(store, silent, () => 7) };
}

describe('the audit of refusals', () => {
  it('tells the first of an address at once, and the rest of its minute as one entry with its count', async () => {
    const { entries, refusals } = open();
    const what = 'GET /api/v1/cdrs';
    for (let at = 0; at < 1000; at++) refusals.tell({ by: from('192.0.2.1'), what, status: 401 });
    refusals.tell({ by: from('192.0.2.1'), what: 'POST /api/v1/session', status: 429, user: 'bob' });
    refusals.tell({ by: from('192.0.2.2'), what, status: 401 });
    await refusals.close();
    expect(entries.map(({ at, by, count, detail }) => [at, by.address, count, detail])).toEqual([
      [7000, '192.0.2.1', 1, { what, status: 401 }],
      [7000, '192.0.2.2', 1, { what, status: 401 }],
      [7000, '192.0.2.1', 1000, { what: { '401 GET /api/v1/cdrs': 999, '429 POST /api/v1/session bob': 1 } }],
    ]);
  });

  it('tells of each token of an address what it was refused, by its name', async () => {
    const { entries, refusals } = open();
    const token = (id: number): By => ({ kind: 'token', id, name: `token ${id}`, address: '192.0.2.1' });
    for (let at = 0; at < 75; at++) refusals.tell({ by: token(at % 5), what: `GET /${at % 15}`, status: 403 });
    refusals.tell({ by: from('192.0.2.1'), what: 'GET /', status: 401 });
    await refusals.close();
    const counted = entries.slice(6).map(({ by, count, detail }) => [by.name, count, detail]);
    expect(counted).toEqual(
      [0, 1, 2, 3, 4].map((id) => {
        const what = { [`403 GET /${id + 5}`]: 5, [`403 GET /${id + 10}`]: 5, [`403 GET /${id}`]: 4 };
        return [`token ${id}`, 14, { what }];
      }),
    );
  });

  it('tells a flood from ever new addresses in a hundred entries and one, with how many they were', async () => {
    const { entries, refusals } = open();
    for (let at = 0; at < 5000; at++) {
      refusals.tell({ by: from(`10.0.${at >> 8}.${at & 255}`), what: `GET /${at % 50}`, status: 401 });
    }
    await refusals.close();
    expect(entries).toHaveLength(102);
    expect(entries.at(-1)).toMatchObject({ by: { address: 'others' }, count: 4899, detail: { pairs: 4900 } });
    expect(Object.keys(entries.at(-1)!.detail!['what'] as object)).toHaveLength(30);
    expect(entries.at(-1)!.detail).toMatchObject({ left_out: { kinds: 20, count: 4899 - 98 * 30 } });
  });

  it('starts again after the minute, and survives a store that is away', async () => {
    let isAway = true;
    const told: number[] = [];
    const { refusals } = open(async () => {
      if (isAway) throw new Error('away');
      told.push(1);
    });
    refusals.tell({ by: from('192.0.2.1'), what: 'x', status: 401 });
    refusals.flush();
    await refusals.close();
    isAway = false;
    refusals.tell({ by: from('192.0.2.1'), what: 'x', status: 401 });
    await refusals.close();
    expect(told).toHaveLength(1);
  });
});
