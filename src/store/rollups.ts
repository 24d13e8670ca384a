// Counts of calls by stretches of UTC, kept in the transaction of whatever changed the calls. A call leaves the cells it was in and
// enters those it is in now: new, merged, edited, hidden and expired calls are one path. Its caller holds the lock of ingest.
//
//   viewer     0: everyone who is bound to nothing · an id: a company, with the calls as it sees them · -1: calls that concern no company
//   kind       a set of dimensions and a tier (kinds below); `name` is the extension or the trunk
import { callOf, type StoredCall } from '../cdr/call.ts';
import type { StoredCdr } from '../cdr/cdr.ts';
import { addTo, countedOf, directionCode, noSums, outcomeCode, sumsOf, type Counted, type Sums } from '../cdr/stats.ts';
import { beginOf, bucketOf, type Tier } from '../cdr/tiers.ts';
import { isVisible } from '../cdr/wall.ts';
import type { Rooms } from './callgather.ts';
import { chunks, inserting, placeholders, type Sql, type Value } from './sql.ts';

/** The sets of dimensions that are kept, each by direction and outcome too, and their tiers. */
export const sets = {
  company: ['quarter', 'half', 'hour', 'day', 'month'],
  extension: ['quarter', 'day', 'month'],
  trunk: ['quarter', 'day', 'month'],
} as const satisfies Record<string, readonly Tier[]>;
export type RollupSet = keyof typeof sets;
/** Calls that began less those that ended, by minutes and days of UTC: summed up from the beginning they are the calls that run. */
export const flowTiers = ['minute', 'day'] as const satisfies readonly Tier[];

const setCodes: Record<RollupSet | 'flow', number> = { company: 1, extension: 2, trunk: 3, flow: 4 };
const tierCodes: Record<Tier, number> = { minute: 0, quarter: 1, hour: 2, day: 3, month: 4, half: 5 };
export const kindOf = (set: RollupSet | 'flow', tier: Tier): number => setCodes[set] * 10 + tierCodes[tier];

export const everyone = 0;
export const noCompany = -1;

