// Many companies or extensions at once: added, or given another name, all in one transaction or none of them. Doing it again changes nothing.
import type { Micros } from '../cdr/cdr.ts';
import { companyKey } from '../cdr/query.ts';
import { ClientError, type Fault } from '../errors.ts';
import { writeAudits, type AuditEntry, type By } from './audit.ts';
import { allot } from './names.ts';
import { chunks, placeholders, type Database, type Sql } from './sql.ts';
import { directoryChanged } from './tables.ts';

/** `name` undefined: the file says nothing of names, they stay as they are. */
export interface CompanyLine {
  line: number;
  handle: string;
  name?: string | null;
}

export interface ExtensionLine {
  line: number;
  /** Handle, null for none. */
  company: string | null;
  number: string;
  name?: string | null;
}

export interface ImportSum {
  rows: number;
  added: number;
  changed: number;
  same: number;
}

export interface Importing {
  by: By;
  now: Micros;
  /** Only says what would be done. */
  isDryRun: boolean;
}

interface Known {
  id: number;
  name: string | null;
  /** Out of sight: an import brings it back. */
  isRemoved?: boolean;
  /** A company or an extension that only records have named so far. */
  isUnlisted?: boolean;
}

/** What a line does; `make` are the values of a new row behind its id, `object` its name in the audit. */
interface Step {
  known: Known | undefined;
  line: number;
  name: string | null;
  object: string;
  detail: Record<string, unknown>;
  make: (string | number | null)[];
}

/** Lines of one handle each, judged already. */
export function importCompanies(
  database: Database,
  lines: readonly CompanyLine[],
  given: Importing,
): Promise<ImportSum> {
  return within(database, given, async (sql) => {
    const known = new Map<string, Known & { handle: string }>();
    for (const some of chunks(lines.map(({ handle }) => companyKey(handle)))) {
      const rows = await sql.all<
        Known & { handle: string; key: string; removed: Micros | null; listed: number | null }
      >(
        'SELECT `id`, `handle`, `handle_key` AS `key`, `name`, `removed`, `listed` FROM `company` ' +
          `WHERE \`handle_key\` IN ${placeholders(1, some.length)}`,
        some,
      );
      for (const row of rows)
        known.set(row.key, { ...row, isRemoved: row.removed !== null, isUnlisted: row.listed === null });
    }
    const steps = lines.map(({ line, handle, name }): Step => {
      const key = companyKey(handle);
      const found = known.get(key);
      const next = name === undefined ? (found?.name ?? null) : name;
      return {
        known: found,
        line,
        name: next,
        object: `company ${found?.handle ?? handle}`,
        detail: {},
        make: [handle, key, next, 1],
      };
    });
    return { table: 'company', columns: ['id', 'handle', 'handle_key', 'name', 'listed'], steps };
  });
}

/** Lines of one company and number each, judged already. @throws ClientError 422 for companies nobody knows, by line */
export function importExtensions(
  database: Database,
  lines: readonly ExtensionLine[],
  given: Importing,
): Promise<ImportSum> {
  return within(database, given, async (sql) => {
    const companies = await companiesOf(sql, lines);
    const known = new Map<string, Known>();
    const placed = lines.map((line) => ({
      ...line,
      of: line.company === null ? none : companies.get(companyKey(line.company))!,
    }));
    for (const [company, own] of Map.groupBy(placed, ({ of }) => of.id)) {
      for (const some of chunks(own.map(({ number }) => number))) {
        const rows = await sql.all<Known & { number: string; shown: number | null }>(
          `SELECT \`id\`, \`number\`, \`name\`, \`shown\` FROM \`extension\` WHERE \`company_id\` = ? AND \`number\` IN ${placeholders(1, some.length)}`,
          [company, ...some],
        );
        for (const row of rows) known.set(`${company} ${row.number}`, { ...row, isUnlisted: row.shown !== null });
      }
    }
    const steps = placed.map(({ line, of, number, name }): Step => {
      const found = known.get(`${of.id} ${number}`);
      const next = name === undefined ? (found?.name ?? null) : name;
      const make = [of.id, number, next];
      return { known: found, line, name: next, object: `extension ${number}`, detail: { company: of.handle }, make };
    });
    return { table: 'extension', columns: ['id', 'company_id', 'number', 'name'], steps };
  });
}

