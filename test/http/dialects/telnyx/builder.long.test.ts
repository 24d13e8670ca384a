// Reports in the making: whatever cuts them, each line is there once, in order; and what cannot be made fails with a reason.
import { cpSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { Value } from 'typebox/value';
import type { Asked } from '../../../../src/http/dialects/telnyx/ask.ts';
import { ReportBuilder, type BuilderOptions } from '../../../../src/http/dialects/telnyx/builder.ts';
import { TelnyxConfig } from '../../../../src/http/dialects/telnyx/config.ts';
import { ExportThread } from '../../../../src/http/export/thread.ts';
import { Unavailable } from '../../../../src/errors.ts';
import type { Report } from '../../../../src/store/reports.ts';
import { openStore, type Store } from '../../../../src/store/store.ts';
import { startDaemon } from '../../../support/daemon.ts';
import { memoryMb } from '../../../support/memory.ts';
import { someCdr } from '../../../support/rows.ts';
import { ann, appendTo, silent, tempFolder } from '../../../support/store.ts';
import { until } from '../../../support/until.ts';

const rows = 30_000;
const first = someCdr(0).start;
const asked: Asked = {
  ...{ start: first, end: first + rows * 1e6, callTypes: [1, 2], recordTypes: [1, 2, 3], connections: [] },
  ...{ name: '', source: 'calls', filters: [], every: [], either: [], fields: null, timezone: 'UTC', accounts: [] },
};

describe('a report', () => {
  let folder: string;
  let remove: () => void;
  let store: Store;
  let thread: ExportThread;
  let lines: string[];
  const builders: ReportBuilder[] = [];

  // Filled once, copied for each.
  const { folder: filled, remove: removeFilled } = tempFolder();
  beforeAll(async () => {
    const full = await openStore({ url: `sqlite:${filled}/cdrd.db` }, silent);
    // A line outside, so that they are outbound.
    const cdrs = (from: number) =>
      Array.from({ length: 1000 }, (_, at) => {
        const [dst, dstchannel] = [
          `442079${from + at + 100_000}`,
          `PJSIP/telco-${(from + at + 0xa0000000).toString(16)}`,
        ];
        return someCdr(from + at, { dst, dstchannel });
      });
    for (let from = 0; from < rows; from += 1000) await appendTo(full, 'pbx1/table', cdrs(from));
    await full.close();
  }, 120_000);
  afterAll(removeFilled);

  beforeEach(async () => {
    ({ folder, remove } = tempFolder());
    cpSync(filled, folder, { recursive: true });
    store = await openStore({ url: `sqlite:${folder}/cdrd.db` }, silent);
    thread = new ExportThread(store.whereabouts, silent, 1000);
    lines = [];
  });
  afterEach(async () => {
    for (const builder of builders.splice(0)) await builder.close();
    await thread.close();
    await store.close();
    remove();
  });

  const log = () => pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const open = (more: Partial<BuilderOptions> = {}, config: Partial<TelnyxConfig> = {}) => {
    const usual = { ...(Value.Default(TelnyxConfig, {}) as TelnyxConfig), report_window_days: 36_500, ...config };
    const builder = new ReportBuilder({ store, thread, log: log(), config: usual, ...more });
    builders.push(builder);
    return builder;
  };
  const order = (more: Partial<Asked> = {}) => {
    const report = { within: null, makerKind: 'token' as const, makerId: 1, asked: { ...asked, ...more } };
    return store.addReport(report, 1000, ann, Date.now() * 1000);
  };
  const now = async ({ name }: Report) => (await store.report(name, null))!;
  const textOf = async (report: Report) => {
    const { id, parts } = await now(report);
    const texts: string[] = [];
    for (let no = 0; no < parts; no++) texts.push(gunzipSync((await store.reportPart(id, no))!).toString());
    return texts.join('');
  };
  const idsIn = (text: string) =>
    text
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .map((line) => Number(line.split(',')[0]));
  const all = Array.from({ length: rows }, (_, at) => at + 1);
  const made = async (builder: ReportBuilder) => {
    builder.wake();
    await builder.idle();
  };
  /** A thread that breaks each time after so many pieces. */
  const breaking = (pieces: number, error: () => Error) =>
    ({
      read: async function* (job: Parameters<ExportThread['read']>[0]) {
        let left = pieces;
        for await (const piece of thread.read(job)) {
          if (left-- === 0) throw error();
          yield piece;
        }
      },
    }) as unknown as ExportThread;

  it('has a line for every record, in the order in which they began, and tells its size', async () => {
    const report = await order();
    await made(open());
    const text = await textOf(report);
    expect(idsIn(text)).toEqual(all);
    const { state, records, bytes, share, parts } = await now(report);
    expect([state, records, bytes, share]).toEqual(['complete', rows, text.length, 100]);
    expect(parts).toBeGreaterThan(10);
    expect(lines.join()).toContain('a report is complete');
  });

  it('that was cut goes on after its last part, with another builder too, as if nothing had been', async () => {
    const [whole, cut] = [await order(), await order()];
    await made(open());
    const again = await order();
    // The store "is away" after some pieces, again and again; each try comes further.
    const builder = open({ thread: breaking(9, () => new Unavailable('the thread ended')) });
    for (let tries = 0; (await now(again)).state === 'pending'; tries++) {
      expect(tries).toBeLessThan(50);
      await made(builder);
    }
    expect(lines.join()).toContain('a report was cut, it goes on later');
    expect(await textOf(again)).toBe(await textOf(whole));
    expect(await textOf(cut)).toBe(await textOf(whole));
  });

  it('is let go of when the daemon stops, and the next one goes on at once', async () => {
    const report = await order();
    const builder = open();
    builder.wake();
    await until(async () => (await now(report)).parts > 2, 'some parts');
    await builder.close();
    const { parts, state, share } = await now(report);
    expect(state).toBe('pending');
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(100);
    await made(open());
    expect((await now(report)).parts).toBeGreaterThan(parts);
    expect(idsIn(await textOf(report))).toEqual(all);
  });

  it('that comes no further while the store is well has failed after some tries, and the next is made', async () => {
    const report = await order();
    const builder = open({ thread: breaking(0, () => new Unavailable('the thread ended')) });
    for (let tries = 1; tries < 5; tries++) {
      await made(builder);
      expect((await now(report)).state).toBe('pending');
    }
    await made(builder);
    expect((await now(report)).state).toBe('failed');
    expect(lines.at(-1)).toContain('a report failed: the thread ended');
    expect(builder.counts).toEqual({ lines: 0, complete: 0, failed: 1 });
  });

  it('that cannot be made has failed at once, and the log says why', async () => {
    const [broken, long] = [await order(), await order()];
    await made(open({ thread: breaking(1, () => new Error('a bug')) }, { report_rows: 29_999 }));
    expect((await now(broken)).state).toBe('failed');
    expect(lines.join()).toContain('a report failed: a bug');
    expect((await now(long)).state).toBe('failed');
    const most = await order();
    await made(open({}, { report_rows: 29_999 }));
    expect((await now(most)).state).toBe('failed');
    expect(lines.at(-1)).toContain('it has more than 29999 lines (dialects.telnyx.report_rows)');
    const fits = await order({ end: asked.end - 1e6 });
    await made(open({}, { report_rows: 29_999 }));
    expect((await now(fits)).state).toBe('complete');
  });

  it('that is removed meanwhile is made no further', async () => {
    const report = await order();
    const builder = open();
    builder.wake();
    await until(async () => (await now(report)).parts > 1, 'some parts');
    await store.removeReport(report.id, ann, 1);
    await builder.idle();
    expect(builder.counts.complete).toBe(0);
    expect(builder.counts.lines).toBeLessThan(rows);
  });

  it('that finds nothing says how far it is all the same', async () => {
    const report = await order({ every: [{ cli: { text: 'nobody', is: 'contains' } }] });
    const shares: number[] = [];
    const seen = new Proxy(store, {
      get: (target, name) =>
        name === 'addReportPart'
          ? (...part: Parameters<Store['addReportPart']>) => {
              shares.push(part[2].share);
              return target.addReportPart(...part);
            }
          : target[name as keyof Store],
    });
    await made(open({ store: seen }));
    expect(shares.some((share) => share > 0 && share < 100)).toBe(true);
    expect(await textOf(report)).toMatch(/^id,direction,[^\r]*\r\n$/);
  });

  it('takes no more memory the longer it is', async () => {
    const builder = open();
    await order({ end: first + 1000e6 });
    await made(builder);
    const before = memoryMb();
    let most = 0;
    for (let times = 0; times < 2; times++) await order();
    builder.wake();
    const look = setInterval(() => (most = Math.max(most, memoryMb())), 200);
    await builder.idle();
    clearInterval(look);
    expect(most - before).toBeLessThan(24);
  });

  it('survives kill -9 of the daemon in the middle', async () => {
    await thread.close();
    await store.close();
    const systems = [{ name: 'pbx1', timezone: 'UTC', ami: { port: 9, username: 'cdrd', secret: 'nobody' } }];
    const config = { systems, dialects: { telnyx: { report_window_days: 36_500 } } };
    let daemon = await startDaemon(folder, config);
    const path = '/reporting/cdr_requests';
    const { id } = await daemon.post<{ id: string }>(path, {
      ...{ start_time: '2026-11-18T00:00:00Z', call_types: [1, 2], record_types: [1, 2, 3] },
    });
    const readsOf = async () => {
      const response = await fetch(`${daemon.url}${path}/${id}`, {
        headers: { 'x-api-token': 'an-admin-token-for-tests' },
      });
      const { status, report_url: link } = (await response.json()) as { status: number; report_url: string };
      return { status, link, records: Number(response.headers.get('x-report-records')) };
    };
    await until(async () => (await readsOf()).records > 0, 'some records');
    await daemon.end('SIGKILL');
    daemon = await startDaemon(folder, config);
    const after = await readsOf();
    expect(after.records).toBeGreaterThan(0);
    expect(after.records).toBeLessThan(rows);
    await until(async () => (await readsOf()).status === 2, 'the report');
    const text = await (await fetch((await readsOf()).link)).text();
    expect(idsIn(text)).toEqual(all);
    expect(await daemon.end()).toBe(0);
    store = await openStore({ url: `sqlite:${folder}/cdrd.db` }, silent);
  });
});
