import { describe, expect, it } from 'vitest';
import { ClientError } from '../../src/errors.ts';
import { csvLimits, textOf } from '../../src/http/csv.ts';
import { importCsv, type Directory } from '../../src/http/imports.ts';
import type { CompanyLine, ExtensionLine } from '../../src/store/imports.ts';

const by = { kind: 'command', id: null, name: 'cdrd', address: null } as const;

/** The lines that the store is given, or the faults. */
async function read(directory: Directory, text: string): Promise<unknown> {
  let given: readonly (CompanyLine | ExtensionLine)[] = [];
  const take = (lines: typeof given) => {
    given = lines;
    return Promise.resolve({ rows: lines.length, added: 0, changed: 0, same: 0 });
  };
  try {
    await importCsv(
      {
        importCompanies: take,
        importExtensions: take,
        importThings: (_kind, lines) => take(lines as unknown as typeof given),
      },
      directory,
      text,
      { by, isDryRun: false },
    );
    return given;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return error.faults.length > 0 ? error.faults : error.message;
  }
}

describe('a CSV file', () => {
  const acme = [
    { line: 2, handle: 'acme', name: 'Acme, "the best"' },
    { line: 3, handle: 'beta', name: null },
  ];

  it.each([
    ['of RFC 4180', 'handle,name\r\nacme,"Acme, ""the best"""\r\nbeta,\r\n'],
    ['with a BOM, as Excel writes it', '\uFEFFhandle,name\r\nacme,"Acme, ""the best"""\r\nbeta,\r\n'],
    ['with semicolons, where the comma is for decimals', '\uFEFFhandle;name\r\nacme;"Acme, ""the best"""\r\nbeta;\r\n'],
    ['with a BOM before a quoted header', '\uFEFF"handle","name"\n"acme","Acme, ""the best"""\n"beta",""\n'],
    ['with tabs', 'handle\tname\nacme\t"Acme, ""the best"""\nbeta\t\n'],
    ['without a last line end', 'handle,name\nacme,"Acme, ""the best"""\nbeta,'],
    ['with other letters, spaces and columns turned round', ' Name , HANDLE\n"Acme, ""the best""", acme \n,beta\n'],
    ['with a short line', 'handle,name\nacme,"Acme, ""the best"""\nbeta\n'.replace('beta\n', 'beta,\n')],
  ])('%s is read', async (_what, text) => {
    expect(await read('companies', text)).toEqual(acme);
  });

  it('counts its lines as an editor does, over empty lines and quoted line ends', async () => {
    expect(await read('extensions', 'number;company\n101;acme\n\n\n102;\n')).toEqual([
      { line: 2, company: 'acme', number: '101' },
      { line: 5, company: null, number: '102' },
    ]);
  });

  it('without a column for names leaves the names as they are; with an empty one it takes them away', async () => {
    expect(await read('companies', 'handle\nacme\n')).toEqual([{ line: 2, handle: 'acme' }]);
    expect(await read('companies', 'handle,name\nacme\n')).toEqual([{ line: 2, handle: 'acme' }]);
    expect(await read('companies', 'handle,name\nacme,\n')).toEqual([{ line: 2, handle: 'acme', name: null }]);
  });

  it.each<[Directory, string, object[]]>([
    ['companies', '', [{ line: 1, field: '', message: 'the file is empty, expected a header line with handle, name' }]],
    [
      'companies',
      'handel,name\nacme,x\n',
      [
        { line: 1, field: 'handel', message: 'is no column, expected handle, name' },
        { line: 1, field: 'handle', message: 'this column is missing; found "handel, name"' },
      ],
    ],
    ['companies', 'handle,handle\na,b\n', [{ line: 1, field: 'handle', message: 'comes twice' }]],
    [
      'companies',
      'handle,name\nacme,a,b\n ,x\nACME,\nacme,\n',
      [
        { line: 2, field: '', message: 'has 3 values, expected 2 as the header line has' },
        { line: 3, field: 'handle', message: 'is empty, expected 1 to 255 characters' },
        { line: 5, field: 'handle', message: 'stands on line 4 already' },
      ],
    ],
    [
      'companies',
      `handle,name\n,x\nACME,\nacme,\n${'x'.repeat(256)},\n"a\nb",\na\u0000b,c\u007f\n`,
      [
        { line: 2, field: 'handle', message: 'is empty, expected 1 to 255 characters' },
        { line: 4, field: 'handle', message: 'stands on line 3 already' },
        { line: 5, field: 'handle', message: 'has 256 characters, expected at most 255' },
        { line: 7, field: 'handle', message: 'has a line break in it' },
        { line: 8, field: 'handle', message: 'has a control character in it' },
        { line: 8, field: 'name', message: 'has a control character in it' },
      ],
    ],
    [
      'extensions',
      'number,company\n101,acme\n101,\n101,Acme\n,beta\n',
      [
        { line: 4, field: 'number', message: 'stands on line 2 already' },
        { line: 5, field: 'number', message: 'is empty, expected 1 to 255 characters' },
      ],
    ],
    [
      'companies',
      'handle,name\nacme,"x\nbeta,y\n',
      [{ line: 3, field: '', message: 'a quote is opened and never closed' }],
    ],
    [
      'companies',
      'handle,name\nacme,a "b" c\n',
      [
        {
          line: 2,
          field: '',
          message: 'a value with a quote in it must stand in quotes, and the quote be doubled',
        },
      ],
    ],
  ])('of %s tells its faults by line and column: %j', async (directory, text, faults) => {
    expect(await read(directory, text)).toEqual(faults);
  });

  it('has at most so many rows, tells at most so many faults, and says the limits', async () => {
    const rows = (count: number, row: (at: number) => string) =>
      `handle\n${Array.from({ length: count }, (_, at) => row(at)).join('\n')}\n`;
    expect(
      await read(
        'companies',
        rows(csvLimits.rows, (at) => `c${at}`),
      ),
    ).toHaveLength(csvLimits.rows);
    expect(
      await read(
        'companies',
        rows(csvLimits.rows + 1, (at) => `c${at}`),
      ),
    ).toBe('the file has more than 10000 rows: import it in parts');
    expect(
      await read(
        'companies',
        rows(500, () => 'same'),
      ),
    ).toHaveLength(csvLimits.faults);
    expect(await read('companies', `handle\n"${'x'.repeat(20_000)}`)).toMatchObject([
      { message: 'is longer than 16384 characters; is a quote not closed?' },
    ]);
  });

  it('that is not UTF-8 is refused, not read as rubbish', () => {
    expect(() => textOf(Buffer.from('handle\nM\xfcller\n', 'latin1'))).toThrow('save it as "CSV UTF-8"');
    expect(textOf(Buffer.from('handle\nMüller\n'))).toBe('handle\nMüller\n');
  });
});
