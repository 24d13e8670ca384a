import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DayTold } from '../../../../src/completeness/shape.ts';
import { someCdr } from '../../../support/rows.ts';
import { appendTo } from '../../../support/store.ts';
import { ask, openHouse, type House } from '../../support.ts';

interface Page {
  days: DayTold[];
  after: string;
  more: boolean;
  detail?: string;
}

describe('GET /api/v1/completeness', () => {
  let house: House;
  let reader: string;
  beforeAll(async () => {
    // Noon of the third day after the records, which began on 2026-11-18 at 11:06:40.
    house = await openHouse({ systems: ['pbx1', 'pbx2'], now: () => Date.parse('2026-11-21T12:00:00Z') });
    reader = await house.token('read');
    const both = [someCdr(1), someCdr(2), someCdr(4)];
    const committed = someCdr(1).start + 10_000_000;
    await appendTo(house.store, 'pbx1/ami', [...both, someCdr(5, { disposition: 'BUSY', dstchannel: '' })], {
      now: committed,
    });
    await appendTo(house.store, 'pbx1/table', [...both, someCdr(6)], { now: committed });
    await appendTo(house.store, 'pbx2/ami', [someCdr(7, { system: 'pbx2' })], { now: committed });
  });
  afterAll(() => house.close());

  const get = (query = '', token = reader) => ask<Page>(house, 'GET', `/api/v1/completeness${query}`, { token });

  it('is exported as all the days there are, as its pages tell them, on the clock of a zone', async () => {
    const span = '?from=2026-10-01&to=2026-11-21';
    const text = async (path: string, headers = {}) =>
      (await ask<string>(house, 'GET', `/api/v1${path}`, { token: reader, headers })).body;
    const lines = (await text(`/completeness.ndjson${span}`)).trim().split('\n');
    const [first, second] = [await get(span), await get(`${span}&after=2026-10-31`)];
    expect(lines.map((line) => JSON.parse(line) as DayTold)).toEqual([...first.body.days, ...second.body.days]);
    expect(await text(`/completeness${span}`, { accept: 'application/x-ndjson' })).toBe(`${lines.join('\n')}\n`);
    const columns = '&system=pbx1&columns=day,from,verdict&zone=Europe/Paris';
    expect(await text(`/completeness.csv?from=2026-11-18&to=2026-11-18${columns}`)).toBe(
      'day,from,verdict\r\n2026-11-18,2026-11-18T01:00:00+01:00,missing\r\n',
    );
    expect(await text('/completeness.csv?from=x')).toMatchObject({ detail: 'from: "x" is no day like 2026-11-22' });
  });

  it('tells a day whole: what is missing where, numbers without a record, how late records came', async () => {
    const { status, body } = await get('?system=pbx1&from=2026-11-18&to=2026-11-18');
    expect(status).toBe(200);
    expect(body).toMatchObject({ after: '2026-11-18', more: false });
    const { lag, ...day } = body.days[0]!;
    expect(day).toEqual({
      ...{ day: '2026-11-18', system: 'pbx1', timezone: 'UTC', verdict: 'missing', closed: true, compared: true },
      ...{ from: '2026-11-18T00:00:00Z', until: '2026-11-19T00:00:00Z', at: '2026-11-21T12:00:00Z' },
      ...{ records: 5, both: 3, ami_only: 1, table_only: 1, other: 0, waiting: 0, uncompared: 0 },
      missing_in_table: { count: 1, first: '2026-11-18T11:06:50Z', last: '2026-11-18T11:06:50Z', ids: [4] },
      missing_in_ami: { count: 1, first: '2026-11-18T11:06:51Z', last: '2026-11-18T11:06:51Z', ids: [5] },
      ...{ rejected: 0, let_go: 0, lost: 0, healed: 0, last_reconcile: null },
      sequence: {
        unnumbered: 0,
        missing: { dialed: 0, pending: 0, unanswered: 0, unnumbered: 0, unexplained: 1 },
        uptimes: [
          {
            ...{ first: 1, last: 6, records: 5, missing: 1, restarted: false, unanswered_written: true },
            ...{ since: '2026-11-18T11:06:41Z', until: '2026-11-18T11:06:46Z' },
          },
        ],
        holes: [
          {
            ...{ from: 3, to: 3, count: 1, dialed: 0, reason: 'unexplained' },
            ...{ after: '2026-11-18T11:06:42Z', before: '2026-11-18T11:06:44Z' },
          },
        ],
        more: false,
      },
    });
    expect(lag).toMatchObject({ 'pbx1/ami': { records: 4, max: 5, p95: 5 } });
  });

  it('has the last seven days of all systems, each day in one page, and pages by day', async () => {
    const { body } = await get();
    expect(body.days.map(({ day, system }) => `${day} ${system}`).slice(5, 9)).toEqual([
      '2026-11-17 pbx2',
      '2026-11-18 pbx1',
      '2026-11-18 pbx2',
      '2026-11-19 pbx1',
    ]);
    expect(body.days).toHaveLength(14);
    const seen: string[] = [];
    for (let after = '', more = true; more;) {
      const { body: page } = await get(`?from=2026-11-16&to=2026-11-20&limit=2${after}`);
      seen.push(...page.days.filter(({ system }) => system === 'pbx1').map(({ day }) => day));
      ({ more } = page);
      after = `&after=${page.after}`;
    }
    expect(seen).toEqual(['16', '17', '18', '19', '20'].map((day) => `2026-11-${day}`));
    expect((await get('?from=2026-11-16&to=2026-11-20&after=2026-11-20')).body).toEqual({
      ...{ days: [], after: '2026-11-20', more: false },
    });
  });

  it('is for who is bound to no companies and extensions', async () => {
    const { status, body } = await get('', await house.token('admin', ['acme']));
    expect(status).toBe(403);
    expect(body.detail).toBe('this speaks of all companies and extensions, and is for who is bound to none');
    expect((await get('', 'nobody')).status).toBe(401);
  });

  it.each([
    ['?from=2026-02-30', 'from: "2026-02-30" is no day like 2026-11-22'],
    ['?from=x', 'from: "x" is no day like 2026-11-22'],
    ['?from=2026-11-21&to=2026-11-20', 'from: 2026-11-21 is after the last day 2026-11-20'],
    ['?system=pbx9', 'system: "pbx9" is not configured, expected one of pbx1, pbx2'],
    ['?limit=32', 'limit: 32 is not a whole number from 1 to 31'],
    ['?days=3', 'days: is not known'],
  ])('refuses %s with the field and what was expected', async (query, detail) => {
    const { status, body } = await get(query);
    expect([status, body.detail]).toEqual([400, expect.stringContaining(detail)]);
  });

  it('is summed up in the metrics and in /readyz, where it does not decide', async () => {
    await house.completeness.check();
    const { body: metrics } = await ask<string>(house, 'GET', '/metrics');
    expect(metrics).toContain('cdrd_completeness_missing_in_table{system="pbx1"} 1');
    expect(metrics).toContain('cdrd_completeness_missing_in_ami{system="pbx1"} 1');
    expect(metrics).toContain('cdrd_completeness_holes_unexplained{system="pbx1"} 1');
    const ready = await ask<{ status: string; completeness: object[] }>(house, 'GET', '/readyz');
    expect(ready.body.status).toBe('ready');
    expect(ready.body.completeness[0]).toEqual({
      ...{ system: 'pbx1', at: '2026-11-21T12:00:00Z', compared: true, waiting: 0 },
      ...{ missing_in_table: 1, missing_in_ami: 1, not_understood: 0, holes_unexplained: 1 },
      zone_warning: null,
    });
  });

  it('warns in /readyz, ready all the same, that a zone is configured wrong', async () => {
    const records = Array.from({ length: 5 }, (_, at) => someCdr(7000 + at));
    await appendTo(house.store, 'pbx1/ami', records);
    const late = ({ start }: { start: number }) => ({ start: start + 3600e6, answer: null, end: null });
    await appendTo(
      house.store,
      'pbx1/table',
      records.map((cdr) => ({ ...cdr, ...late(cdr) })),
    );
    await house.completeness.check();
    const ready = await ask<{ status: string; completeness: object[] }>(house, 'GET', '/readyz');
    expect(ready).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect(ready.body.completeness[0]).toMatchObject({
      zone_warning:
        'systems.pbx1.table.timezone is probably wrong: the table is 1 h ahead of AMI; its clock stood at UTC+01:00',
    });
  });
});
