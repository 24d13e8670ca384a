// Which indexes lead to the records of a query. Left to choose, both databases gather and sort all that a filter finds for every page.
//
//   ordered    entries of one key, or of all records, in the order that is asked for: a page is read off and no more
//   gathered   fewer entries in another order, all of which must be looked at; only their ids and starts are
import { companiesWithin } from '../cdr/wall.ts';
import { tagKey } from '../cdr/overlay.ts';
import { conditionNames, type CdrFilter, type CdrQuery } from '../cdr/query.ts';
import type { Database, Value } from './sql.ts';
import { is, type Dictionaries, type Where } from './where.ts';

/** One index, and the conditions by which it is entered. */
export interface Branch extends Where {
  /** How SQL names the index behind the table. */
  hint: string;
  /** Gathered in the order of `start`, so that SQLite's sorter by id, which keeps the first, need not take in each entry anew. */
  isByStart?: boolean;
}

export interface Ways {
  ordered: readonly Branch[] | null;
  gathered: readonly Branch[] | null;
  /** All entries of `ordered` are of the query, but for hidden records: no stretch of it can be in vain. */
  isExact: boolean;
}

export type ListQuery = Omit<CdrQuery, 'limit'>;

/** So many keys of a wall are looked up one by one; of more, all records are looked at. */
const keysMax = 16;

/** Columns that have an index by start and one by id. */
const keyIndexes = {
  company_id: 'cdr_company',
  target_id: 'cdr_target',
  extension: 'cdr_extension',
  peer_extension: 'cdr_peer_extension',
  src: 'cdr_src',
  dst: 'cdr_dst',
} as const;
type KeyColumn = keyof typeof keyIndexes;

/** One value of a column: of an `either` one of several. */
type Key = [column: KeyColumn, value: Value];

/** What must hold of every record of a query. */
interface Demands {
  nodes: CdrFilter[];
  range: Where;
}

export function waysOf(query: ListQuery, names: Dictionaries, dialect: Database['dialect']): Ways {
  const byStart = query.order?.endsWith('start') ?? false;
  const demands = { nodes: [...demandedOf(query)], range: rangeWhere(rangeOf(query)) };
  const branchOf = branchMaker(dialect);
  const few = fewOf(demands, branchOf);
  if (few) return { ordered: null, gathered: few, isExact: false };
  const found = keysOf(query, demands, names);
  const inRange = demands.range.sql !== '';
  const keyed = (isByStart: boolean, { keys }: { keys: readonly Key[] }) =>
    keys.map(([column, value]) =>
      branchOf(
        `${keyIndexes[column]}${isByStart ? '' : '_id'}`,
        both(keyWhere(column, value), isByStart ? demands.range : none),
      ),
    );
  const ordered = found
    ? keyed(byStart, found)
    : [branchOf(byStart ? 'cdr_start' : null, byStart ? demands.range : none)];
  const prefix = demands.nodes.find((node) => node.prefix !== undefined)?.prefix;
  const gathered = () => {
    const started = (branches: readonly Branch[]) =>
      branches.map((branch) => ({ ...branch, isByStart: dialect === 'sqlite' }));
    if (found) return inRange && !byStart ? started(keyed(true, found)) : null;
    if (prefix !== undefined)
      return (['src', 'dst'] as const).map((column) =>
        branchOf(keyIndexes[column], beginsWith(column, prefix, dialect)),
      );
    return inRange && !byStart ? started([branchOf('cdr_start', demands.range)]) : null;
  };
  return { ordered, gathered: gathered(), isExact: isOnly(query, demands, found?.condition, byStart) };
}

/** Conditions that few records meet. */
function fewOf({ nodes }: Demands, branchOf: ReturnType<typeof branchMaker>): Branch[] | null {
  for (const { uniqueid } of nodes) {
    // Its index begins with the system, of which there are few.
    const among = { sql: '`system_id` IN (SELECT `id` FROM `system`)', values: [] };
    if (uniqueid !== undefined) return [branchOf('cdr_identity', both(among, is('uniqueid', uniqueid)))];
  }
  for (const { linkedid } of nodes) {
    if (linkedid !== undefined) return [branchOf('cdr_linkedid', is('linkedid', linkedid))];
  }
  for (const { tag } of nodes) {
    const sql = '`id` IN (SELECT `cdr_id` FROM `cdr_tag` JOIN `tag` ON `tag`.`id` = `tag_id` WHERE `name_key` = ?)';
    if (tag !== undefined) return [{ hint: '', sql, values: [tagKey(tag)] }];
  }
  return null;
}

