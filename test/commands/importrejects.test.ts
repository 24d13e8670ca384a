// The files of rejects: each can be read again as one kind.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RejectFile } from '../../src/commands/importrejects.ts';
import { ClientError } from '../../src/errors.ts';
import type { Item } from '../../src/sources/import/item.ts';
import { raw } from '../support/rows.ts';
import { tempFolder } from '../support/store.ts';

let temp: ReturnType<typeof tempFolder>;
beforeEach(() => (temp = tempFolder()));
afterEach(() => temp.remove());

const item = (line: number, text: string): Item => ({
  ...{ line, raw: Buffer.from(text), system: null, row: raw('table', { uniqueid: `1.${line}` }) },
});
const [one, other] = ['uniqueid,start', 'start,uniqueid'].map((text) => Buffer.from(text));
const from = (file: string, format: string, head: Buffer | null = null) => ({ file, format, head });

it('rejects of one kind and one first line are together, others have files beside, each with its first line', () => {
  const path = join(temp.folder, 'bad.csv');
  const rejects = new RejectFile(path, [], () => undefined);
  rejects.add(from('a.csv', 'table-csv', one), item(2, 'x'), 'line: is bad');
  rejects.add(from('b.csv', 'table-csv', other), item(3, 'y'), 'is bad');
  rejects.add(from('c.csv', 'table-csv', one), item(4, 'z'), 'is bad');
  rejects.add(from('d.jsonl', 'jsonl'), item(5, '{'), 'is bad');
  rejects.close();
  const found = rejects.paths.map((name) => readFileSync(name, 'utf8'));
  expect(rejects.paths).toEqual([path, `${path}.2`, `${path}.3`]);
  expect(found).toEqual([
    'uniqueid,start\n#cdrd a.csv line 2: is bad\nx\n#cdrd c.csv line 4: is bad\nz\n',
    'start,uniqueid\n#cdrd b.csv line 3: is bad\ny\n',
    '#cdrd d.jsonl line 5: is bad\n{\n',
  ]);
});

it('there is one file where there are no rejects, and none is emptied that is to be imported', () => {
  const path = join(temp.folder, 'bad.csv');
  const rejects = new RejectFile(path, [`${path}.2`], () => undefined);
  expect(readdirSync(temp.folder)).toEqual(['bad.csv']);
  rejects.add(from('a', 'jsonl'), item(1, '{'), 'is bad');
  expect(() => rejects.add(from('b', 'master'), item(1, '"'), 'is bad')).toThrow(
    new ClientError(400, `--rejects: ${path}.2 is a file that is to be imported; it would be emptied`),
  );
  rejects.close();
});
