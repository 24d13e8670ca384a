import { afterAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { captureRecords } from '../../simulator/capture.ts';
import { lineMax } from '../../../src/sources/import/lines.ts';
import { allColumns, Folder, itemsOf, masterLine } from './files.ts';

const folder = new Folder();
afterAll(() => folder.remove());
const good = (at: number) => masterLine(captureRecords[at]!, allColumns);
const read = async (content: string | Buffer) => {
  const items = await itemsOf(folder.file(content));
  return items.map(({ line, raw, row }) => ({
    line,
    raw: raw.toString('latin1'),
    row,
    fault: row.faults?.[0]?.message,
  }));
};
const shape = (items: Awaited<ReturnType<typeof read>>) =>
  items.map(({ line, fault, row }) => [line, fault ?? row.fields['uniqueid']]);
const id = (at: number) => captureRecords[at]!.uniqueid;

describe('rows of a CSV file', () => {
  it('hold quotes, separators and line ends as Asterisk wrote them', async () => {
    const record = {
      ...captureRecords[0]!,
      clid: '"Zoë ""B"", x" <1>',
      lastdata: 'one\n,"two"\nthree',
      userfield: "'",
    };
    const items = await read(`${masterLine(record, allColumns)}\r\n${good(1)}\r\n`);
    expect(shape(items)).toEqual([
      [1, id(0)],
      [4, id(1)],
    ]);
    expect(items[0]!.row.fields).toMatchObject({ clid: record.clid, lastdata: record.lastdata, userfield: "'" });
    expect(items[0]!.raw.split('\n')).toHaveLength(3);
  });

  it('are found behind a byte order mark, empty lines and remarks of ours', async () => {
    expect(shape(await read(`\uFEFF\n#cdrd file line 3: why\n${good(0)}\n \n`))).toEqual([[3, id(0)]]);
  });

  it('are not swallowed by a torn line before them', async () => {
    const torn = good(0).slice(0, 15);
    const items = await read(`${good(1)}\n${torn}\n${good(2)}\n${torn}\n${torn}${good(3)}\n${good(4)}\n`);
    expect(shape(items)).toEqual([
      [1, id(1)],
      [2, 'opens a quote that is not closed: the line was torn'],
      [3, id(2)],
      [4, 'opens a quote that is not closed: the line was torn'],
      [5, 'opens a quote that is not closed: the line was torn'],
      [6, id(4)],
    ]);
  });

  it('are rejects with their line, when they are too long, damaged, too short or no CSV', async () => {
    const long = `"${'x'.repeat(lineMax)}"`;
    const items = await read(`${good(0)}\n${long}\n\0\0${good(1)}\n"a"b,"c"\na,b\n${good(2)}\n`);
    expect(shape(items)).toEqual([
      [1, id(0)],
      [2, 'is longer than 1048576 bytes, the longest line that is read'],
      [3, 'holds NUL bytes: the file was damaged here, as when a machine loses power'],
      [4, expect.stringMatching(/^is no CSV: Invalid Closing Quote/)],
      [5, "has 2 columns, expected 16 to 21 columns as Asterisk's cdr_csv writes them"],
      [6, id(2)],
    ]);
    expect(items[1]!.raw).toHaveLength(64 * 1024);
  });

  it('are read as Latin-1 where they are not UTF-8', async () => {
    const [item] = await read(Buffer.from(`${good(0).replace(/"[^"]*"/, '"Z\xfcri"')}\n`, 'latin1'));
    expect(item!.row.fields['accountcode']).toBe('Züri');
  });

  it('are counted whole: every line of any bytes is in exactly one row, in order', async () => {
    const piece = fc.oneof(
      fc.constantFrom(good(0), good(1), `${good(2)}`, good(3).slice(0, 40), '"', ',', '\r', '""', 'a"b', '\0'),
      fc.string({ maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(piece, { maxLength: 3 }), { maxLength: 12 }), async (lines) => {
        const text = [good(5), ...lines.map((parts) => parts.join('').replaceAll('\n', ' ')), good(6)].join('\n');
        const items = await read(`${text}\n`);
        const given = text.split('\n').map((line) => Buffer.from(line.replace(/\r$/, '')).toString('latin1'));
        const said = given.filter((line) => !/^[ \t]*$/.test(line));
        expect(items.flatMap(({ raw }) => raw.split('\n')).filter((line) => !/^[ \t]*$/.test(line))).toEqual(said);
        expect(shape(items).at(0)).toEqual([1, id(5)]);
        expect(shape(items).at(-1)).toEqual([given.length, id(6)]);
      }),
      { numRuns: 300 },
    );
  });

  it('of any bytes at all are rows or rejects, never a crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const items = await itemsOf(folder.file(Buffer.concat([Buffer.from(`${good(0)}\n`), bytes])), {
          isComplete: true,
        });
        expect(items[0]!.row.fields['uniqueid']).toBe(id(0));
      }),
      { numRuns: 300 },
    );
  });
});