/** Keys one of which every record of the query has, by the narrowest condition that has any. */
function keysOf(query: ListQuery, { nodes }: Demands, { companies }: Dictionaries) {
  const sides = (a: KeyColumn, b: KeyColumn, values: readonly Value[]) =>
    values.flatMap((value): Key[] => [
      [a, value],
      [b, value],
    ]);
  for (const { extension } of nodes) {
    if (extension !== undefined)
      return { condition: 'extension', keys: sides('extension', 'peer_extension', [extension]) } as const;
  }
  for (const column of ['src', 'dst'] as const) {
    const value = nodes.find((node) => node[column] !== undefined)?.[column];
    if (value !== undefined) return { condition: column, keys: [[column, value]] satisfies Key[] } as const;
  }
  const idsOf = (handles: readonly string[]) => handles.map((handle) => companies.idOf(handle) ?? -1);
  for (const { company } of nodes) {
    if (company !== undefined)
      return { condition: 'company', keys: sides('company_id', 'target_id', idsOf([company])) } as const;
  }
  const { within } = query;
  const walls = within === null ? [] : 'extensions' in within ? within.extensions : companiesWithin(within)!;
  if (within === null || walls.length === 0 || walls.length > keysMax) return null;
  if ('extensions' in within) return { condition: 'wall', keys: sides('extension', 'peer_extension', walls) } as const;
  return { condition: 'within', keys: sides('company_id', 'target_id', idsOf(walls)) } as const;
}

/** Whether the query asks for nothing but this condition and the order's range. */
function isOnly(query: ListQuery, { nodes }: Demands, condition: string | undefined, byStart: boolean): boolean {
  const met = new Set<string>([...(condition === undefined ? [] : [condition]), ...(byStart ? ['from', 'until'] : [])]);
  if (query.columns || (query.within !== null && condition !== 'within')) return false;
  const [first, ...others] = nodes.flatMap((node) =>
    conditionNames.filter((name) => node[name] !== undefined && !(byStart && met.has(name) && name !== condition)),
  );
  return others.length === 0 && (first === undefined || met.has(first)) && nodes.every(({ or, not }) => !or && !not);
}

/** The node and all that stand in its `and`. */
function* demandedOf(filter: CdrFilter): Generator<CdrFilter> {
  yield filter;
  for (const part of filter.and ?? []) yield* demandedOf(part);
}

/** The range of time that holds for every record of it. */
export function rangeOf(filter: CdrFilter): Pick<CdrFilter, 'from' | 'until'> {
  const nodes = [...demandedOf(filter)];
  const froms = nodes.map(({ from }) => from).filter((time) => time !== undefined);
  const untils = nodes.map(({ until }) => until).filter((time) => time !== undefined);
  return {
    ...(froms.length > 0 ? { from: Math.max(...froms) } : {}),
    ...(untils.length > 0 ? { until: Math.min(...untils) } : {}),
  };
}

const none: Where = { sql: '', values: [] };

function rangeWhere({ from, until }: Pick<CdrFilter, 'from' | 'until'>): Where {
  const since = from === undefined ? none : { sql: '`start` >= ?', values: [from] };
  return both(since, until === undefined ? none : { sql: '`start` < ?', values: [until] });
}

function both(a: Where, b: Where): Where {
  const sql = [a.sql, b.sql].filter((part) => part !== '').join(' AND ');
  return { sql, values: [...a.values, ...b.values] };
}

/** Without the comparison of lengths, which the query's own condition makes: this one is for the index. */
function keyWhere(column: KeyColumn, value: Value): Where {
  return { sql: `\`${column}\` = ?`, values: [value] };
}

/** As a range of the index: SQLite knows no LIKE that minds the case, and to MariaDB's comparisons a tab comes before a missing character. */
function beginsWith(column: KeyColumn, prefix: string, dialect: Database['dialect']): Where {
  if (dialect === 'mysql') {
    return { sql: `\`${column}\` LIKE ? ESCAPE '!'`, values: [`${prefix.replace(/[!%_]/g, '!$&')}%`] };
  }
  const end = endOf(prefix);
  return {
    sql: `\`${column}\` >= ?${end === null ? '' : ` AND \`${column}\` < ?`}`,
    values: [prefix, ...(end === null ? [] : [end])],
  };
}

const lastPoint = 0x10ffff;

/** The first text, by code points, after all that begin with this one; null when there is none. */
export function endOf(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0)!);
  while (points.at(-1) === lastPoint) points.pop();
  const last = points.pop();
  if (last === undefined) return null;
  // Between these two lie the halves of others, which are no characters.
  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
}

/** `index` null: the table itself, by id. */
function branchMaker(dialect: Database['dialect']) {
  return (index: string | null, where: Where): Branch => {
    if (dialect === 'mysql') return { ...where, hint: ` FORCE INDEX (${index === null ? 'PRIMARY' : `\`${index}\``})` };
    return { ...where, hint: index === null ? ' NOT INDEXED' : ` INDEXED BY \`${index}\`` };
  };
}
