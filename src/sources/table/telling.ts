// What the log says of a table: once per run, and again when it is another kind of table.
import { isDeepStrictEqual } from 'node:util';
import { uniqueidMax } from '../../cdr/fields.ts';
import type { Batch } from '../../ingest/source.ts';
import type { Log } from '../../log.ts';
import type { Place, TableConfig } from './config.ts';
import { adviceOn, lackOf, unfilledText, type Flavour } from './flavour.ts';
import type { Plan } from './reader.ts';

/** Below so many rows a database reads the whole table even where there is an index, and may. */
const fewRows = 10_000;

/** `timezone` is the configured one; `before`: what the table was until now, when it was looked at already. */
export function tellFlavour(
  log: Log,
  flavour: Flavour,
  config: TableConfig,
  place: Place,
  timezone: string,
  before?: Flavour,
): void {
  const { columns, view, ...rest } = flavour;
  const table = config.name;
  if (before) tellColumns(log, table, before, flavour);
  const readBy = flavour.idColumn ?? flavour.timeColumn;
  log.info(
    { table, at: place.label, columns: columns.length, ...rest, ...(view ? { view_of: view.base } : {}) },
    `table ${table} found, ${columns.length} columns, read by ${readBy}, times in ${flavour.timezone}`,
  );
  if (flavour.timezone !== timezone) {
    log.info({ table }, `${flavour.timeColumn} is a TIMESTAMP, which comes out in UTC: table.timezone is not used`);
  }
  if (flavour.unfilled.length > 0) log.info({ table }, unfilledText(flavour.unfilled));
  if (flavour.idColumn === null && config.min_id > 0) {
    log.warn({ table }, 'min_id has no effect: the table has no id column');
  }
  for (const advice of adviceOn(flavour, table, place.kind)) log.warn({ table }, advice);
  const lack = lackOf(flavour, table);
  if (lack !== null) log.error({ table }, lack);
}

function tellColumns(log: Log, table: string, before: Flavour, now: Flavour): void {
  const gone = before.columns.filter((name) => !now.columns.includes(name));
  const added = now.columns.filter((name) => !before.columns.includes(name));
  const meaning = ({ widths, timezone, nameWidth }: Flavour) => [widths, timezone, nameWidth];
  const changes = [
    ...(gone.length > 0 ? [`gone: ${gone.join(', ')}`] : []),
    ...(added.length > 0 ? [`new: ${added.join(', ')}`] : []),
    ...(isDeepStrictEqual(meaning(before), meaning(now)) ? [] : ['other widths or types, see the next line']),
  ];
  if (changes.length === 0) return;
  const text = `the columns of ${table} were changed while it is read; ${changes.join('; ')}`;
  if (gone.length > 0) log.warn({ table, gone, added }, text);
  else log.info({ table, gone, added }, text);
}

/** `before`: the column that the table was read by until now. */
export function tellReadBy(log: Log, { idColumn, timeColumn, formerId, view }: Flavour, before: string): void {
  const readBy = idColumn ?? timeColumn;
  const why = view ? 'a view has no key' : 'it has no key of its own, may be empty or is no whole number';
  const lost = formerId === before ? `${before} is no id any more (${why}); ` : '';
  log.warn(
    { readBy, before },
    `${lost}the table was read by ${before} until now, reading it by ${readBy} from the beginning`,
  );
}

/** The first uniqueid that is as long as its column, and so may be cut. */
export function filledName(rows: Batch['rows'], { nameWidth }: Pick<Flavour, 'nameWidth'>): string | null {
  if (nameWidth === null) return null;
  const names = rows.map(({ fields }) => fields['uniqueid']).filter((name) => typeof name === 'string');
  return names.find((name) => [...name].length >= nameWidth) ?? null;
}

export function tellFilled(log: Log, table: string, name: string): void {
  const width = [...name].length;
  const text = `a uniqueid fills its column of ${width} characters (${name}): one that was cut names another record, and what AMI tells comes twice; make the column ${uniqueidMax} characters wide, as Asterisk's`;
  log.warn({ table, width }, text);
}

/** A missing index was told of already; here the database itself says that it does not use one. */
export function tellPlan(log: Log, flavour: Flavour, { name: table }: TableConfig, plan: Plan | null): void {
  const readBy = flavour.idColumn ?? flavour.timeColumn;
  const isIndexed = flavour.idColumn === null ? flavour.isTimeIndexed : flavour.isIdIndexed;
  if (plan === null || !plan.isScan || (plan.rows !== null && plan.rows < fewRows)) return;
  const rows = plan.rows === null ? 'all rows' : `about ${plan.rows} rows`;
  log.warn(
    { table, rows: plan.rows },
    `the database goes through ${rows} for each look at ${table} (EXPLAIN)${
      isIndexed ? `, although ${readBy} has an index: run ANALYZE TABLE` : `, for want of an index on ${readBy}`
    }; looks come slower when they take long (table.slow_seconds_per_minute)`,
  );
}
