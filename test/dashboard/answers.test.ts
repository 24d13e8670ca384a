// What Overview asks: where cdrd has more rows than it tells, less is asked for, and only that part is not known.
import { expect, it } from 'vitest';
import { ApiError } from '../../src/client/trouble.ts';
import type { Desk } from '../../src/dashboard/desk.ts';
import { ask } from '../../src/dashboard/overview/answers.ts';

const sums = { calls: 7, answered: 7, talk: 70, asr: 1, acd: 10, ring: 0, rung: 0, records: 7 };

/** Refuses these breakdowns; of all others it tells one row. */
function deskThat(refuses: readonly string[], field = 'by'): Desk {
  const answer = (_method: string, path: string, { query }: { query: Record<string, string> }) => {
    const by = String(query['by'] ?? '');
    const detail = 'more than 10000 rows';
    if (refuses.includes(by)) {
      const errors = [{ field, message: detail }];
      return Promise.reject(new ApiError({ type: 'about:blank', title: '', status: 400, detail, errors }));
    }
    const at = new Date().toISOString();
    const row = {
      at,
      weekday: 1,
      hour: 1,
      company: 'acme',
      extension: '101',
      trunk: 'telco',
      direction: 'inbound',
      outcome: 'answered',
    };
    return Promise.resolve(
      path.endsWith('concurrency') ? { seq: 1, points: [] } : { seq: 1, total: sums, rows: [{ ...row, ...sums }] },
    );
  };
  return { requests: { ask: answer }, who: { extensions: null, companies: null } } as unknown as Desk;
}
const askOf = (desk: Desk) =>
  ask(desk, { range: '7d', picked: null, zone: 'UTC', company: '' }, Date.now(), () => 1, new AbortController().signal);

it.each([
  [['trunk'], ['trunk']],
  [['company,outcome'], ['mix']],
  [
    ['company,outcome', 'company'],
    ['company', 'mix'],
  ],
  [['day,direction,outcome'], ['direction']],
])('of %j that are refused it lacks %j and no more', async (refused, lacks) => {
  const { tally, isExact } = await askOf(deskThat(refused));
  expect([...tally.tooMany].sort()).toEqual(lacks);
  expect([tally.total.calls, tally.tops.extension.size, isExact]).toEqual([7, 1, true]);
  expect(tally.tops.company.size).toBe(lacks.includes('company') ? 0 : 1);
});

it('fails by any other refusal', async () => {
  await expect(askOf(deskThat(['trunk'], 'zone'))).rejects.toThrow('10000');
});
