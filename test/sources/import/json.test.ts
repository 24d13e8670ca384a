import { afterAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { objectOf } from '../../../src/sources/import/json.ts';
import { Folder, itemsOf } from './files.ts';

const folder = new Folder();
afterAll(() => folder.remove());
const read = async (...lines: string[]) => itemsOf(folder.file(lines.map((line) => `${line}\n`).join('')));

describe('lines of JSON', () => {
  it('are read as Asterisk writes them: only quotes escaped, a uniqueid without quotes', async () => {
    const line =
      '{"clid":"\\"A\\" <1>","lastdata":"C:\\new\ttab","uniqueid":1795317329.20,"Start":"2026-11-22T03:15:29+0000"}';
    const [item] = await read(line);
    expect(item!.row).toMatchObject({ kind: 'table', mark: { nth: 0 } });
    const lastdata = 'C:\\new\ttab';
    const start = '2026-11-22T03:15:29+00:00';
    expect(item!.row.fields).toEqual({ clid: '"A" <1>', lastdata, uniqueid: '1795317329.20', start });
  });

  it('never change a text that only looks like a uniqueid', () => {
    expect(objectOf('{"lastdata":"x\\"uniqueid\\":1.20,","uniqueid":"1.1"}')).toEqual({
      lastdata: 'x"uniqueid":1.20,',
      uniqueid: '1.1',
    });
  });

  it('are rejects when a uniqueid has lost its digits, and when they are no objects', async () => {
    const items = await read('{"uniqueid":1795317329,"start":1}', '[1]', 'nonsense', '{"a":1');
    expect(items.map(({ line, row }) => [line, row.faults?.[0]])).toEqual([
      [1, { field: 'uniqueid', message: '1795317329 is a number, expected a text like "1795317329.20"' }],
      [2, { field: 'line', message: 'is no JSON object' }],
      [3, { field: 'line', message: 'is no JSON' }],
      [4, { field: 'line', message: 'is no JSON' }],
    ]);
  });

  it('name their system when they are ours, and bring only what sources told', async () => {
    const ours = { id: 1, uniqueid: '1.1', custom: { did: '5' }, peer_extension: null, company: 'acme', note: 'x' };
    const [one, two] = await read(JSON.stringify({ ...ours, system: 'pbx2' }), JSON.stringify({ ...ours, system: 5 }));
    expect(one).toMatchObject({
      system: 'pbx2',
      row: { kind: 'api', fields: { uniqueid: '1.1', custom: { did: '5' } } },
    });
    expect(Object.keys(one!.row.fields)).toEqual(['uniqueid', 'custom']);
    expect(two!.row.faults).toEqual([{ field: 'system', message: 'is missing, expected the name of one' }]);
  });

  it('of any text are an object or a reason', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const value = objectOf(text);
        if (typeof value === 'string') expect(value).toMatch(/^is no JSON/);
        else expect(Array.isArray(value) || value === null).toBe(false);
      }),
    );
  });
});
