// cdrd company|extension list|add|import: whom the calls are of.
import { readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { ClientError, messageOf, Unavailable } from '../errors.ts';
import type { Directory } from '../http/imports.ts';
import type { Desk } from './daemon.ts';
import type { Edge } from './edge.ts';
import { out, plain, printJson, printTable } from './print.ts';

/** More than this are not listed at once. */
export const most = 10_000;

export function addDirectoryCommands(program: Command, edge: Edge): void {
  const atDesk = async <T>(work: (desk: Desk) => Promise<T>) => {
    const { config, log } = await edge.load();
    return (await import('./daemon.ts')).atDesk(config, log, work);
  };

  const company = program.command('company').description('list, add and import companies');
  company
    .command('list')
    .description(`list the first ${most} companies`)
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const rows = await atDesk((desk) => desk.listCompanies(0, most));
      if (options.json) return printJson(rows);
      printTable(
        ['ID', 'HANDLE', 'NAME', 'LISTED'],
        rows.map(({ id, handle, name, listed }) => [String(id), handle, name ?? '-', shownListed(listed)]),
      );
    });
  company
    .command('add')
    .description('add a company')
    .argument('<handle>', 'as records have it')
    .option('--name <name>', 'what people call it')
    .option('--json', 'print JSON')
    .action(async (handle: string, options: { name?: string; json?: true }) => {
      const made = await atDesk((desk) => desk.addCompany({ handle: handle.trim(), name: options.name ?? null }));
      if (options.json) return printJson(made);
      out(`company ${made.handle} is added, it has the id ${made.id}`);
    });
  addImport(company, 'companies', 'handle, name', atDesk);

  const extension = program.command('extension').description('list, add and import extensions');
  extension
    .command('list')
    .description(`list the first ${most} extensions`)
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const rows = await atDesk((desk) => desk.listExtensions(0, most));
      if (options.json) return printJson(rows);
      printTable(
        ['ID', 'COMPANY', 'NUMBER', 'NAME', 'LISTED'],
        rows.map(({ id, company: of, number, name, listed }) => [
          ...[String(id), of ?? '-', number, name ?? '-', shownListed(listed)],
        ]),
      );
    });
  extension
    .command('add')
    .description('add an extension')
    .argument('<number>')
    .option('--company <handle>', 'its company; without: none')
    .option('--name <name>', 'what people call it')
    .option('--json', 'print JSON')
    .action(async (number: string, options: { company?: string; name?: string; json?: true }) => {
      const { company: of = null, name = null } = options;
      const made = await atDesk((desk) => desk.addExtension({ company: of, number: number.trim(), name }));
      if (options.json) return printJson(made);
      out(`extension ${made.number}${made.company ? ` of ${made.company}` : ''} is added, it has the id ${made.id}`);
    });
  addImport(extension, 'extensions', 'company, number, name', atDesk);
}

/** Whether people keep it, or only records have named it. */
const shownListed = (isListed: boolean) => (isListed ? 'yes' : 'by records');

export function addImport(
  command: Command,
  directory: Directory,
  columns: string,
  atDesk: <T>(work: (desk: Desk) => Promise<T>) => Promise<T>,
): void {
  command
    .command('import')
    .description(`add and change ${directory} from a CSV file, all or nothing; doing it again changes nothing`)
    .argument('<file>', `CSV with a header line: ${columns}`)
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { dryRun?: true; json?: true }) => {
      const bytes = await readFile(file);
      const sum = await atDesk((desk) => desk.importFile(directory, bytes, options.dryRun === true)).catch(tellLines);
      if (options.json) return printJson(sum);
      const done = options.dryRun ? 'would be ' : '';
      out(`${sum.rows} rows: ${sum.added} ${done}added, ${sum.changed} ${done}changed, ${sum.same} as they were`);
    });
}

async function readFile(file: string): Promise<Buffer> {
  const { csvLimits } = await import('../http/csv.ts');
  try {
    const { size } = statSync(file);
    if (size <= csvLimits.bytes) return readFileSync(file);
    throw new ClientError(413, `${file} has ${size} bytes, at most ${csvLimits.bytes}: import it in parts`);
  } catch (error) {
    if (error instanceof ClientError) throw error;
    throw new Unavailable(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Every fault by its line, before the sentence that says that nothing was done. */
function tellLines(error: unknown): never {
  if (error instanceof ClientError && error.faults.length > 1) {
    for (const { line, field, message } of error.faults) {
      const where = [line === undefined ? '' : `line ${line}`, field].filter(Boolean).join(', ');
      process.stderr.write(`${plain(`${where}: ${message}`)}\n`);
    }
  }
  throw error;
}