/** The company of an extension without one; see extensions.ts. */
const none = { id: 0, handle: null };

async function companiesOf(sql: Sql, lines: readonly ExtensionLine[]) {
  const known = new Map<string, { id: number; handle: string | null }>();
  const keys = new Set(lines.flatMap(({ company }) => (company === null ? [] : [companyKey(company)])));
  for (const some of chunks([...keys])) {
    const rows = await sql.all<{ id: number; handle: string; key: string }>(
      `SELECT \`id\`, \`handle\`, \`handle_key\` AS \`key\` FROM \`company\` WHERE \`handle_key\` IN ${placeholders(1, some.length)}`,
      some,
    );
    for (const row of rows) known.set(row.key, row);
  }
  const faults = lines.flatMap(({ line, company }): Fault[] =>
    company === null || known.has(companyKey(company))
      ? []
      : [{ line, field: 'company', message: `there is no company "${company}", import the companies first` }],
  );
  if (faults.length > 0) throw new ClientError(422, 'companies are not known', faults);
  return known;
}

interface Plan {
  table: 'company' | 'extension';
  columns: string[];
  steps: Step[];
}

async function within(database: Database, { by, now, isDryRun }: Importing, plan: (sql: Sql) => Promise<Plan>) {
  if (isDryRun) return database.read(async (sql) => sumOf((await plan(sql)).steps));
  return database.write(async (sql) => {
    // The lock of all who make companies, ingest before all: what is looked up below stays true to the commit.
    await allot(sql, 'cdr', 0);
    const { table, columns, steps } = await plan(sql);
    await save(sql, table, columns, steps, { by, now });
    return sumOf(steps);
  });
}

const isNew = ({ known }: Step) => known === undefined || known.isRemoved === true;
const isChanged = (step: Step) => !isNew(step) && (step.known!.name !== step.name || step.known!.isUnlisted === true);

function sumOf(steps: readonly Step[]): ImportSum {
  const [added, changed] = [steps.filter(isNew).length, steps.filter(isChanged).length];
  return { rows: steps.length, added, changed, same: steps.length - added - changed };
}

async function save(
  sql: Sql,
  table: Plan['table'],
  columns: readonly string[],
  steps: readonly Step[],
  { by, now }: Pick<Importing, 'by' | 'now'>,
): Promise<void> {
  const made = steps.filter(({ known }) => known === undefined);
  const first = await allot(sql, table, made.length);
  const ids = new Map(made.map((step, at) => [step, first + at]));
  const names = columns.map((column) => `\`${column}\``).join(', ');
  for (const some of chunks(made)) {
    await sql.run(
      `INSERT INTO \`${table}\` (${names}) VALUES ${placeholders(some.length, columns.length)}`,
      some.flatMap((step) => [ids.get(step)!, ...step.make]),
    );
  }
  const back = table === 'company' ? ', `removed` = NULL, `listed` = 1' : ', `shown` = NULL';
  const touched = steps.filter((step) => isNew(step) || isChanged(step));
  for (const { known, name } of touched) {
    if (known) await sql.run(`UPDATE \`${table}\` SET \`name\` = ?${back} WHERE \`id\` = ?`, [name, known.id]);
  }
  const entries = touched.map((step): AuditEntry => {
    const detail = { id: step.known?.id ?? ids.get(step)!, ...step.detail, name: step.name, line: step.line };
    return { at: now, by, action: `${table}.${isNew(step) ? 'added' : 'changed'}`, object: step.object, detail };
  });
  await writeAudits(sql, entries);
  if (entries.length > 0) await directoryChanged(sql);
}
