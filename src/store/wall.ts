// The wall of a reader as an SQL condition: the same as cdr/wall.ts, for all rows at once.
import type { Within } from '../cdr/wall.ts';
import type { Names } from './names.ts';
import type { Value } from './sql.ts';
import type { Where } from './where.ts';

const nothing: Where = { sql: '1 = 0', values: [] };

/** Companies the store has never seen match nothing. */
export function wallOf(within: NonNullable<Within>, names: Names): Where {
  if (!('extensions' in within)) return eitherOf(idsOf(within, names));
  const { companies, extensions } = within;
  if (extensions.length === 0) return nothing;
  const mine = (column: string) => isIn(column, extensions);
  if (companies === null) return either(mine('`extension`'), mine('`peer_extension`'));
  const ids = idsOf(companies, names);
  if (ids.length === 0) return nothing;
  const side = (column: string) => isIn(column, ids);
  const caller = all(mine('`extension`'), plain('`peer_extension` IS NOT NULL'), side('`company_id`'));
  const alone = all(
    mine('`extension`'),
    plain('`peer_extension` IS NULL'),
    side('COALESCE(`company_id`, `target_id`)'),
    side('COALESCE(`target_id`, `company_id`)'),
  );
  const called = all(mine('`peer_extension`'), side('COALESCE(`target_id`, `company_id`)'));
  return either(caller, alone, called);
}

function idsOf(handles: readonly string[], names: Names): number[] {
  return handles.map((handle) => names.idOf(handle)).filter((id) => id !== undefined);
}

function eitherOf(ids: readonly number[]): Where {
  return ids.length === 0 ? nothing : either(isIn('`company_id`', ids), isIn('`target_id`', ids));
}

function isIn(column: string, values: readonly Value[]): Where {
  return { sql: `${column} IN (${values.map(() => '?').join(', ')})`, values: [...values] };
}

function plain(sql: string): Where {
  return { sql, values: [] };
}

const all = (...parts: Where[]) => join(parts, ' AND ');
const either = (...parts: Where[]) => join(parts, ' OR ');

function join(parts: readonly Where[], word: string): Where {
  return { sql: `(${parts.map(({ sql }) => sql).join(word)})`, values: parts.flatMap(({ values }) => values) };
}
