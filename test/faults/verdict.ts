// The verdict after any fault: stored set = true set, no doubles, ids in commit order, counts that add up, and every reader
// that resumed knows what the list says, of records and of calls. Of the calls themselves see callverdict.ts.
import { expect } from 'vitest';
import { adminToken } from '../support/daemon.ts';
import { until } from './patience.ts';
import type { Reader, Seen } from './readers.ts';

const calmMs = 800;
const headers = { authorization: `Bearer ${adminToken}` };

export async function ask<T>(url: string, path: string): Promise<T> {
  const response = await fetch(url + path, { headers });
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Every record of the list, page by page. */
export function recordsAt(url: string, query: Record<string, string> = {}): Promise<Seen[]> {
  return listAt(url, 'cdrs', query);
}

async function listAt(url: string, what: 'cdrs' | 'calls', query: Record<string, string>): Promise<Seen[]> {
  type Page = { after: number; more: boolean } & Record<typeof what, Seen[]>;
  const all: Seen[] = [];
  for (let after = 0; ;) {
    const search = new URLSearchParams({ limit: '1000', after: String(after), ...query });
    const page = await ask<Page>(url, `/api/v1/${what}?${search.toString()}`);
    all.push(...page[what]);
    if (!page.more) return all;
    ({ after } = page);
  }
}

export interface SourceCounts {
  name: string;
  state: string;
  received: number;
  stored: number;
  duplicate: number;
  rejected: number;
  expired: number;
  lost: number;
}

export const sourcesAt = async (url: string): Promise<SourceCounts[]> => {
  const response = await fetch(`${url}/readyz`);
  return ((await response.json()) as { sources: SourceCounts[] }).sources;
};

export const nameOf = (record: object): string => {
  const { uniqueid, sequence } = record as Record<string, unknown>;
  return `${String(uniqueid)}/${String(sequence)}`;
};

/** The place of the last change. */
export async function headAt(url: string): Promise<number> {
  for (let after = 0; ;) {
    const page = await ask<{ after: number; more: boolean; changes: unknown[] }>(
      url,
      `/api/v1/changes?after=${after}&limit=1000`,
    );
    ({ after } = page);
    if (!page.more) return after;
  }
}

/** No store has so many. Whoever wants to hide it waits for the lock of the writers, finds nothing and changes nothing. */
const nobody = 999_999_999_999;

/**
 * Resolves when no source brings anything any more: nothing for as long as several looks at the table take, and many times
 * as long as the store takes to give its lock away. On a busy machine one commit may take longer than all looks.
 */
async function calmAt(url: string): Promise<void> {
  let last = '';
  let since = performance.now();
  let slowestMs = 0;
  await until(async () => {
    const asked = performance.now();
    await fetch(`${url}/api/v1/cdrs/${nobody}`, { method: 'DELETE', headers }).then((answer) => answer.arrayBuffer());
    const now = JSON.stringify((await sourcesAt(url)).map(({ name, received }) => [name, received]));
    slowestMs = Math.max(slowestMs, performance.now() - asked);
    if (now !== last) since = performance.now();
    last = now;
    return performance.now() - since > Math.max(calmMs, slowestMs * 20);
  }, 'the sources to be calm');
}

/** `truth`: `uniqueid/sequence` of every record that must be there, hidden ones too. */
export async function expectTruth(url: string, truth: readonly string[]): Promise<Seen[]> {
  await until(async () => (await recordsAt(url, { raw: '1' })).length >= truth.length, 'the records').catch(
    () => undefined,
  );
  await calmAt(url);
  const raw = await recordsAt(url, { raw: '1' });
  expect(raw.map(nameOf).sort()).toEqual([...truth].sort());
  expect(raw.map(({ id }) => id)).toEqual(raw.map((_, at) => at + 1));
  for (const { received, stored, duplicate, rejected, expired } of await sourcesAt(url)) {
    expect(received).toBe(stored + duplicate + rejected + expired);
  }
  return raw;
}

/** Nothing changes any more: each reader knows exactly what the list says of its filter, and was told each change once. */
export async function expectReaders(url: string, readers: readonly Reader[], raw: readonly Seen[]): Promise<void> {
  const head = await headAt(url);
  const hidden = new Set(raw.filter((cdr) => cdr['hidden'] === true).map(({ id }) => id));
  for (const reader of readers) {
    for (const type of reader.types) {
      const list = await listAt(url, `${type}s`, reader.filter);
      const told = () => sorted(type === 'cdr' ? reader.view : reader.calls);
      const isThere = () => JSON.stringify(told()) === JSON.stringify(list);
      await until(isThere, `${reader.name} to know the list of ${type}s`).catch(() => undefined);
      expect(reader.faults).toEqual([]);
      expect(told()).toEqual(list);
    }
    expect(reader.place).toBeLessThanOrEqual(head);
    if (Object.keys(reader.filter).length > 0 || !reader.types.includes('cdr')) continue;
    // Everything was told to it, but the first sights of records that were hidden before it came to them.
    const told = new Set(reader.seqs);
    const places = await changesAt(url);
    const missed = places.filter(({ seq, id }) => !told.has(seq) && !hidden.has(id));
    expect(missed).toEqual([]);
  }
}

function sorted(view: ReadonlyMap<number, Seen>): Seen[] {
  return [...view.values()].sort((a, b) => a.id - b.id);
}

/** The whole change sequence as a new reader replays it. */
export async function changesAt(url: string): Promise<{ seq: number; id: number; op: string }[]> {
  const all: { seq: number; id: number; op: string }[] = [];
  for (let after = 0; ;) {
    const page = await ask<{ changes: { seq: number; op: string; cdr: Seen }[]; after: number; more: boolean }>(
      url,
      `/api/v1/changes?after=${after}&limit=1000`,
    );
    all.push(...page.changes.map(({ seq, op, cdr }) => ({ seq, op, id: cdr.id })));
    ({ after } = page);
    if (!page.more) return all;
  }
}
