// export: how fast a long list goes out, against a bare SELECT to a socket; and what ingest and the memory of the daemon
// feel of it. The daemon is a process of its own with a full store; records are written to it one by one meanwhile.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Broken } from '../../src/errors.ts';
import { adminToken } from '../support/daemon.ts';
import { makeFolder, startChild } from './cleanup.ts';
import { startBenchDaemon } from './daemon.ts';
import { fillStore } from './filled.ts';
import { alternate, figureOf, type Figure, type Part } from './pairs.ts';

const selector = fileURLToPath(new URL('bare/select.ts', import.meta.url));
const headers = { authorization: `Bearer ${adminToken}` };
/** Between two records that are written. */
const pauseMs = 10;

export const exportPart: Part = {
  name: 'export',
  about: 'a long list as CSV and NDJSON, against a bare SELECT to a socket; ingest and memory with and without it',
  async run({ isShort, pairs }) {
    const rows = isShort ? 100_000 : 1_000_000;
    const rowsOfPair = isShort ? 25_000 : 200_000;
    const file = await fillStore(makeFolder(), rows);
    const daemon = await startBenchDaemon({ file });
    const bare = await startChild([selector, file], (line) => line || undefined);
    const figures: Figure[] = [];
    const tell = (name: string, unit: Figure['unit'], runs: Parameters<typeof figureOf>[1]) =>
      figures.push(figureOf({ part: exportPart.name, case: name, unit }, runs));
    try {
      // Memory first: it does not come back all at once.
      const alone = await ingestDuring(daemon, delay(isShort ? 3000 : 15_000));
      const beside = await ingestDuring(daemon, download(`${daemon.url}/api/v1/cdrs.csv`));
      tell(`peak RSS, ${rows} rows as CSV`, 'MiB', [{ measured: beside.peak, reference: alone.peak }]);
      tell('one record stored, p50', 'ms', [{ measured: beside.p50, reference: alone.p50 }]);
      tell('one record stored, p99', 'ms', [{ measured: beside.p99, reference: alone.p99 }]);
      for (const format of ['csv', 'ndjson']) {
        const [ours, theirs] = [`${daemon.url}/api/v1/cdrs.${format}`, `${bare.ready}/${format}`];
        const rate = (url: string) => async () => rowsOfPair / (await download(`${url}?limit=${rowsOfPair}`));
        tell(`${format}, ${rowsOfPair} rows`, 'records/s', await alternate(pairs, rate(ours), rate(theirs)));
      }
      return figures;
    } finally {
      await bare.end();
      await daemon.end();
    }
  },
};

/** Reads it all and throws it away; resolves to the seconds it took. @throws Broken when it is not whole */
export async function download(url: string): Promise<number> {
  const began = performance.now();
  const [response] = (await once(get(url, { headers, agent: false }), 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  response.resume();
  await new Promise((resolve) => response.once('close', resolve));
  if (!response.complete || response.statusCode !== 200) throw new Broken(`${url} was cut (${response.statusCode})`);
  return (performance.now() - began) / 1000;
}

export interface Felt {
  /** Of storing one record, in ms. */
  p50: number;
  p99: number;
  /** RSS of the daemon, in MiB. */
  peak: number;
}

let written = 0;

/** Writes records one after the other until `work` is done. */
export async function ingestDuring({ url, pid }: { url: string; pid: number }, work: Promise<unknown>): Promise<Felt> {
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  const took: number[] = [];
  let peak = 0;
  const sent = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
  while (!isOver) {
    written += 1;
    const record = { system: 'pbx1', uniqueid: `1795317329.${written}`, sequence: 1_000_000 + written };
    const more = {
      start: '2026-11-22T03:15:29Z',
      duration: 5,
      billsec: 3,
      disposition: 'ANSWERED',
      src: '101',
      dst: '102',
    };
    const began = performance.now();
    const response = await fetch(`${url}/api/v1/cdrs`, { ...sent, body: JSON.stringify({ ...record, ...more }) });
    if (response.status !== 201)
      throw new Broken(`a record was answered with ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
    took.push(performance.now() - began);
    peak = Math.max(peak, rssOf(pid));
    await delay(pauseMs);
  }
  await over;
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))]!;
  return { p50: at(0.5), p99: at(0.99), peak };
}

/** proc(5), in MiB. */
export function rssOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}