interface Cell {
  key: [kind: number, viewer: number, bucket: number, name: string, direction: number, outcome: number];
  sums: Sums;
}

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
class Cells {
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
    const cells = new Map<string, Cell>();
    const add = (key: Cell['key'], sums: Sums) =>
      addTo(emplaced(cells, key.join('\n'), () => ({ key, sums: newSums() })).sums, sums);
    for (const [viewer, { slots, flow }] of this.#viewers) {
      for (const { quarter, direction, outcome, ...named } of slots.values()) {
        for (const set of Object.keys(sets) as RollupSet[]) {
          for (const tier of sets[set]) {
            const bucket = bucketOf(beginOf(quarter, 'quarter'), tier);
            for (const [name, sums] of named[set])
              add([kindOf(set, tier), viewer, bucket, name, direction, outcome], sums);
          }
        }
      }
      for (const [minute, calls] of flow) {
        for (const tier of flowTiers)
          add([kindOf('flow', tier), viewer, bucketOf(beginOf(minute, 'minute'), tier), '', 0, 0], {
            ...noSums,
            calls,
          });
      }
    }
    return [...cells.values()]
      .filter(({ sums: { calls, records, talk, ring, rung } }) => calls || records || talk || ring || rung)
      .sort(({ key: a }, { key: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  }
}

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

/** What `saveCalls` writes of calls, as far as statistics look at it. */
interface Plan {
  changed: readonly { call: StoredCall; was: StoredCall | null }[];
  swallowed: readonly { was: StoredCall }[];
  mixed: readonly { call: StoredCall; cdrs: readonly StoredCdr[] }[];
}

/** Must run inside the transaction that writes the calls, when their companies are known to it. */
export async function countCalls(sql: Sql, { companies }: Pick<Rooms, 'companies'>, plan: Plan): Promise<void> {
  const { changed, swallowed, mixed } = plan;
  const keys = new Set(
    [...changed, ...swallowed, ...mixed].flatMap((one) => handlesOf('call' in one ? one.call : one.was)),
  );
  for (const { was } of changed) for (const handle of was ? handlesOf(was) : []) keys.add(handle);
  const ids = await companies.toIds(sql, keys);
  const idOf = (handle: string) => ids.get(companies.key(handle))!;
  const cells = new Cells();
  const whole = (call: StoredCall, times: 1 | -1) => {
    if (call.hidden) return;
    const counted = countedOf(call);
    cells.count(everyone, counted, times);
    if (call.isMixed) return;
    const concerned = handlesOf(call);
    if (concerned.length === 0) cells.count(noCompany, counted, times);
    for (const handle of concerned) cells.count(idOf(handle), counted, times);
  };
  for (const { call, was } of changed) {
    if (was) whole(was, -1);
    whole(call, 1);
  }
  for (const { was } of swallowed) whole(was, -1);
  await countParts(sql, plan, cells, idOf);
  await write(sql, cells.changed);
}

const insertParts = inserting('call_part', ['call_id', 'company_id', 'facts']);

/** What each company sees of calls that they do not see alike; kept beside the call, to be taken away as it was counted. */
async function countParts(sql: Sql, plan: Plan, cells: Cells, idOf: (handle: string) => number): Promise<void> {
  // A full call that is mixed keeps its parts: nobody looks at its records any more.
  const still = new Set(plan.mixed.map(({ call }) => call.id));
  const former = [
    ...plan.changed.flatMap(({ call, was }) => (was?.isMixed && (!call.isMixed || call.hidden) ? [was.id] : [])),
    ...plan.swallowed.flatMap(({ was }) => (was.isMixed ? [was.id] : [])),
    ...still,
  ];
  for (const some of chunks([...new Set(former)])) {
    const where = `WHERE \`call_id\` IN ${placeholders(1, some.length)}`;
    const rows = await sql.all<{ company_id: number; facts: string }>(
      `SELECT \`company_id\`, \`facts\` FROM \`call_part\` ${where}`,
      some,
    );
    for (const { company_id, facts } of rows) cells.count(company_id, JSON.parse(facts) as Counted, -1);
    if (rows.length > 0) await sql.run(`DELETE FROM \`call_part\` ${where}`, some);
  }
  const parts: Value[][] = [];
  for (const { call, cdrs } of plan.mixed) {
    if (call.hidden) continue;
    for (const handle of handlesOf(call)) {
      const part = countedOf(callOf(cdrs.filter((cdr) => isVisible(cdr, [handle]))));
      cells.count(idOf(handle), part, 1);
      parts.push([call.id, idOf(handle), JSON.stringify(part)]);
    }
  }
  await insertParts(sql, parts);
}

/** The companies that a call concerns, as they are compared. */
export function handlesOf({ walls }: Pick<StoredCall, 'walls'>): string[] {
  const handles = new Set<string>();
  for (const { company, target } of walls) {
    if (company !== null) handles.add(company);
    if (target !== null) handles.add(target);
  }
  return [...handles];
}

const keyColumns = ['kind', 'viewer', 'bucket', 'name', 'direction', 'outcome'];
const sumColumns = ['calls', 'records', 'talk', 'ring', 'rung'] as const;
const columns = [...keyColumns, ...sumColumns];
const upserts = {
  sqlite: inserting(
    'rollup',
    columns,
    ` ON CONFLICT (${keyColumns.map((name) => `\`${name}\``).join(', ')}) DO UPDATE SET ` +
      sumColumns.map((name) => `\`${name}\` = \`${name}\` + \`excluded\`.\`${name}\``).join(', '),
  ),
  mysql: inserting(
    'rollup',
    columns,
    ` ON DUPLICATE KEY UPDATE ${sumColumns.map((name) => `\`${name}\` = \`${name}\` + VALUES(\`${name}\`)`).join(', ')}`,
  ),
};

async function write(sql: Sql, cells: readonly Cell[]): Promise<void> {
  await upserts[sql.dialect](
    sql,
    cells.map(({ key, sums }) => [...key, ...sumColumns.map((name) => sums[name])]),
  );
  const where = keyColumns.map((name) => `\`${name}\` = ?`).join(' AND ');
  for (const { key, sums } of cells) {
    if (sums.calls < 0) await sql.run(`DELETE FROM \`rollup\` WHERE ${where} AND \`calls\` = 0`, key);
  }
}
