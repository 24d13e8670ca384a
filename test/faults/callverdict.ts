// The verdict on calls after any fault: those of the stored records and no others, no id that leads nowhere, and counts that a look at
// every call finds too. Read beside the daemon, which is calm by then.
import { expect } from 'vitest';
import { callOf, wallsOf, type Call } from '../../src/cdr/call.ts';
import type { StoredCdr } from '../../src/cdr/cdr.ts';
import { groupsOf } from '../../src/cdr/groups.ts';
import { StatsClock } from '../../src/cdr/statsclock.ts';
import { scanReason, type StatsQuery } from '../../src/cdr/statsquery.ts';
import { isMixed } from '../../src/cdr/wall.ts';
import { openAside } from '../../src/store/aside.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { silent } from '../support/store.ts';
import { rowsIn } from './databases.ts';

/** More than any run makes. */
const limit = 1_000_000;
const day = 86_400e6;

export async function expectCalls(storeUrl: string): Promise<void> {
  const store = await openStore({ url: storeUrl }, silent);
  try {
    const seen = await store.list({ within: null, limit });
    // Links are those of the raw record; of a hidden one nothing else counts.
    const raw = await store.list({ within: null, limit, raw: true });
    const hidden = raw.filter((cdr) => cdr.hidden);
    const records = [...seen, ...hidden].sort((a, b) => a.id - b.id);
    await expectSameCalls(store, storeUrl, records);
    await expectNoDangling(storeUrl);
    await expectSameCounts(store, records);
  } finally {
    await store.close();
  }
}

type Told = Call & { firstCdr: number; walls: unknown; isMixed: boolean; hidden: boolean };

/** What calls these records make: of each conversation what everyone sees, none where all of it is hidden. */
function callsOf(records: readonly StoredCdr[]): Told[] {
  const groups = groupsOf(records).map((group) => ({ first: group[0]!, seen: group.filter(({ hidden }) => !hidden) }));
  return groups
    .filter(({ seen }) => seen.length > 0)
    .map(({ first, seen }) => {
      const walls = wallsOf(seen);
      return { ...callOf(seen), firstCdr: first.id, walls, isMixed: isMixed(walls), hidden: false };
    })
    .sort((a, b) => a.firstCdr - b.firstCdr);
}

async function expectSameCalls(store: Store, storeUrl: string, records: readonly StoredCdr[]): Promise<void> {
  const expected = callsOf(records);
  const stored = await store.listCalls({ within: null, limit });
  const told = stored.map(({ id: _, created: __, updated: ___, place: ____, ...call }) => call);
  expect(told.sort((a, b) => a.firstCdr - b.firstCdr)).toEqual(expected);
  // And each record is of the call that its conversation makes.
  const idOf = new Map(stored.map(({ firstCdr, id }) => [firstCdr, id]));
  const rows = await rowsIn(storeUrl, 'SELECT `id`, `call_id` FROM `cdr`');
  const callOfCdr = new Map(rows.map((row) => [Number(row['id']), Number(row['call_id'])]));
  for (const group of groupsOf(records)) {
    const ids = new Set(group.map(({ id }) => callOfCdr.get(id)));
    const id = idOf.get(group[0]!.id);
    expect([...ids]).toEqual(id === undefined ? [expect.any(Number)] : [id]);
  }
}

/** Every id that was given out is a call's, or leads to one; every record has a call. */
async function expectNoDangling(storeUrl: string): Promise<void> {
  const dangling =
    'SELECT `call_alias`.`id` FROM `call_alias` LEFT JOIN `call` ON `call`.`id` = `call_alias`.`call_id` WHERE `call`.`id` IS NULL';
  expect(await rowsIn(storeUrl, dangling)).toEqual([]);
  const lost =
    'SELECT `cdr`.`id` FROM `cdr` LEFT JOIN `call` ON `call`.`id` = `cdr`.`call_id` WHERE `call`.`id` IS NULL';
  expect(await rowsIn(storeUrl, lost)).toEqual([]);
  const both = 'SELECT `call`.`id` FROM `call` JOIN `call_alias` ON `call_alias`.`id` = `call`.`id`';
  expect(await rowsIn(storeUrl, both)).toEqual([]);
  const [given] = await rowsIn(storeUrl, "SELECT `last` FROM `place` WHERE `name` = 'call'");
  const known = 'SELECT `id` FROM `call` UNION SELECT `id` FROM `call_alias` ORDER BY `id`';
  const ids = (await rowsIn(storeUrl, known)).map(({ id }) => Number(id));
  expect(ids).toEqual(Array.from({ length: Number(given!['last']) }, (_, at) => at + 1));
}

/** What is counted with every record, and what a look at every call finds. */
async function expectSameCounts(store: Store, records: readonly StoredCdr[]): Promise<void> {
  const starts = records.map(({ start }) => Math.floor(start / day));
  const [from, until] = starts.reduce(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [Infinity, 0]);
  if (records.length === 0) return;
  const span = { from: (from - 1) * day, until: (until + 2) * day };
  const asked: StatsQuery[] = [
    { by: [], ...span, zone: 'UTC', within: null },
    { by: ['hour', 'direction', 'outcome'], ...span, zone: 'UTC', within: null },
    { by: ['day', 'company'], ...span, zone: 'Europe/Berlin', within: null },
    { by: ['extension'], ...span, zone: 'UTC', within: null },
    { by: ['trunk', 'day'], ...span, zone: 'UTC', within: ['acme'] },
    { by: ['hour'], ...span, zone: 'Asia/Kathmandu', within: ['birch'] },
  ];
  const aside = await openAside(store.whereabouts);
  try {
    for (const query of asked) {
      const clock = new StatsClock(query.from, query.until, query.zone);
      expect(scanReason(query, clock)).toBe(null);
      const scan = aside.scan(query);
      while (await scan.next());
      expect(await store.stats(query, clock), JSON.stringify(query)).toEqual(scan.answer());
    }
  } finally {
    aside.close();
  }
}
