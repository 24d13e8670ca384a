import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { captureRecords } from '../../simulator/capture.ts';
import { readFile, type ReadOptions } from '../../../src/sources/import/read.ts';
import { parseColumns } from '../../../src/sources/import/mapping.ts';
import { Folder, masterLine, masterText, wallOf, type MasterSettings } from './files.ts';

const folder = new Folder();
afterAll(() => folder.remove());
const plain = { timezone: 'UTC', isZoneSure: false, derives: false, isComplete: false };

async function read(content: string | Buffer, options: Partial<ReadOptions> = {}) {
  const reading = readFile({ ...plain, ...options, path: folder.file(content) });
  const items = [];
  for await (const some of reading.items) items.push(...some);
  return {
    reading,
    items,
    fields: items.map(({ row }) => row.fields),
    faults: items.flatMap(({ row }) => row.faults ?? []),
  };
}
const [record] = captureRecords;
const sample = (...more: string[]) =>
  ['"""A"" <1>"', '1', '2', 'ctx', 'PJSIP/a-1', '', 'Dial', 'x', '2026-11-22 03:15:29', '', '2026-11-22 03:15:30']
    .concat(['1', '0', 'NO ANSWER', 'DOCUMENTATION', 'acme', '1795317329.1', 'uf', ...more])
    .join(',');

