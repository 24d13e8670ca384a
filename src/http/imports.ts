// Files of companies and extensions to lines the store takes: every fault by its line, all or nothing.
import { companyKey } from '../cdr/query.ts';
import type { Fault } from '../errors.ts';
import { ClientError } from '../errors.ts';
import type { By } from '../store/audit.ts';
import type { ImportSum } from '../store/imports.ts';
import type { Store } from '../store/store.ts';
import type { ThingLine } from '../store/thingimports.ts';
import { endpointKinds, keyOfThing, thingColumns, type ThingKind } from '../store/things.ts';
import { importFault, readCsv, type CsvRow } from './csv.ts';

export const directories = ['companies', 'extensions', 'dids', 'trunks', 'endpoints'] as const;
export type Directory = (typeof directories)[number];

export interface ImportAnswer extends ImportSum {
  dry_run: boolean;
}

/** Longest handle, number and name, as in the JSON bodies. */
const most = 255;

/** @throws ClientError 413 for too many rows, 422 with every fault; then nothing was imported */
export async function importCsv(
  store: Pick<Store, 'importCompanies' | 'importExtensions' | 'importThings'>,
  directory: Directory,
  text: string,
  { by, isDryRun }: { by: By; isDryRun: boolean },
): Promise<ImportAnswer> {
  const given = { by, isDryRun, now: Date.now() * 1000 };
  const take: Record<Directory, () => Promise<ImportSum>> = {
    companies: () => store.importCompanies(companyLines(text), given),
    extensions: () => store.importExtensions(extensionLines(text), given),
    dids: () => store.importThings('did', thingLines('did', text), given),
    trunks: () => store.importThings('trunk', thingLines('trunk', text), given),
    endpoints: () => store.importThings('endpoint', thingLines('endpoint', text), given),
  };
  const sum = await take[directory]().catch((error: unknown) => {
    const isOfLines = error instanceof ClientError && error.faults.some(({ line }) => line !== undefined);
    throw isOfLines ? importFault(error.faults) : error;
  });
  return { ...sum, dry_run: isDryRun };
}

function companyLines(text: string) {
  const rows = readCsv(text, [
    { name: 'handle', isNeeded: true },
    { name: 'name', isNeeded: false },
  ]);
  demandGood(rows, ['handle'], ({ handle }) => companyKey(handle!));
  return rows.map(({ line, cells }) => ({ line, handle: cells['handle']!, ...nameOf(cells) }));
}

function extensionLines(text: string) {
  const rows = readCsv(text, [
    { name: 'company', isNeeded: false },
    { name: 'number', isNeeded: true },
    { name: 'name', isNeeded: false },
  ]);
  demandGood(rows, ['number'], ({ company, number }) => `${companyKey(company ?? '')}\n${number}`);
  return rows.map(({ line, cells }) => ({
    line,
    company: cells['company'] || null,
    number: cells['number']!,
    ...nameOf(cells),
  }));
}

/** An empty cell takes away what was there; a column that the file does not have leaves it. */
function thingLines(kind: ThingKind, text: string): ThingLine[] {
  const { key, more } = thingColumns[kind];
  const needed: string[] = [key, ...more.filter((name) => name === 'kind')];
  const columns = [key, ...more, 'company', 'name'];
  const rows = readCsv(
    text,
    columns.map((name) => ({ name, isNeeded: needed.includes(name) })),
  );
  demandGood(rows, [...needed], (cells) => keyOfThing(kind, cells[key]!));
  const faults = rows.flatMap(({ line, cells: { kind: word } }): Fault[] => {
    const isWord = word === undefined || (endpointKinds as readonly string[]).includes(word);
    return isWord
      ? []
      : [{ line, field: 'kind', message: `"${word}" is no kind, expected ${endpointKinds.join(', ')}` }];
  });
  if (faults.length > 0) throw importFault(faults);
  return rows.map(({ line, cells }) => ({
    line,
    cells: Object.fromEntries(
      Object.entries(cells).flatMap(([name, value]) => (value === undefined ? [] : [[name, value || null]])),
    ),
  }));
}

/** An empty name takes it away; a file without names leaves them. */
function nameOf({ name }: CsvRow['cells']): { name?: string | null } {
  return name === undefined ? {} : { name: name || null };
}

/** @throws ClientError 422 */
function demandGood(
  rows: readonly CsvRow[],
  needed: readonly string[],
  keyOf: (cells: CsvRow['cells']) => string,
): void {
  const lines = new Map<string, number>();
  const faults = rows.flatMap(({ line, cells, faults: ofLine }): Fault[] => {
    const faults = Object.entries(cells).flatMap(([field, value = '']): Fault[] => {
      const message = faultOf(value, needed.includes(field));
      return message === null ? [] : [{ line, field, message }];
    });
    const missing = needed.filter((field) => cells[field] === undefined);
    faults.push(...missing.map((field) => ({ line, field, message: 'is missing' })), ...ofLine);
    if (faults.length > 0) return faults;
    const before = lines.get(keyOf(cells));
    lines.set(keyOf(cells), line);
    return before === undefined ? [] : [{ line, field: needed[0]!, message: `stands on line ${before} already` }];
  });
  if (faults.length > 0) throw importFault(faults);
}

function faultOf(value: string, isNeeded: boolean): string | null {
  if (isNeeded && value === '') return 'is empty, expected 1 to 255 characters';
  if (value.length > most) return `has ${value.length} characters, expected at most ${most}`;
  return /[\r\n]/.test(value) ? 'has a line break in it' : null;
}
