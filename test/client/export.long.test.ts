// An export over a line that is cut at any time: every line once, and little of it in memory.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/client.ts';
import { adminToken, openHouse, record, records, type House } from '../http/support.ts';
import { gather } from './gather.ts';
import { openLine, type Line } from './line.ts';

const retryMs = { first: 5, most: 20 };
const count = 3000;

describe('an export of the client', () => {
  let house: House;
  let line: Line;
  beforeEach(async () => {
    house = await openHouse({ limits: { export_stall_seconds: 1 } });
    line = await openLine(house.url);
    await house.put(records(count, { clid: '"a\r\nb, ""c""" <1>', userfield: 'x'.repeat(2000) }));
  });
  afterEach(async () => {
    await line.close();
    await house.close();
  });
  const client = () => connect({ url: line.url, token: adminToken });
  const upTo = (most: number) => Array.from({ length: most }, (_, at) => at + 1);
  /** Cuts the line now and then, as often as it can. */
  const cutting = async <One>(parts: AsyncIterable<One>, every: number): Promise<One[]> => {
    const all: One[] = [];
    for await (const part of parts) {
      all.push(part);
      if (all.length % every === 0) line.cut();
    }
    return all;
  };

  it('gives each row exactly once, in order, however often the line is cut', async () => {
    const rows = await cutting(client().cdrs.export({}, { retryMs }).rows(), 500);
    expect(rows.map(({ id }) => id)).toEqual(upTo(count));
    expect(line.count).toBeGreaterThan(3);
  });

  it('goes on by start by the cursor that was asked for', async () => {
    const columns = ['cursor', 'id', 'userfield'];
    const search = client().cdrs.exportSearch({ order: '-start' }, { columns, retryMs });
    const rows = await cutting(search.rows(), 500);
    expect(rows.map(({ id }) => id)).toEqual(upTo(count).reverse());
    expect(line.count).toBeGreaterThan(1);
  });

  it('writes a file of whole lines with one line of names, though cells have line ends and quotes', async () => {
    const whole = await (
      await fetch(`${house.url}/api/v1/cdrs.csv`, { headers: { authorization: `Bearer ${adminToken}` } })
    ).text();
    const parts = await cutting(client().cdrs.export({}, { format: 'csv', retryMs }), 10);
    expect(parts.join('') === whole).toBe(true);
    expect(line.count).toBeGreaterThan(2);
    const lines = await gather(
      client()
        .cdrs.export({ limit: 2 }, { format: 'csv', columns: ['clid', 'id'] })
        .lines(),
    );
    expect(lines).toEqual(['clid,id', '"""a\r\nb, """"c"""""" <1>",1', '"""a\r\nb, """"c"""""" <1>",2']);
  });

  it('keeps to the limit over cuts', async () => {
    const rows = await cutting(client().cdrs.export({ limit: 2000, after: 10 }, { retryMs }).rows(), 300);
    expect(rows.map(({ id }) => id)).toEqual(upTo(2010).slice(10));
  });

  it('goes on through the audit from its newest entry to its oldest', async () => {
    for (let at = 0; at < 40; at++) await house.store.addCompany({ handle: `c${at}`, name: null }, by, 1);
    const ids = (await client().audit()).audit.map(({ id }) => id);
    const rows = await cutting(client().audit.export({}, { retryMs }).rows(), 7);
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });
  const by = { kind: 'command', id: null, name: 'test', address: null } as const;

  it('gives each call by start exactly once, in its order, while calls grow and others begin', async () => {
    const call = (at: number, more = {}) => {
      const start = new Date(Date.parse('2026-11-22T03:00:00Z') + Math.floor(at / 3) * 1000).toISOString();
      const ids = {
        uniqueid: `1795314000.${at}`,
        linkedid: `1795314000.${at}`,
        channel: `PJSIP/7-${at}`,
        dstchannel: '',
      };
      return record({ start, clid: 'c'.repeat(200), ...ids, ...more });
    };
    const some = 1500;
    await house.put(Array.from({ length: some }, (_, at) => call(at)));
    const query = { order: '-start', caller: '100', from: '2026-11-22T03:00:00Z', prefix: '44' } as const;
    const before = await gather(client().calls.all({ ...query, limit: 500 }));
    const columns = ['cursor', 'id', 'start', 'called'];
    const exported = client().calls.export(query, { columns, retryMs, format: 'csv', header: 'off' });
    const lines: string[] = [];
    for await (const one of exported.lines()) {
      lines.push(one);
      if (lines.length % 300 !== 0) continue;
      // A later record of a call that was told, and of one that was not; and a call that is newer than all.
      const grown = [5, some - 5].map((at) =>
        call(at, { uniqueid: `1795315000.${at + lines.length}`, start: '2026-11-22T04:00:00Z' }),
      );
      await house.put([...grown, call(some * 3 + lines.length)]);
      line.cut();
    }
    const ids = lines.map((one) => Number(one.split(',')[1]));
    expect(ids).toEqual(before.map(({ id }) => id));
    expect(line.count).toBeGreaterThan(1);
  });

  it('waits for a reader that is slow, also one that the server has cut for it', async () => {
    await house.put(Array.from({ length: 3000 }, () => record({ userfield: randomBytes(3000).toString('base64') })));
    // Not to be made small by gzip, more than any buffer on the way holds.
    const direct = connect({ url: house.url, token: adminToken });
    const ids: number[] = [];
    const big = direct.cdrs.export({}, { columns: ['id', 'userfield'], retryMs });
    for await (const { id } of big.rows()) {
      ids.push(id!);
      if (ids.length === 10) await new Promise((resolve) => setTimeout(resolve, 3500));
    }
    expect(ids).toEqual(upTo(count + 3000));
    const audit = await house.store.listAudit({ after: 0, limit: 100 });
    expect(audit.map(({ detail }) => detail!['state'])).toEqual(['begun', 'cut', 'begun', 'finished']);
  });

  it('ends, and says so, where it cannot go on', async () => {
    const columns = ['src', 'userfield'];
    await expect(cutting(client().cdrs.export({}, { columns, retryMs }).rows(), 100)).rejects.toBeInstanceOf(TypeError);
    await expect(cutting(client().cdrs.export({}, { tries: 0 }).rows(), 100)).rejects.toBeInstanceOf(TypeError);
    const refused = client().cdrs.export({}, { columns: ['nothing'] });
    await expect(gather(refused.rows())).rejects.toMatchObject({ name: 'ApiError', status: 400 });
    await expect(gather(refused.rows())).rejects.toThrow('an export can be read once');
    await expect(gather(client().cdrs.export({}, { format: 'csv' }).rows())).rejects.toThrow('ask for ndjson');
    const nobody = connect({ url: 'http://127.0.0.1:1', token: adminToken });
    await expect(gather(nobody.cdrs.export())).rejects.toBeInstanceOf(TypeError);
  });

  it('ends when it is told to or when the loop is left, and names the place it had reached', async () => {
    const stop = new AbortController();
    const stopped = client().cdrs.export({}, { signal: stop.signal });
    let seen = 0;
    const reading = (async () => {
      for await (const row of stopped.rows()) if ((seen = row.id!) === 700) stop.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(seen).toBeLessThan(count);
    const left = client().cdrs.export({}, { format: 'csv', columns: ['src', 'id'] });
    expect(left.place).toBe(null);
    const lines: string[] = [];
    for await (const one of left.lines()) if (lines.push(one) === 8) break;
    expect(left.place).toBe('7');
    const rest = client().cdrs.export({ after: left.place! }, { columns: ['id'] });
    expect((await gather(rest.rows()))[0]).toEqual({ id: 8 });
  });

  it('says that nothing came when the line has gone mute', async () => {
    const hasty = connect({ url: line.url, token: adminToken, timeoutMs: 300 });
    line.mute(true);
    await expect(gather(hasty.cdrs.export())).rejects.toMatchObject({
      name: 'TimeoutError',
      message: 'nothing came for 300 ms',
    });
  });
});
