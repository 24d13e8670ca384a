// A scenario's file in test/calls: the head is written by people and stays, the records are those of the last capture.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { columns } from './columns.ts';
import type { CapturedRecord } from './play.ts';
import type { Town } from './town.ts';

const FOLDER = join(import.meta.dirname, '../../calls');

/** The head of a scenario that nobody has described yet. */
const STUB = `happened: not yet described
asterisk: unknown
extensions: 101 102 103 104 105 106 107 108 109
trunks: trunk1
expected: []
`;

export function writeRecords(name: string, records: readonly CapturedRecord[], town: Town): void {
  const file = join(FOLDER, `${name}.txt`);
  const [head = STUB] = existsSync(file) ? readFileSync(file, 'utf8').split(/^records:.*$/m) : [];
  const said = `asterisk: ${town.version}, unanswered=${town.unanswered}`;
  const table = [columns, ...records].map((row) => `${row.map(cell).join('\t')}\n`);
  writeFileSync(file, `${head.replace(/^asterisk:.*$/m, said)}records:\n${table.join('')}`);
}

function cell(value: string | null): string {
  if (value === null) return '\\N';
  if (/[\t\n\r\\]/.test(value)) throw new Error(`"${value}" does not fit into a table of tabs`);
  return value;
}
