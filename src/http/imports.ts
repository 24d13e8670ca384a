// Files of companies and extensions to lines the store takes: every fault by its line, all or nothing.
import { companyKey } from '../cdr/query.ts';
import type { Fault } from '../errors.ts';
import { ClientError } from '../errors.ts';
import type { By } from '../store/audit.ts';
import type { CompanyLine, ExtensionLine, ImportSum } from '../store/imports.ts';
import type { Store } from '../store/store.ts';
import type { ThingLine } from '../store/thingimports.ts';
import { endpointKinds, keyOfThing, thingColumns, thingKinds, type ThingKind } from '../store/things.ts';
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
  const take = async ({ lines }: Read<never>, how: typeof given): Promise<ImportSum> => {
    if (directory === 'companies') return store.importCompanies(lines, how);
    if (directory === 'extensions') return store.importExtensions(lines, how);
    return store.importThings(kindOf(directory), lines, how);
  };
  const read = readers[directory](text) as Read<never>;
  const sum = await take(read, { ...given, isDryRun: isDryRun || read.faults.length > 0 }).catch((error: unknown) => {
    const isOfLines = error instanceof ClientError && error.faults.some(({ line }) => line !== undefined);
    throw isOfLines ? importFault(inOrder([...read.faults, ...error.faults])) : error;
  });
  if (read.faults.length > 0) throw importFault(inOrder(read.faults));
  return { ...sum, dry_run: isDryRun };
}

/** The lines that can be read, and what is wrong with the file; what the store says of those lines is told with it. */
interface Read<Line> {
  lines: Line[];
  faults: Fault[];
}

const readers = {
  companies: companyLines,
  extensions: extensionLines,
  dids: (text: string) => thingLines('did', text),
  trunks: (text: string) => thingLines('trunk', text),
  endpoints: (text: string) => thingLines('endpoint', text),
} satisfies Record<Directory, (text: string) => Read<unknown>>;

const kindOf = (directory: 'dids' | 'trunks' | 'endpoints') =>
  thingKinds.find((kind) => thingColumns[kind].plural === directory)!;

function inOrder(faults: readonly Fault[]): Fault[] {
  return faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function companyLines(text: string): Read<CompanyLine> {
  const rows = readCsv(text, [
    { name: 'handle', isNeeded: true },
    { name: 'name', isNeeded: false },
  ]);
  const { good, faults } = judged(rows, ['handle'], ({ handle }) => companyKey(handle!));
  return { lines: good.map(({ line, cells }) => ({ line, handle: cells['handle']!, ...nameOf(cells) })), faults };
}

function extensionLines(text: string): Read<ExtensionLine> {
  const rows = readCsv(text, [
    { name: 'company', isNeeded: false },
    { name: 'number', isNeeded: true },
    { name: 'name', isNeeded: false },
  ]);
  const keyOf = ({ company, number }: CsvRow['cells']) => `${companyKey(company ?? '')}\n${number}`;
  const { good, faults } = judged(rows, ['number'], keyOf);
  const lines = good.map(({ line, cells }) => ({
    line,
    company: cells['company'] || null,
    number: cells['number']!,
    ...nameOf(cells),
  }));
  return { lines, faults };
}

/** An empty cell takes away what was there; a column that the file does not have leaves it. */
function thingLines(kind: ThingKind, text: string): Read<ThingLine> {
  const { key, more } = thingColumns[kind];
  const needed: string[] = [key, ...more.filter((name) => name === 'kind')];
  const columns = [key, ...more, 'company', 'name'];
  const rows = readCsv(
    text,
    columns.map((name) => ({ name, isNeeded: needed.includes(name) })),
  );
  const { good, faults } = judged(rows, needed, (cells) => keyOfThing(kind, cells[key]!));
  const strange = good.flatMap(({ line, cells: { kind: word } }): Fault[] => {
    const isWord = word === undefined || (endpointKinds as readonly string[]).includes(word);
    return isWord
      ? []
      : [{ line, field: 'kind', message: `"${word}" is no kind, expected ${endpointKinds.join(', ')}` }];
  });
  const lines = good.map(({ line, cells }) => ({
    line,
    cells: Object.fromEntries(
      Object.entries(cells).flatMap(([name, value]) => (value === undefined ? [] : [[name, value || null]])),
    ),
  }));
  return { lines, faults: [...faults, ...strange] };
}

/** An empty name takes it away; a file without names leaves them. */
function nameOf({ name }: CsvRow['cells']): { name?: string | null } {
  return name === undefined ? {} : { name: name || null };
}

/** `good`: rows whose cells can be read, those that are there twice too. */
function judged(
  rows: readonly CsvRow[],
  needed: readonly string[],
  keyOf: (cells: CsvRow['cells']) => string,
): { good: CsvRow[]; faults: Fault[] } {
  const lines = new Map<string, number>();
  const good: CsvRow[] = [];
  const faults = rows.flatMap((row): Fault[] => {
    const { line, cells, faults: ofLine } = row;
    const faults = Object.entries(cells).flatMap(([field, value = '']): Fault[] => {
      const message = faultOf(value, needed.includes(field));
      return message === null ? [] : [{ line, field, message }];
    });
    const missing = needed.filter((field) => cells[field] === undefined);
    faults.push(...missing.map((field) => ({ line, field, message: 'is missing' })), ...ofLine);
    if (faults.length > 0) return faults;
    good.push(row);
    const before = lines.get(keyOf(cells));
    lines.set(keyOf(cells), line);
    return before === undefined ? [] : [{ line, field: needed[0]!, message: `stands on line ${before} already` }];
  });
  return { good, faults };
}

function faultOf(value: string, isNeeded: boolean): string | null {
  if (isNeeded && value === '') return 'is empty, expected 1 to 255 characters';
  if (value.length > most) return `has ${value.length} characters, expected at most ${most}`;
  if (/[\r\n]/.test(value)) return 'has a line break in it';
  return /\p{Cc}/u.test(value) ? 'has a control character in it' : null;
}
