// The files of test/calls: a situation, its records as the store would hold them, and the calls that a person would say these are.
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { StoredCdr } from '../../src/cdr/cdr.ts';
import { normalise } from '../../src/cdr/normalise.ts';
import { rulesOf } from '../../src/configrules.ts';
import { classify } from '../../src/rules/classify.ts';
import { noTables } from '../../src/rules/tables.ts';
import { raw } from '../support/rows.ts';

/** A call as a person would tell it, see test/calls/README.md. */
export interface Expected {
  caller: string | null;
  dialled: string | null;
  wanted: string[];
  answered_by: string | null;
  direction: string | null;
  outcome: string;
  answered: boolean;
  ring_seconds: number | null;
  /** Absent: no queue. */
  queue_seconds?: number | null;
  talk_seconds: number;
  transfers: object[];
  legs: number;
}

const folder = new URL('../calls/', import.meta.url);
/** All of them, by name. */
export const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));

/** `isWhole`: as a table tells it whose times are whole seconds. */
export function read(file: string, isWhole = false): { expected: Expected[]; records: StoredCdr[] } {
  const [head = '', table = ''] = readFileSync(new URL(file, folder), 'utf8').split('\nrecords:\n');
  const { expected, extensions } = parse(head) as { expected: Expected[]; extensions: string | number };
  const [names = [], ...rows] = table
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const extension_pattern = `^(?:${String(extensions).trim().split(/\s+/).join('|')})$`;
  const rules = rulesOf({ systems: [{ name: 'pbx1', extension_pattern }] }).get('pbx1')!;
  const cut = (text: string) => (isWhole ? text.replace(/^(\d{4}(?:[- :]\d\d){5})\.\d{6}$/, '$1') : text);
  const records = rows
    .filter((cells) => cells.length > 1)
    .map((cells, at): StoredCdr => {
      const fields = Object.fromEntries(
        names.map((name, column) => [name, cells[column] === '\\N' ? null : cut(cells[column]!)]),
      );
      const cdr = normalise(raw('table', fields), 'pbx1');
      const kept = { inCall: {}, note: null, tags: [], words: null, hidden: false, edited: false };
      return { ...cdr, ...classify(rules, cdr, noTables), id: at + 1, created: 0, updated: 0, ...kept };
    });
  return { expected, records };
}
