// What the log says of a table: once per run, and again when it is another kind of table.
import type { Log } from '../../log.ts';
import type { Place, TableConfig } from './config.ts';
import { adviceOn, type Flavour } from './flavour.ts';
import type { Plan } from './reader.ts';

/** Below so many rows a database reads the whole table even where there is an index, and may. */
const fewRows = 10_000;

/** `timezone` is the configured one. */
export function tellFlavour(log: Log, flavour: Flavour, config: TableConfig, place: Place, timezone: string): void {
  const { columns, ...rest } = flavour;
  const table = config.name;
  const readBy = flavour.idColumn ?? flavour.timeColumn;
  log.info(
    { table, at: place.label, columns: columns.length, ...rest },
    `table ${table} found, ${columns.length} columns, read by ${readBy}, times in ${flavour.timezone}`,
  );
  if (flavour.timezone !== timezone) {
    log.info({ table }, `${flavour.timeColumn} is a TIMESTAMP, which comes out in UTC: table.timezone is not used`);
  }
  if (flavour.idColumn === null && config.min_id > 0) {
    log.warn({ table }, 'min_id has no effect: the table has no id column');
  }
  for (const advice of adviceOn(flavour, table, place.kind)) log.warn({ table }, advice);
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
