// The cells of the kept counts: which there are, what a transaction changes of them, and how that is written. What of calls is counted
// in them says rollups.ts.
import { addTo, directionCode, noSums, outcomeCode, sumsOf, type Counted, type Sums } from '../cdr/stats.ts';
import { beginOf, bucketOf, isIn, type CellTier } from '../cdr/tiers.ts';
import { chunks, inserting, type Sql } from './sql.ts';

const wide = ['day', 'noon', 'clock', 'clockhalf', 'clockquarter', 'week', 'weekhalf', 'weekquarter'] as const;
/** The sets of dimensions that are kept, each by direction and outcome too, and their tiers. */
export const sets = {
  company: ['quarter', 'hour', ...wide],
  extension: ['quarter', ...wide],
  trunk: ['quarter', ...wide],
} as const satisfies Record<string, readonly CellTier[]>;
export type RollupSet = keyof typeof sets;
/** Calls that began less those that ended, by minutes and days of UTC: summed up from the beginning they are the calls that run. */
export const flowTiers = ['minute', 'day'] as const satisfies readonly CellTier[];

const setCodes: Record<RollupSet | 'flow', number> = { company: 1, extension: 2, trunk: 3, flow: 4 };
const tierCodes: Record<CellTier, number> = {
  // Minutes are of `flow`, which has no cycle. Before 0025, 4 were months, 5 hours from half past, and 7 half hours.
  ...{ minute: 0, quarter: 1, hour: 2, day: 3, noon: 6 },
  ...{ clock: 4, clockhalf: 7, clockquarter: 0, week: 8, weekhalf: 9, weekquarter: 5 },
};
export const kindOf = (set: RollupSet | 'flow', tier: CellTier): number => setCodes[set] * 10 + tierCodes[tier];

/** All kinds that are kept. */
export const kinds: readonly number[] = [
  ...(Object.keys(sets) as RollupSet[]).flatMap((set) => sets[set].map((tier) => kindOf(set, tier))),
  ...flowTiers.map((tier) => kindOf('flow', tier)),
];

export const everyone = 0;
export const noCompany = -1;

/** A row of the table, in the order of `rollupColumns`; its sums are what is to be added. */
export type Cell = [
  ...[kind: number, viewer: number, bucket: number, name: string, direction: number, outcome: number],
  ...[calls: number, records: number, talk: number, ring: number, rung: number],
];

/** What one viewer sees change in a quarter of an hour, of one direction and outcome: sums by name. */
interface Slot extends Record<RollupSet, Map<string, Sums>> {
  quarter: number;
  direction: number;
  outcome: number;
}

interface Viewed {
  slots: Map<number, Slot>;
  /** Calls that began less those that ended, by minute. */
  flow: Map<number, number>;
}

/** What a transaction changes: counted by the finest tiers, of which the wider ones are made once, at the end. */
export class Cells {
  readonly #viewers = new Map<number, Viewed>();