describe('what a file is', () => {
  it.each<[MasterSettings, string[]]>([
    [{ loguniqueid: true }, ['uniqueid']],
    [{ loguniqueid: true, loguserfield: true }, ['uniqueid', 'userfield']],
    [{ loguniqueid: true, newcdrcolumns: true }, ['uniqueid', 'peeraccount', 'linkedid', 'sequence']],
    [
      { loguniqueid: true, loguserfield: true, newcdrcolumns: true },
      ['uniqueid', 'userfield', 'peeraccount', 'linkedid', 'sequence'],
    ],
  ])('a Master.csv of %o has the columns that these settings write', async (settings, names) => {
    const { reading, fields } = await read(masterText(settings));
    expect(reading.format).toBe('master');
    expect(Object.keys(fields[0]!).slice(16)).toEqual(names);
    expect(fields.map(({ uniqueid }) => uniqueid)).toEqual(captureRecords.map(({ uniqueid }) => uniqueid));
  });

  it.each<MasterSettings>([
    {},
    { loguserfield: true },
    { newcdrcolumns: true },
    { loguserfield: true, newcdrcolumns: true },
  ])(
    'rows of a Master.csv of %o are rejects for want of a uniqueid, or get one when that is asked for',
    async (settings) => {
      const text = masterText(settings);
      const { faults } = await read(text);
      expect(faults).toHaveLength(captureRecords.length);
      expect(faults[0]).toMatchObject({
        field: 'uniqueid',
        message: expect.stringContaining('--derive-uniqueid') as string,
      });
      const derived = await read(text, { derives: true });
      expect(derived.faults).toEqual([]);
      expect(derived.fields[0]!['uniqueid']).toMatch(/^derived-[0-9a-f]{24}$/);
      expect((await read(text, { derives: true })).fields).toEqual(derived.fields);
    },
  );

  it('rows of several settings stand in one file', async () => {
    const lines = [{}, { loguniqueid: true }, { loguniqueid: true, newcdrcolumns: true }].map((settings) =>
      masterLine(record!, settings),
    );
    const { fields, faults } = await read(`${lines.join('\n')}\n`);
    expect(faults).toHaveLength(1);
    expect(fields.map(({ sequence, uniqueid }) => [uniqueid, sequence])).toEqual([
      [undefined, undefined],
      [record!.uniqueid, undefined],
      [record!.uniqueid, String(record!.sequence)],
    ]);
  });

  it.each([sample(), sample('7')])(
    "a file of cdr_custom with Asterisk's sample mapping is known by itself: %s",
    async (line) => {
      const { reading, fields } = await read(`${line}\n`);
      expect(reading.format).toBe('custom');
      expect(fields[0]).toMatchObject({ clid: '"A" <1>', accountcode: 'acme', uniqueid: '1795317329.1', answer: '' });
    },
  );

  it('a file of cdr_custom with another mapping needs it told', async () => {
    const line = '1795317329.100000,5,ANSWERED,junk,1795317329.1';
    await expect(read(`${line}\n`)).rejects.toThrow('its first line (5 columns) is neither a row of cdr_csv');
    const columns = parseColumns('start,duration,disposition,-,uniqueid');
    const { reading, fields } = await read(`${line}\n1,2\n`, { columns });
    expect(reading.format).toBe('custom');
    expect(fields[0]).toEqual({
      start: '1795317329.100000',
      duration: '5',
      disposition: 'ANSWERED',
      uniqueid: '1795317329.1',
    });
    expect(Object.keys(fields[1]!)).toEqual(['line']);
  });

  it.each([',', ';', '\t', '|'])('a table with names in its first line, separated by %j', async (separator) => {
    const lines = [
      ['calldate', 'duration', 'disposition', 'UniqueID', 'did', 'Cost in €'],
      ['2026-11-22 03:15:29', '5', 'ANSWERED', '1795317329.1', 'NULL', '3'],
      ['2026-11-22T03:15:29+0100', '5', 'ANSWERED', '1795317329.2', 'x', '3'],
    ];
    const { reading, fields, items } = await read(lines.map((cells) => `${cells.join(separator)}\n`).join(''));
    expect(reading.format).toBe('table-csv');
    expect(reading.head?.toString()).toBe(lines[0]!.join(separator));
    expect(items.map(({ line }) => line)).toEqual([2, 3]);
    expect(fields[0]).toEqual({
      calldate: lines[1]![0],
      duration: '5',
      disposition: 'ANSWERED',
      uniqueid: '1795317329.1',
    });
    expect(fields[1]).toMatchObject({ calldate: '2026-11-22T03:15:29+01:00', did: 'x' });
  });

  it('an export of ours as CSV brings only what sources told', async () => {
    const head = 'id,system,uniqueid,start,duration,disposition,did,company,peer_extension,note';
    const { fields } = await read(`${head}\n1,pbx1,1795317329.1,2026-11-22T03:15:29Z,5,ANSWERED,x,acme,102,hi\n`);
    expect(Object.keys(fields[0]!)).toEqual(['id', 'uniqueid', 'start', 'duration', 'disposition', 'did']);
  });

  it.each([
    ['an export of ours', 'id,system,uniqueid,start,duration,disposition,peer_extension', 'pbx2'],
    ['some columns of it', 'Id,System,uniqueid,start,duration,disposition,company', 'pbx2'],
    ['others with such a column', 'id,system,uniqueid,start,duration,disposition,did', null],
    ['others without ids', 'acctid,system,uniqueid,start,duration,disposition,company', null],
  ])('CSV of %s: whether it names the system', async (_of, head, named) => {
    const { items, fields } = await read(`${head}\n1,pbx2,1795317329.1,2026-11-22T03:15:29Z,5,ANSWERED,x\n`);
    expect(items.map(({ system }) => system)).toEqual([named]);
    expect(fields[0]!['system']).toBe(named === null ? 'pbx2' : undefined);
  });

  it.each([
    ['an export of ours', 'src,peer_extension', ['+441632960111', '-1', "'x", '=1']],
    ['a file of others', 'src,did', ["'+441632960111", "'-1", "'x", "'=1"]],
  ])(
    "%s: the ' before what a spreadsheet would run is its guard only where we have put it",
    async (_of, more, told) => {
      const rows = ["'+441632960111", "'-1", "'x", "'=1"].map(
        (src) => `1.1,2026-11-22T03:15:29Z,5,ANSWERED,${src},102\n`,
      );
      const { fields } = await read(`uniqueid,start,duration,disposition,${more}\n${rows.join('')}`);
      expect(fields.map(({ src }) => src)).toEqual(told);
    },
  );

  it.each([
    ['PK\u0003\u0004xx', 'is a zip file'],
    ['INSERT INTO cdr VALUES (1)', 'is an SQL dump'],
    ['[{"uniqueid":"1.1"}]', 'is a JSON list'],
    ['SQLite format 3\0', 'is an SQLite database'],
    ['\u00ff\u00feu\0n\0', 'is UTF-16'],
    ['one,two,three', 'its first line (3 columns) is neither'],
  ])('%j is refused with what to do instead', async (text, message) => {
    await expect(read(Buffer.from(`${text}\n`, 'latin1'))).rejects.toThrow(message);
  });

  it('names in a first line are needed where they are said to be there', async () => {
    await expect(read(masterText({ loguniqueid: true }), { format: 'table-csv' })).rejects.toThrow(
      'its first line does not name the columns',
    );
  });

  it('an empty file has no rows', async () => {
    expect(await read('\n\n')).toMatchObject({ reading: { format: null, unfinished: null }, items: [] });
  });

  it('a gzipped file is read as what is in it; one that ends too early is said to, after its rows', async () => {
    const text = masterText({ loguniqueid: true }).repeat(50);
    const packed = gzipSync(text);
    const both = await read(Buffer.concat([packed, packed]));
    expect(both.items).toHaveLength(captureRecords.length * 100);
    expect(both.reading.done()).toBe(packed.length * 2);
    await expect(read(packed.subarray(0, packed.length - 20))).rejects.toThrow(
      'cannot be read: unexpected end of file',
    );
  });

  it('a last line without line end is left out, unless nobody writes the file any more', async () => {
    const text = masterText({ loguniqueid: true }).trimEnd();
    const some = await read(text);
    expect(some.items).toHaveLength(captureRecords.length - 1);
    expect(some.reading.unfinished).toBe(captureRecords.length);
    const all = await read(text, { isComplete: true });
    expect(all.items).toHaveLength(captureRecords.length);
    expect(all.reading.unfinished).toBe(null);
  });

  it('a last line of JSON without line end is taken when it is whole', async () => {
    const line = '{"uniqueid":"1795317329.1","start":1795317329}';
    expect((await read(`${line}\n${line}`)).items).toHaveLength(2);
    expect((await read(`${line}\n${line.slice(0, -1)}`)).reading.unfinished).toBe(2);
  });

  it('is refused in the wrong zone before anything of it is taken, unless the zone was said', async () => {
    const text = masterText({ loguniqueid: true });
    await expect(read(text, { timezone: 'Asia/Kolkata' })).rejects.toThrow(
      'read in Asia/Kolkata, its times are 5.5 hours earlier than the epochs in its uniqueids; nothing of it was taken',
    );
    const sure = await read(text, { timezone: 'Asia/Kolkata', isZoneSure: true });
    expect([sure.items.length, sure.reading.off]).toEqual([40, -330]);
    expect((await read(text, { isZoneSure: true })).reading.off).toBe(0);
  });

  it.each([
    // Of two channels, one clock or the other; the second record of a channel may begin at any time of its life.
    ['two channels, both an hour late', ['1795317329.1 04:15:29', '1795317400.2 04:16:50'], true],
    ['two channels, one of them right', ['1795317329.1 04:15:29', '1795317400.2 03:16:40'], false],
    ['two records of one channel', ['1795317329.1 04:15:40', '1795317329.1 04:15:50'], false],
    ['one record, an hour late to the second', ['1795317329.1 04:15:30'], true],
    ['one record, an hour later in its channel', ['1795317329.1 04:15:33'], false],
    ['one record, long before its channel was born', ['1795317329.1 02:15:40'], true],
    ['one record, less than an hour before its channel was born', ['1795317329.1 02:17:39'], true],
    ['one record, and a number of 2145 that is no epoch', ['5551234567.1 03:15:29'], false],
    ['one record, as it should be', ['1795317329.1 03:15:29'], false],
  ])('is judged by its epochs, however small: %s', async (_, rows, isRefused) => {
    const lines = rows.map((row) => row.replace(/^(\S+) (.*)$/, '$1,2026-11-22 $2,5,ANSWERED\n'));
    const text = `uniqueid,calldate,duration,disposition\n${lines.join('')}`;
    const reading = read(text).then(({ items }) => items.length);
    await (isRefused
      ? expect(reading).rejects.toThrow('nothing of it was taken')
      : expect(reading).resolves.toBe(rows.length));
  });

  describe('in a zone that is right in winter only', () => {
    /** Calls of 2026 at noon, so many a day, as a clock shows them that is `ahead` of UTC by so many hours in summer. */
    const calls = (from: string, days: number, aDay: number, ahead: number): string =>
      Array.from({ length: days * aDay }, (_, n) => {
        const birth = Date.parse(`${from}T12:00:00Z`) / 1000 + Math.floor(n / aDay) * 86_400 + (n % aDay) * 61;
        const shown = birth + (isSummer(birth) ? ahead * 3600 : 0);
        return `${birth}.${n},${wallOf(shown * 1e6)},5,ANSWERED\n`;
      }).join('');
    const isSummer = (seconds: number) => wallOf(seconds * 1e6) > '2026-03-29' && wallOf(seconds * 1e6) < '2026-10-25';
    const head = 'uniqueid,calldate,duration,disposition\n';
    const taken = async (rows: string, timezone: string) => {
      const some: string[] = [];
      const { items } = readFile({ ...plain, timezone, path: folder.file(head + rows) });
      const fault = await (async () => {
        for await (const piece of items) some.push(...piece.map(({ row }) => String(row.fields['calldate'])));
        return null;
      })().catch((error: unknown) => (error as Error).message);
      return { some, fault };
    };

    it.each([
      ['a file of usegmtime=yes, read in Europe/London', 'Europe/London', 0, 'earlier'],
      ['a file of a PBX in Europe/London, read in UTC', 'UTC', 1, 'later'],
    ])('%s, is refused before a row is taken whose time is wrong', async (_, zone, ahead, direction) => {
      // From January on, 1,700 right rows before the first wrong one: the head knows of none.
      const { some, fault } = await taken(calls('2026-01-05', 300, 20, ahead), zone);
      expect(some.length).toBeGreaterThan(1000);
      expect(some.at(-1)! < '2026-03-29').toBe(true);
      expect(fault).toContain(
        `read in ${zone}, the times from line 1662 on are 1 hour ${direction} than the epochs in their uniqueids; ` +
          'nothing was taken from there on, and the times of what was taken before agree',
      );
      // The same file in its own zone.
      expect((await taken(calls('2026-01-05', 300, 20, ahead), ahead === 0 ? 'UTC' : 'Europe/London')).fault).toBe(
        null,
      );
    });

    it.each([
      ['one of summer behind many of winter', calls('2026-01-05', 83, 20, 0) + calls('2026-03-30', 1, 1, 0)],
      ['one of summer before many of winter', calls('2026-10-24', 1, 1, 0) + calls('2026-11-01', 30, 20, 0)],
      ['one call a day', calls('2025-10-30', 183, 1, 0)],
    ])('not one row has a wrong time: %s', async (_, rows) => {
      const { some, fault } = await taken(rows, 'Europe/London');
      expect(some.filter((time) => isSummer(Date.parse(`${time}Z`) / 1000))).toEqual([]);
      expect(fault).toContain('1 hour earlier');
    });

    it('a single row of a clock that jumped stops no file whose other rows of the day are right', async () => {
      const wrong = calls('2026-02-01', 1, 1, 0).replace('12:00:00', '11:00:00');
      const { some, fault } = await taken(
        calls('2026-01-05', 28, 20, 0) + wrong + calls('2026-02-02', 5, 20, 0),
        'UTC',
      );
      expect({ rows: some.length, fault }).toEqual({ rows: 28 * 20 + 1 + 100, fault: null });
    });
  });
});
