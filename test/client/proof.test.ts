// Exports of days over a line that breaks: a day has a line for each system, so the day alone is no place.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/client.ts';
import { gather } from './gather.ts';

const days = ['2026-11-20', '2026-11-21', '2026-11-22'].flatMap((day) =>
  ['pbx1', 'pbx2', 'pbx3'].map((system) => ({ day, system })),
);

describe('an export of days', () => {
  let server: Server;
  /** What was asked, by the address. */
  let asked: string[];
  afterEach(() => server.close());

  /** A daemon that breaks off after so many lines, and half of the next one; `cuts` are for one request after the other. */
  const open = async (cuts: number[]) => {
    asked = [];
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://x');
      asked.push(searchParams.toString());
      const isCsv = pathname.endsWith('.csv');
      const after = searchParams.get('after') ?? '';
      const some = days.filter(({ day }) => day > after).slice(0, Number(searchParams.get('limit') ?? 99));
      const rows = some.map((row) => (isCsv ? `${row.day},${row.system}\r\n` : `${JSON.stringify(row)}\n`));
      const head = isCsv && searchParams.get('header') !== 'off' ? ['day,system\r\n'] : [];
      const cut = cuts.shift();
      if (cut === undefined) return response.end([...head, ...rows].join(''));
      const broken = [...head, ...rows.slice(0, cut)].join('') + (rows[cut] ?? '').slice(0, 9);
      response.write(broken, () => setTimeout(() => response.destroy(), 50));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    return connect({ url: `http://127.0.0.1:${port}`, token: 'x' }).completeness;
  };
  const retryMs = { first: 1, most: 2 };

  it('goes on within the day it was cut in: no line is missing, none comes twice', async () => {
    const completeness = await open([4, 2, 3, 0]);
    expect(await gather(completeness.export({}, { retryMs }).rows())).toEqual(days);
    expect(asked).toEqual(['', 'after=2026-11-20', 'after=2026-11-20', 'after=2026-11-20', 'after=2026-11-20']);
  });

  it('does so as CSV, with its line of names once, and keeps to its limit', async () => {
    const completeness = await open([4]);
    const lines = await gather(completeness.export({ limit: 5 }, { format: 'csv', retryMs }).lines());
    expect(lines).toEqual(['day,system', ...days.slice(0, 5).map(({ day, system }) => `${day},${system}`)]);
    expect(asked).toEqual(['limit=5', 'limit=2&after=2026-11-20&header=off']);
  });

  it('names a place at which another export begins with the last day again', async () => {
    const completeness = await open([]);
    const left = completeness.export();
    for await (const { system } of left.rows()) if (system === 'pbx2') break;
    expect(left.place).toBe('2026-11-19');
  });

  it('ends with the fault of the line where the day is not among its columns', async () => {
    const completeness = await open([1, 1]);
    const columns = ['system'];
    // The lines of this daemon have both; those of CSV go by the names that were asked for.
    const exported = completeness.export({}, { format: 'csv', header: 'off', columns, retryMs });
    await expect(gather(exported.lines())).rejects.toBeInstanceOf(TypeError);
    expect(asked).toHaveLength(1);
  });
});
