import { describe, expect, it } from 'vitest';
import { emptySummary, importFiles, type ImportPlan } from '../../src/commands/importrun.ts';
import { summaryText } from '../../src/commands/importtext.ts';
import { ClientError } from '../../src/errors.ts';
import type { RawRow } from '../../src/cdr/normalise.ts';
import type { Taken } from '../../src/ingest/taken.ts';
import type { Item } from '../../src/sources/import/item.ts';
import { raw } from '../support/rows.ts';

const item = (line: number, system: string | null = null, size = 3): Item => ({
  line,
  raw: Buffer.alloc(size, 'x'),
  system,
  row: raw('table', { uniqueid: `1.${line}` }),
});

function planOf(items: Item[], change: Partial<ImportPlan> = {}, off = 0) {
  const offs: [string, number][] = [];
  const sent: { system: string; rows: RawRow[] }[] = [];
  const rejects: [number, string][] = [];
  const plan: ImportPlan = {
    files: [
      {
        path: 'f',
        size: 10,
        open: () => ({
          items: (async function* () {
            yield items;
          })(),
          format: 'master',
          head: null,
          unfinished: null,
          off,
          size: 10,
          done: () => 10,
        }),
      },
    ],
    system: 'pbx1',
    systems: ['pbx1', 'pbx2'],
    batch: 2,
    send: (system, rows) => {
      sent.push({ system, rows });
      return Promise.resolve(
        rows.map(({ faults }): Taken =>
          faults ? { outcome: 'rejected', reason: faults[0]!.message } : { outcome: 'created' },
        ),
      );
    },
    onReject: (_from, { line }, reason) => rejects.push([line, reason]),
    onOff: (...told) => offs.push(told),
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...change,
  };
  return { plan, sent, rejects, offs };
}

describe('an import', () => {
  it('refuses a file whose first rows all name another system, and names both', async () => {
    const others = [1, 2, 3].map((line) => item(line, line === 3 ? 'pbx3' : 'pbx2'));
    const { plan, sent } = planOf(others);
    await expect(importFiles(plan, emptySummary())).rejects.toThrow(
      new ClientError(400, 'f: its rows are of "pbx2", "pbx3", and --system says "pbx1"; nothing of it was taken'),
    );
    expect(sent).toEqual([]);
    for (const one of [item(4), item(4, 'pbx1')]) {
      const mixed = planOf([...others, one]);
      await importFiles(mixed.plan, emptySummary());
      expect(mixed.rejects.map(([line]) => line)).toEqual([1, 2, 3]);
    }
  });

  it('tells once of a file whose zone was said and is off, when it begins and in the summary', async () => {
    const summary = emptySummary();
    const { plan, offs } = planOf(
      [1, 2, 3].map((line) => item(line)),
      {},
      -540,
    );
    await importFiles(plan, summary);
    expect(offs).toEqual([['f', -540]]);
    expect(summary.files).toMatchObject([{ file: 'f', off: -540 }]);
    const told = { dryRun: false, rejects: [], system: 'pbx1', keep: 2000 };
    const text = 'f: its times, read in the zone that --timezone says, are 9 hours earlier than the epochs';
    expect(summaryText(summary, 1, told)).toContain(text);
    expect(summaryText({ ...summary, files: [{ ...summary.files[0]!, off: 0 }] }, 1, told)).not.toContain('epochs');
  });

  it('says how many rejects are kept at most', () => {
    const text = summaryText({ ...emptySummary(), rejected: 5000 }, 1, {
      dryRun: false,
      rejects: [],
      system: 'pbx1',
      keep: 2000,
    });
    expect(text).toContain(
      'rejected rows are kept, with those of all sources at most 2,000 (rejects.keep): "cdrd rejects',
    );
  });

  it('ends a batch at its rows, and at 1 MiB', async () => {
    const { plan, sent } = planOf([1, 2, 3, 4, 5].map((line) => item(line)));
    await importFiles(plan, emptySummary());
    expect(sent.map(({ rows }) => rows.length)).toEqual([2, 2, 1]);
    const big = planOf(
      [1, 2, 3].map((line) => item(line, null, 600 * 1024)),
      { batch: 100 },
    );
    await importFiles(big.plan, emptySummary());
    expect(big.sent.map(({ rows }) => rows.length)).toEqual([1, 1, 1]);
  });

  it('has one batch in flight, never two', async () => {
    let inFlight = 0;
    const send = async (_: string, rows: RawRow[]): Promise<Taken[]> => {
      expect(++inFlight).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight--;
      return rows.map(() => ({ outcome: 'created' }));
    };
    const { plan } = planOf(
      [1, 2, 3, 4, 5].map((line) => item(line)),
      { send },
    );
    const summary = emptySummary();
    await importFiles(plan, summary);
    expect(summary).toMatchObject({ received: 5, stored: 5, files: [{ file: 'f', format: 'master', rows: 5 }] });
  });

  it('sends rows to the systems that they name, and makes rejects of the others', async () => {
    const items = [item(1, 'pbx1'), item(2, 'pbx2'), item(3, 'pbx3')];
    const { plan, sent, rejects } = planOf(items, { system: null, batch: 10 });
    const summary = emptySummary();
    await importFiles(plan, summary);
    expect(sent.map(({ system, rows }) => [system, rows.length])).toEqual([
      ['pbx1', 2],
      ['pbx2', 1],
    ]);
    expect(rejects).toEqual([[3, '"pbx3" is not configured, expected one of pbx1, pbx2']]);
    expect(summary).toMatchObject({ received: 3, stored: 2, rejected: 1 });
    const bound = planOf(items, { batch: 10 });
    await importFiles(bound.plan, emptySummary());
    expect(bound.rejects[0]).toEqual([2, '"pbx2" is not pbx1, which --system says']);
    const nobody = planOf([item(1)], { system: null });
    await expect(importFiles(nobody.plan, emptySummary())).rejects.toThrow('--system is missing');
  });

  it('tells what was committed before a fault, and before it was stopped', async () => {
    const stop = new AbortController();
    let batches = 0;
    const send = (_: string, rows: RawRow[]): Promise<Taken[]> => {
      if (++batches === 2) stop.abort();
      return Promise.resolve(rows.map(() => ({ outcome: 'duplicate', enriched: true })));
    };
    const items = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((line) => item(line));
    const summary = emptySummary();
    await importFiles(planOf(items, { send, signal: stop.signal }).plan, summary);
    expect(summary).toMatchObject({ received: 4, duplicate: 4, enriched: 4, isInterrupted: true });
    const failing = emptySummary();
    let left = 2;
    const fail = (_: string, rows: RawRow[]): Promise<Taken[]> =>
      left-- > 0 ? Promise.resolve(rows.map(() => ({ outcome: 'expired' }))) : Promise.reject(new Error('away'));
    await expect(importFiles(planOf(items, { send: fail }).plan, failing)).rejects.toThrow('away');
    expect(failing).toMatchObject({ received: 4, expired: 4 });
  });
});
