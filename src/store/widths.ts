// How wide the columns are, and ever were, through which sources tell texts: what is cut there is known for cut (cdr/cut.ts).
import { withWidths, type SourceWidths, type Widths, type WidthsEver } from '../cdr/cut.ts';
import type { Sql } from './sql.ts';

/** A source as a batch finds it, under the lock of all writers. */
export interface SourceAtHand {
  name: string;
  batch: string | null;
  /** Of all sources. */
  widths: SourceWidths;
}

/** Part of the transaction of a batch; undefined: there is no such source. */
export async function sourceAtHand(sql: Sql, id: number): Promise<SourceAtHand | undefined> {
  type Row = { id: number; name: string; batch: string | null; widths: string | null };
  const rows = await sql.all<Row>(
    'SELECT `id`, `name`, `batch`, `widths` FROM `source` WHERE `id` = ? OR `widths` IS NOT NULL',
    [id],
  );
  const own = rows.find((row) => row.id === id);
  const widths = new Map(
    rows.flatMap(({ name, widths }) => (widths === null ? [] : [[name, JSON.parse(widths) as WidthsEver]])),
  );
  return own && { name: own.name, batch: own.batch, widths };
}

/** All widths, with those that `source` shows now; they are kept where they are news. */
export async function keepWidths(sql: Sql, all: SourceWidths, source: string, now: Widths): Promise<SourceWidths> {
  const ever = all.get(source) ?? {};
  const widths = withWidths(ever, now);
  if (widths === ever) return all;
  await sql.run('UPDATE `source` SET `widths` = ? WHERE `name` = ?', [JSON.stringify(widths), source]);
  return new Map([...all, [source, widths]]);
}
