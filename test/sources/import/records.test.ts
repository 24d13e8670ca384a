// The same record from AMI, table and file is one record, whichever comes first, with and without sequence.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toNative } from '../../../src/http/dialects/native/shape.ts';
import { amiRows, tableRows } from '../../support/rows.ts';
import { captureRecords } from '../../simulator/capture.ts';
import { allColumns, masterLine, masterText, Place, wallOf, type MasterSettings } from './files.ts';

const known: MasterSettings = allColumns;
const unknown: MasterSettings = { loguniqueid: true, loguserfield: true };
const files: [name: string, settings: MasterSettings | ((at: number) => MasterSettings)][] = [
  ['knows the sequence', known],
  ['does not know the sequence', unknown],
  ['learns the sequence halfway', (at) => (at < 20 ? unknown : known)],
  ['forgets the sequence now and then', (at) => (at % 3 === 0 ? unknown : known)],
];
const others: [name: string, without: string[]][] = [
  ['knows it', []],
  ['does not know it', ['sequence', 'linkedid', 'peeraccount']],
];

let place: Place;
beforeEach(async () => {
  place = await new Place().open();
});
afterEach(() => place.close());

/** AMI and a table may each have one channel's records in any order; the ids say who came first. */
async function expectOneEach(): Promise<void> {
  const all = await place.all();
  expect(all).toHaveLength(captureRecords.length);
  const counted = all.map(({ uniqueid, sequence }) => (sequence === null ? null : `${uniqueid}/${sequence}`));
  const some = counted.filter((one) => one !== null);
  expect(new Set(some).size).toBe(some.length);
}

describe.each(files)('a Master.csv that %s', (_, settings) => {
  it.each([1, 7, 500])('leaves each record once, however often it is imported, in batches of %i', async (batch) => {
    await place.import(masterText(settings), batch);
    await expectOneEach();
    const before = await place.all();
    const again = await place.import(masterText(settings), 3);
    expect(new Set(again.map(({ outcome }) => outcome))).toEqual(new Set(['duplicate']));
    expect(await place.all()).toEqual(before);
  });

  describe.each(others)('beside another source that %s', (_name, without) => {
    it.each(['ami', 'table'] as const)('is one record each, whether the file or %s comes first', async (kind) => {
      const rows = () => (kind === 'ami' ? amiRows(without) : tableRows(without));
      await place.import(masterText(settings), 7);
      await place.hear(kind, rows());
      await expectOneEach();
      const second = await new Place().open();
      await second.hear(kind, rows());
      await second.import(masterText(settings), 7);
      expect(await second.all()).toHaveLength(captureRecords.length);
      await second.close();
    });
  });
});

