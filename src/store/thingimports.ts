// Many DIDs, trunks or endpoints at once, all in one transaction or none of them; doing it again changes nothing. See imports.ts.
import type { Micros } from '../cdr/cdr.ts';
import { companyKey } from '../cdr/query.ts';
import { ClientError, type Fault } from '../errors.ts';
import { writeAudits, type AuditEntry } from './audit.ts';
import type { Importing, ImportSum } from './imports.ts';
import { allot } from './names.ts';
import { chunks, placeholders, type Database, type Sql } from './sql.ts';
import { directoryChanged } from './tables.ts';
import { keyOfThing, select, thingColumns, type Cells, type ThingKind } from './things.ts';

/** Cells that the file has no column for are absent: they stay as they are. */
export interface ThingLine {
  line: number;
  cells: Partial<Cells>;
}

interface Step {
  line: number;
  key: string;
  before: (Cells & { id: number }) | undefined;
  after: Cells;
  companyId: number;
}

/** Lines of one number or peer each, judged already. @throws ClientError 422 for companies nobody knows, by line */
export function importThings(
  database: Database,
  kind: ThingKind,
  lines: readonly ThingLine[],
  { by, now, isDryRun }: Importing,
): Promise<ImportSum> {
  if (isDryRun) return database.read(async (sql) => sumOf(await stepsOf(sql, kind, lines)));
  return database.write(async (sql) => {
    await allot(sql, 'cdr', 0);
    const steps = await stepsOf(sql, kind, lines);
    const touched = steps.filter((step) => !isSame(step));
    await save(sql, kind, touched);
    if (touched.length > 0) await directoryChanged(sql);
    await writeAudits(
      sql,
      touched.map((step) => entryOf(kind, step, by, now)),
    );
    return sumOf(steps);
  });
}

async function stepsOf(sql: Sql, kind: ThingKind, lines: readonly ThingLine[]): Promise<Step[]> {
  const { key: column, more } = thingColumns[kind];
  const companies = await companiesOf(sql, lines);
  const known = new Map<string, Cells & { id: number }>();
  for (const some of chunks(lines.map(({ cells }) => keyOfThing(kind, cells[column]!)))) {
    const where = `WHERE \`${column}_key\` IN ${placeholders(1, some.length)}`;
    for (const row of await sql.all<Cells & { id: number }>(`${select(kind)} ${where}`, some)) {
      known.set(keyOfThing(kind, row[column]!), row);
    }
  }
  return lines.map(({ line, cells }) => {
    const key = keyOfThing(kind, cells[column]!);
    const before = known.get(key);
    const given = Object.fromEntries(
      ['company', ...more, 'name'].map((name) => [
        name,
        cells[name] === undefined ? (before?.[name] ?? null) : cells[name],
      ]),
    );
    const company = given['company'] == null ? undefined : companies.get(companyKey(given['company']));
    const after: Cells = { ...given, [column]: before?.[column] ?? cells[column]!, company: company?.handle ?? null };
    return { line, key, before, after, companyId: company?.id ?? 0 };
  });
}

async function companiesOf(sql: Sql, lines: readonly ThingLine[]) {
  const known = new Map<string, { id: number; handle: string }>();
  for (const row of await sql.all<{ id: number; handle: string }>('SELECT `id`, `handle` FROM `company`'))
    known.set(companyKey(row.handle), row);
  const faults = lines.flatMap(({ line, cells: { company } }): Fault[] =>
    company == null || known.has(companyKey(company))
      ? []
      : [{ line, field: 'company', message: `there is no company "${company}", import the companies first` }],
  );
  if (faults.length > 0) throw new ClientError(422, 'companies are not known', faults);
  return known;
}

function isSame({ before, after }: Step): boolean {
  return before !== undefined && Object.entries(after).every(([name, value]) => before[name] === value);
}

function sumOf(steps: readonly Step[]): ImportSum {
  const added = steps.filter(({ before }) => before === undefined).length;
  const same = steps.filter(isSame).length;
  return { rows: steps.length, added, changed: steps.length - added - same, same };
}

async function save(sql: Sql, kind: ThingKind, steps: readonly Step[]): Promise<void> {
  const { key: column, more } = thingColumns[kind];
  const made = steps.filter(({ before }) => before === undefined);
  const first = await allot(sql, kind, made.length);
  const own = [...more, 'name'];
  const names = ['id', 'company_id', column, `${column}_key`, ...own].map((name) => `\`${name}\``).join(', ');
  const rows = made.map(({ key, after, companyId }, at) => [
    ...[first + at, companyId, after[column]!, key],
    ...own.map((name) => after[name] ?? null),
  ]);
  for (const some of chunks(rows)) {
    const places = placeholders(some.length, 4 + own.length);
    await sql.run(`INSERT INTO \`${kind}\` (${names}) VALUES ${places}`, some.flat());
  }
  for (const { before, after, companyId } of steps) {
    if (!before) continue;
    const sets = own.map((name) => `\`${name}\` = ?`).join(', ');
    const values = own.map((name) => after[name] ?? null);
    await sql.run(`UPDATE \`${kind}\` SET \`company_id\` = ?, ${sets} WHERE \`id\` = ?`, [
      companyId,
      ...values,
      before.id,
    ]);
  }
}

function entryOf(kind: ThingKind, { before, after, line }: Step, by: Importing['by'], now: Micros): AuditEntry {
  const action = `${kind}.${before ? 'changed' : 'added'}` as const;
  return { at: now, by, action, object: `${kind} ${after[thingColumns[kind].key]}`, detail: { ...after, line } };
}