  /** `times`: 1 enters, -1 leaves. */
  count(viewer: number, call: Counted, times: 1 | -1): void {
    const { slots, flow } = emplaced(this.#viewers, viewer, newView);
    const quarter = bucketOf(call.start, 'quarter');
    const [direction, outcome] = [directionCode(call.direction), outcomeCode(call.outcome)];
    // Both codes are small numbers (cdr/stats.ts).
    const slot = emplaced(slots, quarter * 256 + direction * 16 + outcome, () => newSlot(quarter, direction, outcome));
    const sums = sumsOf(call, times);
    addTo(emplaced(slot.company, '', newSums), sums);
    for (const name of call.extensions) addTo(emplaced(slot.extension, name, newSums), sums);
    for (const name of call.trunks) addTo(emplaced(slot.trunk, name, newSums), sums);
    const [began, ended] = [bucketOf(call.start, 'minute'), bucketOf(call.end, 'minute')];
    flow.set(began, (flow.get(began) ?? 0) + times);
    flow.set(ended, (flow.get(ended) ?? 0) - times);
  }

  /** Those that change, each once, in the order of the table. */
  get changed(): Cell[] {
    const places = [...this.#viewers].flatMap(([viewer, viewed]) => [...placesOf(viewer, viewed).values()]);
    const changed: Cell[] = [];
    for (const place of places.sort((a, b) => a.kind - b.kind || a.viewer - b.viewer || a.bucket - b.bucket)) {
      const { kind, viewer, bucket, direction, outcome } = place;
      for (const [name, { calls, records, talk, ring, rung }] of place.sums) {
        if (calls === 0 && records === 0 && talk === 0 && ring === 0 && rung === 0) continue;
        changed.push([kind, viewer, bucket, name, direction, outcome, calls, records, talk, ring, rung]);
      }
    }
    return changed;
  }
}

/** Cells that differ by nothing but their names. */
interface Place {
  kind: number;
  viewer: number;
  bucket: number;
  direction: number;
  outcome: number;
  sums: Map<string, Sums>;
}

function placesOf(viewer: number, { slots, flow }: Viewed): Map<number, Place> {
  const places = new Map<number, Place>();
  // Kinds are below 64, both codes below 16, and minutes go to the year 2255: the number is exact.
  const sumsAt = (kind: number, bucket: number, direction: number, outcome: number) =>
    emplaced(places, ((bucket * 64 + kind) * 16 + direction) * 16 + outcome, () => {
      return { kind, viewer, bucket, direction, outcome, sums: new Map<string, Sums>() };
    }).sums;
  // A slot goes into the cells of all tiers that its quarter lies in.
  for (const { quarter, direction, outcome, ...named } of slots.values()) {
    const at = beginOf(quarter, 'quarter');
    for (const [tier, ofTier] of setsByTier) {
      if (!isIn(at, tier)) continue;
      const bucket = bucketOf(at, tier);
      for (const set of ofTier) {
        if (named[set].size === 0) continue;
        const into = sumsAt(kindOf(set, tier), bucket, direction, outcome);
        for (const [name, sums] of named[set]) addTo(emplaced(into, name, newSums), sums);
      }
    }
  }
  for (const [minute, calls] of flow) {
    const at = beginOf(minute, 'minute');
    for (const tier of flowTiers)
      emplaced(sumsAt(kindOf('flow', tier), bucketOf(at, tier), 0, 0), '', newSums).calls += calls;
  }
  return places;
}

/** The tiers, each with the sets that are kept by it. */
const setsByTier = Object.entries(
  Object.groupBy(
    (Object.keys(sets) as RollupSet[]).flatMap((set) => sets[set].map((tier) => ({ set, tier }))),
    ({ tier }) => tier,
  ),
).map(([tier, some]) => [tier as CellTier, some.map(({ set }) => set)] as const);

const newView = (): Viewed => ({ slots: new Map(), flow: new Map() });
const newSums = (): Sums => ({ ...noSums });

function newSlot(quarter: number, direction: number, outcome: number): Slot {
  return { quarter, direction, outcome, company: new Map(), extension: new Map(), trunk: new Map() };
}

/** The value of a key, made when there is none. */
function emplaced<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

const keyColumns = ['kind', 'viewer', 'bucket', 'name', 'direction', 'outcome'];
const sumColumns = ['calls', 'records', 'talk', 'ring', 'rung'] as const;
export const rollupColumns = [...keyColumns, ...sumColumns];
const upserts = {
  sqlite: inserting(
    'rollup',
    rollupColumns,
    ` ON CONFLICT (${keyColumns.map((name) => `\`${name}\``).join(', ')}) DO UPDATE SET ` +
      sumColumns.map((name) => `\`${name}\` = \`${name}\` + \`excluded\`.\`${name}\``).join(', '),
  ),
  mysql: inserting(
    'rollup',
    rollupColumns,
    ` ON DUPLICATE KEY UPDATE ${sumColumns.map((name) => `\`${name}\` = \`${name}\` + VALUES(\`${name}\`)`).join(', ')}`,
  ),
};

/** Added to a kind: the cells of a second set, which a recount fills (recount.ts). No reader looks at these. */
export const anew = 100;

/** Into the cells that are read, or into those of the second set. */
export async function writeCells(sql: Sql, changed: readonly Cell[], into: 0 | typeof anew = 0): Promise<void> {
  const cells = into === 0 ? changed : changed.map(([kind, ...others]): Cell => [kind + into, ...others]);
  await upserts[sql.dialect](sql, cells);
  const emptied = cells.filter(([, , , , , , calls]) => calls < 0).map((cell) => cell.slice(0, keyColumns.length));
  if (sql.dialect === 'sqlite') return sql.each(dropping(1), emptied);
  for (const some of chunks(emptied)) await sql.run(dropping(some.length), some.flat());
}

const isCell = `(${keyColumns.map((name) => `\`${name}\` = ?`).join(' AND ')})`;

/** Of so many cells those in which no call is left. Each way to MariaDB takes longer than the work: a call is in some 40 cells. */
function dropping(count: number): string {
  return `DELETE FROM \`rollup\` WHERE \`calls\` = 0 AND (${new Array(count).fill(isCell).join(' OR ')})`;
}
