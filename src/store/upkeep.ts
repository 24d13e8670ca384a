// What keeps the store small and quick: sessions that are over, and the statistics by which the database chooses its indexes.
import type { Micros } from '../cdr/cdr.ts';
import type { SessionLimits } from './sessions.ts';
import { chunks, placeholders, type Database, type Sql } from './sql.ts';

/** Sessions removed in one transaction. */
const sliceMax = 500;
/** Rows of each index that SQLite looks at: bounded, however large the table is. */
const analysisRows = 1000;

/** One transaction's worth of sessions that are over; resolves to how many went. */
export async function purgeSessions(sql: Sql, { idle, most }: SessionLimits, now: Micros): Promise<number> {
  const over = await sql.all<{ hash: string }>(
    'SELECT `hash` FROM `session` WHERE `seen` <= ? OR `created` <= ? LIMIT ?',
    [...[now - idle, now - most, sliceMax]],
  );
  for (const some of chunks(over.map(({ hash }) => hash))) {
    await sql.run(`DELETE FROM \`session\` WHERE \`hash\` IN ${placeholders(1, some.length)}`, some);
  }
  return over.length;
}

const grown = ['cdr', 'change', 'reject', 'audit', 'edit', 'cdr_tag', 'session', 'rollup'] as const;

export async function optimize(database: Database): Promise<void> {
  if (database.dialect === 'mysql') {
    const tables = grown.map((table) => `\`${table}\``).join(', ');
    await database.read((sql) => sql.all(`ANALYZE TABLE ${tables}`));
    return;
  }
  await database.write(async (sql) => {
    await sql.all(`PRAGMA analysis_limit = ${analysisRows}`);
    await sql.all('PRAGMA optimize');
  });
}