describe('a file between other sources', () => {
  it('fills what they left open and is believed less than they are', async () => {
    const [record] = captureRecords;
    await place.hear('ami', amiRows(['linkedid', 'sequence']).slice(0, 1));
    const line = masterLine({ ...record!, accountcode: 'other', peeraccount: 'peer' }, known);
    expect(await place.import(`${line}\n`)).toEqual([{ outcome: 'duplicate', id: 1, enriched: true }]);
    const [stored] = await place.all();
    expect(stored).toMatchObject({
      sequence: record!.sequence,
      linkedid: record!.linkedid,
      peeraccount: 'peer',
      accountcode: record!.accountcode,
      timeOrigin: 'epoch',
      start: record!.start,
    });
  });

  it('keeps two records that are equal in everything two, over rotated files that overlap', async () => {
    const lines = masterText(unknown).trimEnd().split('\n');
    const twin = lines.findIndex((line, at) => lines.indexOf(line) !== at);
    expect(twin).toBeGreaterThan(0);
    await place.import(`${lines.slice(0, 35).join('\n')}\n`, 1);
    await place.import(`${lines.slice(5).join('\n')}\n`, 2);
    await place.import(`${lines.join('\n')}\n`);
    await expectOneEach();
  });

  it('keeps two records that are equal in everything two, where a rotation has parted them', async () => {
    const lines = masterText(unknown).split(/(?<=\n)/);
    const twin = lines.findIndex((line, at) => lines.indexOf(line) !== at);
    const parts = [lines.slice(0, twin).join(''), lines.slice(twin).join('')];
    expect(await place.importAll(parts)).toEqual([twin, lines.length - twin]);
    expect(await place.importAll(parts)).toEqual([0, 0]);
    expect(await place.importAll([...parts].reverse())).toEqual([0, 0]);
    expect(await place.importAll([parts[1]!])).toEqual([0]);
    expect(await place.importAll([lines.join(''), ...parts])).toEqual([0, 0, 0]);
    await expectOneEach();
  });

  it.each(['Europe/Berlin', 'America/New_York', 'Asia/Kolkata'])(
    'never moves a record by being told in another zone: %s',
    async (timezone) => {
      for (const hear of [
        () => place.hear('table', tableRows(['sequence'])),
        () => place.import(masterText(unknown)),
      ]) {
        await hear();
        const before = await place.all();
        const outcomes = await place.import(masterText(unknown), 500, { timezone, isZoneSure: true });
        expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['duplicate']));
        expect((await place.all()).map(({ start }) => start)).toEqual(before.map(({ start }) => start));
        await place.close();
        place = await new Place().open();
      }
    },
  );

  it('does not bring back what retention took', async () => {
    await place.import(masterText(known));
    const first = (await place.all())[0]!;
    await place.store.expire([first.id], 1);
    const outcomes = await place.import(masterText(known));
    expect(outcomes.filter(({ outcome }) => outcome === 'expired')).toHaveLength(1);
    expect(await place.all()).toHaveLength(captureRecords.length - 1);
  });

  it('counts received = stored + duplicate + rejected + expired, and is late for nobody', async () => {
    await place.import(`${masterText(known)}"torn\nshort,line\n`);
    await place.import(masterText(known));
    const [report] = place.ingest.reports();
    expect(report).toMatchObject({ name: 'pbx1/import', kind: 'import', received: 82, stored: 40, duplicate: 40 });
    expect(report).toMatchObject({ rejected: 2, expired: 0, lost: 0, lagSeconds: null });
    const reasons = (await place.store.rejects(10)).map(({ reason, raw }) => [reason, raw]);
    expect(reasons).toEqual([
      [expect.stringContaining('line: has 2 columns, expected 16 to 21 columns'), '{"line":"short,line"}'],
      [expect.stringContaining('line: opens a quote that is not closed'), '{"line":"\\"torn"}'],
    ]);
  });

  it('refuses a system that is not configured', async () => {
    await expect(place.ingest.take('pbx9', [])).rejects.toThrow(
      'system: "pbx9" is not configured, expected one of: pbx1',
    );
  });
});

describe('an export of ours', () => {
  it('comes back into an empty store with the very same values', async () => {
    await place.hear('ami', amiRows());
    await place.hear('table', tableRows());
    const before = await place.all();
    const text = before.map((cdr) => `${JSON.stringify(toNative(cdr))}\n`).join('');
    const second = await new Place().open();
    const items = await second.import(text);
    expect(new Set(items.map(({ outcome }) => outcome))).toEqual(new Set(['created']));
    const after = await second.all();
    const told = (all: typeof before) => all.map(({ created: _c, updated: _u, timeOrigin: _t, ...rest }) => rest);
    expect(told(after)).toEqual(told(before));
    await second.close();
    const again = await place.import(text);
    expect(new Set(again.map(({ outcome }) => outcome))).toEqual(new Set(['duplicate']));
    expect(wallOf(after[0]!.start)).toMatch(/^2026-/);
  });

  it('is nothing new to the store it is from, also where a table told its times in local time', async () => {
    await place.hear(
      'table',
      tableRows().map((row) => ({ ...row, timezone: 'Europe/London' })),
    );
    const before = await place.all();
    const again = await place.import(before.map((cdr) => `${JSON.stringify(toNative(cdr))}\n`).join(''));
    expect(again).toEqual(before.map(({ id }) => ({ outcome: 'duplicate', id })));
    expect((await place.all()).map(({ updated }) => updated)).toEqual(before.map(({ updated }) => updated));
  });
});

describe('the table as mysql --batch prints it', () => {
  it('is read by the names in its first line', async () => {
    const text = readFileSync('test/fixtures/asterisk22-cdr-table.tsv', 'utf8');
    await place.hear('table', tableRows());
    const outcomes = await place.import(text, 9);
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['duplicate']));
    expect(outcomes.filter((one) => 'enriched' in one)).toEqual([]);
    await expectOneEach();
  });
});
