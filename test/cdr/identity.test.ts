import { describe, expect, test } from 'vitest';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { sameContent } from '../../src/cdr/content.ts';
import {
  byNameFirst,
  findSame,
  mayBeChanged,
  pairChanged,
  type Known,
  type Repeats,
  type Same,
  type Shown,
} from '../../src/cdr/identity.ts';
import { merge } from '../../src/cdr/merge.ts';
import { normalise, type RawRow } from '../../src/cdr/normalise.ts';
import { toldBy, type RowMark, type Sight } from '../../src/cdr/sight.ts';
import { amiRows, byAcctid, cdrOf, changed, eventOf, tableRows, without } from './rows.ts';

interface InHand extends Known {
  cdr: Cdr;
  sights: Sight[];
}

type Source = 'ami' | 'table' | 'api' | 'import';
const repeats: Record<Source, Repeats> = { ami: 'never', table: 'whole', api: 'again', import: 'again' };

/** What store/append.ts does with identities, without a store. */
class Records {
  readonly all: InHand[] = [];

  /** One batch of one source; true for each row that was a new record. */
  take(source: Source, rows: readonly RawRow[], markOf?: (row: RawRow, at: number) => RowMark): boolean[] {
    const claimed = new Set<InHand>();
    const shown = rows.map((row, at): Shown => {
      return { cdr: normalise(row, 'pbx1'), source, repeats: repeats[source], mark: markOf?.(row, at) };
    });
    const familyOf = ({ cdr }: Shown) => this.all.filter((record) => record.cdr.uniqueid === cdr.uniqueid);
    const found = new Map<Shown, boolean | undefined>();
    for (const row of byNameFirst(shown, familyOf, claimed)) {
      const same = findSame(row, familyOf(row), claimed);
      if (same) claimed.add(same.record);
      const isSettled = same !== undefined || mayBeChanged(row, familyOf(row));
      if (!isSettled) claimed.add(this.#make(row));
      found.set(row, isSettled ? this.#meet(row, same) : true);
    }
    const changed = pairChanged(
      shown.filter((row) => found.get(row) === undefined),
      this.all,
      claimed,
    );
    return shown.map((row) => {
      const isNew = found.get(row);
      if (isNew !== undefined) return isNew;
      const record = changed.get(row);
      if (!record) this.#make(row);
      return !record || this.#meet(row, { record, rule: 'changed' })!;
    });
  }

  #make({ cdr, source, mark }: Shown): InHand {
    const record = { cdr, sights: [sightFor(cdr, source, mark)] };
    this.all.push(record);
    return record;
  }

  #meet({ cdr, source, mark }: Shown, same: Same<InHand> | undefined): false | undefined {
    if (!same) return undefined;
    const { record } = same;
    record.cdr = merge(record.cdr, record.sights, {}, cdr, source).cdr;
    record.sights = [...record.sights.filter((sight) => sight.source !== source), sightFor(cdr, source, mark)];
    return false;
  }
}

const sightFor = (cdr: Cdr, source: string, mark?: RowMark): Sight => {
  const { key = null, nth = null } = mark ?? {};
  return { source, at: 1, rule: 'new', told: toldBy(cdr), key, nth, effects: [], dropped: 0 };
};

const bareAmi = (row: RawRow) =>
  without(row, 'sequence', 'linkedid', 'peeraccount', 'startepoch', 'answerepoch', 'endepoch');
const bareTable = (row: RawRow) => without(row, 'sequence');
const fork = [byAcctid(58), byAcctid(59)];
const forkEvents = [eventOf(58), eventOf(59)];

describe('every call is there once', () => {
  const orders: [string, (records: Records) => void][] = [
    ['AMI then table', (records) => (records.take('ami', amiRows), records.take('table', tableRows))],
    ['table then AMI', (records) => (records.take('table', tableRows), records.take('ami', amiRows))],
    [
      'row by row',
      (records) => amiRows.forEach((row, at) => (records.take('ami', [row]), records.take('table', [tableRows[at]!]))),
    ],
    ['backwards', (records) => (records.take('ami', [...amiRows].reverse()), records.take('table', tableRows))],
    [
      'AMI without mappings',
      (records) => (records.take('ami', amiRows.map(bareAmi)), records.take('table', tableRows)),
    ],
    [
      'table, then AMI without mappings',
      (records) => (records.take('table', tableRows), records.take('ami', amiRows.map(bareAmi))),
    ],
    [
      'table without sequence',
      (records) => (records.take('table', tableRows.map(bareTable)), records.take('ami', amiRows)),
    ],
    [
      'AMI, then table without sequence',
      (records) => (records.take('ami', amiRows), records.take('table', tableRows.map(bareTable))),
    ],
    [
      'neither with sequence',
      (records) => (records.take('ami', amiRows.map(bareAmi)), records.take('table', tableRows.map(bareTable))),
    ],
  ];
  test.each(orders)('%s: 40 records, each seen by both', (_, read) => {
    const records = new Records();
    read(records);
    expect(records.all).toHaveLength(40);
    expect(records.all.every(({ sights }) => sights.length === 2)).toBe(true);
    // Read again, and the table a third time with its sequence: nothing new.
    expect(records.take('table', tableRows).some(Boolean)).toBe(false);
    expect(new Set(records.all.map(({ cdr }) => cdr.sequence)).size).toBe(40);
  });

  test('a table without sequence that is read again shows nothing new', () => {
    const records = new Records();
    const rows = tableRows.map(bareTable);
    expect(records.take('table', rows).every(Boolean)).toBe(true);
    expect(records.take('table', rows).some(Boolean)).toBe(false);
    expect(records.take('table', [...rows].reverse()).some(Boolean)).toBe(false);
  });
});

describe('the two records of ForkCDR that differ in their sequence only', () => {
  test('stay two with it', () => {
    const records = new Records();
    expect(records.take('table', fork)).toEqual([true, true]);
    expect(records.take('ami', forkEvents)).toEqual([false, false]);
  });
  test('stay two without it, in one batch or in two', () => {
    for (const batches of [[forkEvents], forkEvents.map((event) => [event])]) {
      const records = new Records();
      for (const batch of batches) expect(records.take('ami', batch.map(bareAmi))).not.toContain(false);
      expect(records.take('table', fork)).toEqual([false, false]);
      expect(records.all.map(({ cdr }) => cdr.sequence)).toEqual([47, 52]);
    }
  });
  test('stay two when a table without sequence shows them in one batch', () => {
    const records = new Records();
    expect(records.take('table', fork.map(bareTable))).toEqual([true, true]);
    expect(records.take('table', fork.map(bareTable))).toEqual([false, false]);
  });
});

describe('without sequence', () => {
  const known = (cdr: Cdr, ...sources: string[]): InHand => ({
    cdr,
    sights: sources.map((source) => sightFor(cdr, source)),
  });
  const plain = cdrOf({ sequence: null });
  const shown = (source: Source, cdr = plain, mark?: RowMark): Shown => ({
    ...{ cdr, source, repeats: repeats[source], mark },
  });

  test('an AMI event is never the repetition of one', () => {
    expect(findSame(shown('ami'), [known(plain, 'ami')], new Set())).toBeUndefined();
    const other = known(plain, 'table');
    expect(findSame(shown('ami'), [other], new Set())).toEqual({ record: other, rule: 'content' });
  });
  test('a record that another row of the batch has matched is not matched again', () => {
    const one = known(plain, 'table');
    expect(findSame(shown('table'), [one], new Set([one]))).toBeUndefined();
  });
  test('a source that repeats itself meets its own record before another’s', () => {
    const [other, own] = [known(plain, 'ami'), known(plain, 'table')];
    expect(findSame(shown('table'), [other, own], new Set())?.record).toBe(own);
  });
  test('two known sequences that differ are two records, whatever they hold', () => {
    const sight = shown('ami', cdrOf({ sequence: 8 }));
    expect(findSame(sight, [known(cdrOf({ sequence: 7 }), 'table')], new Set())).toBeUndefined();
  });
  test('an equal sequence is the same record, even with another content', () => {
    const one = known(cdrOf({ sequence: 7 }), 'table');
    const sight = shown('ami', cdrOf({ sequence: 7, lastapp: 'Hangup', billsec: 1 }));
    expect(findSame(sight, [one], new Set())).toEqual({ record: one, rule: 'sequence' });
  });
  test('a source that learns of sequence half-way gives it to what it had shown', () => {
    const records = new Records();
    records.take('table', [bareTable(byAcctid(81))]);
    expect(records.take('table', [byAcctid(81)])).toEqual([false]);
    expect(records.all[0]!.cdr.sequence).toBe(7);
  });
  test('a local time of the hour that comes twice, read as the other one, is no wrong zone; two hours are', () => {
    const exact = { ...plain, timeOrigin: 'epoch' as const };
    const doubled = (seconds: number) => ({
      ...plain,
      timeOrigin: 'doubled' as const,
      start: plain.start + seconds * 1e6,
    });
    const ruleOf = (row: Cdr, stored: Cdr) => findSame(shown('table', row), [known(stored, 'ami')], new Set())?.rule;
    expect(ruleOf(exact, doubled(-3600))).toBe('hour');
    expect(ruleOf(doubled(3600), exact)).toBe('hour');
    expect(ruleOf(doubled(1800), exact)).toBe('hour');
    expect(ruleOf(doubled(7200), exact)).toBe('zone');
    expect(ruleOf(doubled(3600), doubled(0))).toBe('hour');
    expect(ruleOf({ ...doubled(3600), timeOrigin: 'local' }, exact)).toBe('zone');
  });
  test('a zone that is set wrong on one side does not make a second record, another second does', () => {
    const local = { ...plain, timeOrigin: 'local' as const, start: plain.start + 3600e6 };
    expect(findSame(shown('table', local), [known(plain, 'ami')], new Set())?.rule).toBe('zone');
    expect(
      findSame(shown('table', { ...local, start: local.start + 1e6 }), [known(plain, 'ami')], new Set()),
    ).toBeUndefined();
    const epochs = [plain, local].map((cdr) => ({ ...cdr, timeOrigin: 'epoch' as const }));
    expect(findSame(shown('table', epochs[1]), [known(epochs[0]!, 'ami')], new Set())).toBeUndefined();
  });
});

describe('an Asterisk that restarts counts sequence from 0 again', () => {
  const first = eventOf(81);
  const second = changed(eventOf(81), { destination: '199', duration: '1', billableseconds: '0', disposition: 'BUSY' });

  test('of the same uniqueid and sequence, two events are two records', () => {
    const records = new Records();
    expect(records.take('ami', [first, second])).toEqual([true, true]);
    const rows = [byAcctid(81), changed(byAcctid(81), { dst: '199', duration: 1, billsec: 0, disposition: 'BUSY' })];
    expect(records.take('table', rows)).toEqual([false, false]);
    expect(records.take('table', [...rows].reverse())).toEqual([false, false]);
    expect(records.all.map(({ cdr }) => cdr.dst)).toEqual(['102', '199']);
  });
  test('of another channel it is another record, whoever shows it', () => {
    const records = new Records();
    records.take('ami', [first]);
    expect(records.take('table', [changed(byAcctid(81), { channel: 'PJSIP/beta-300-00000000' })])).toEqual([true]);
  });
});

describe('a table whose rows have ids', () => {
  const rows = fork.map(bareTable);
  const byId = (row: RawRow): RowMark => ({ key: `0:${String(row.fields['acctid'])}` });

  test('keeps equal rows two, each in a batch of its own, in either order, and again', () => {
    for (const order of [rows, [...rows].reverse()]) {
      const records = new Records();
      for (const row of order) expect(records.take('table', [row], byId)).toEqual([true]);
      for (const row of [...order, ...rows]) expect(records.take('table', [row], byId)).toEqual([false]);
      for (const event of forkEvents) expect(records.take('ami', [bareAmi(event)])).toEqual([false]);
    }
  });
  test('meets what AMI showed, each row its own record', () => {
    const records = new Records();
    for (const event of forkEvents) records.take('ami', [bareAmi(event)]);
    for (const row of rows) expect(records.take('table', [row], byId)).toEqual([false]);
    expect(records.all).toHaveLength(2);
  });
  test('may change a row in everything but the uniqueid, without a sequence', () => {
    const records = new Records();
    for (const row of rows) records.take('table', [row], byId);
    const edited = changed(rows[1]!, { dst: '7', duration: 99, channel: 'Local/x', lastapp: 'Edited' });
    expect(records.take('table', [edited], byId)).toEqual([false]);
    expect(records.all.map(({ cdr }) => cdr.duration)).toEqual([records.all[0]!.cdr.duration, 99]);
  });
  test('gives other ids to the same rows when it was made anew', () => {
    const records = new Records();
    for (const row of rows) records.take('table', [row], byId);
    for (const [at, row] of rows.entries()) {
      expect(records.take('table', [row], () => ({ key: `1:${at + 1}` }))).toEqual([false]);
    }
    expect(records.all.map(({ sights }) => sights[0]!.key)).toEqual(['1:1', '1:2']);
  });
  describe('in which a sequence is changed by hand', () => {
    const [first, second] = [changed(fork[0]!, { sequence: 58 }), changed(fork[1]!, { sequence: 59 })];
    const numbered = (row: RawRow, sequence: number, more: object = {}) => changed(row, { sequence, ...more });
    const shown = (records: Records) => records.all.map(({ cdr }) => cdr.sequence);

    test.each([true, false])('keeps the record of the row, and that of its twin; told by AMI: %s', (hasAmi) => {
      const records = new Records();
      if (hasAmi) for (const [at, event] of forkEvents.entries()) records.take('ami', [numbered(event, 58 + at)]);
      for (const row of [first, second]) records.take('table', [row], byId);
      expect(records.take('table', [numbered(first, 1058)], byId)).toEqual([false]);
      expect(records.take('table', [numbered(first, 1058), second], byId)).toEqual([false, false]);
      expect(shown(records)).toEqual([1058, 59]);
      expect(records.take('table', [numbered(second, 60), first], byId)).toEqual([false, false]);
      expect(shown(records)).toEqual([58, 60]);
    });
    test('keeps it where AMI told the time by another clock', () => {
      const records = new Records();
      const [start, ...more] = [Number(forkEvents[0]!.fields['startepoch']), 'answerepoch', 'endepoch'];
      const later = changed(without(forkEvents[0]!, ...(more as string[])), { startepoch: String(start + 3 * 3600) });
      records.take('ami', [numbered(later, 58)]);
      expect(records.take('table', [first], byId)).toEqual([false]);
      expect(records.take('table', [numbered(first, 1058)], byId)).toEqual([false]);
    });
    test('makes another record where more was changed, or the table is another one', () => {
      const records = new Records();
      records.take('table', [first], byId);
      expect(records.take('table', [numbered(first, 1058, { dst: '7' })], byId)).toEqual([true]);
      expect(records.take('table', [numbered(first, 1060)], () => ({ key: '1:58' }))).toEqual([true]);
      expect(records.take('table', [numbered(first, 1062)])).toEqual([true]);
    });
    test('gives a number that another record has to that record', () => {
      const records = new Records();
      for (const row of [first, second]) records.take('table', [row], byId);
      const swapped = [numbered(first, 59), numbered(second, 58)];
      expect(records.take('table', swapped, byId)).toEqual([false, false]);
      expect(shown(records)).toEqual([58, 59]);
      for (const row of swapped) expect(records.take('table', [row], byId)).toEqual([false]);
      expect(shown(records)).toEqual([58, 59]);
    });
    test.each([
      ['in one batch', [[0, 1, 2]]],
      ['one by one', [[0], [1], [2]]],
      ['backwards', [[2], [1], [0]]],
      ['in two', [[1, 2], [0]]],
    ])('loses no row where ids were given anew unseen, %s', (_how, batches) => {
      const records = new Records();
      for (const row of [first, second]) records.take('table', [row], byId);
      const moved = [
        { row: numbered(first, 59), key: '0:58' },
        { row: numbered(first, 60), key: '0:59' },
        { row: numbered(first, 58), key: '0:60' },
      ];
      for (const batch of batches)
        records.take(
          'table',
          batch.map((at) => moved[at]!.row),
          (_row, at) => ({ key: moved[batch[at]!]!.key }),
        );
      expect(shown(records)).toHaveLength(3);
      expect(shown(records).sort()).toEqual([58, 59, 60]);
    });
  });
  test('may hold the same record twice, and with another sequence it is another record', () => {
    const records = new Records();
    records.take('table', [byAcctid(81)], () => ({ key: '0:1' }));
    expect(records.take('table', [byAcctid(81)], () => ({ key: '0:2' }))).toEqual([false]);
    expect(records.take('table', [changed(byAcctid(81), { sequence: 99 })], () => ({ key: '0:1' }))).toEqual([true]);
  });
});

describe('a table without ids', () => {
  const rows = fork.map(bareTable);

  test('that changes one of two equal rows changes one record', () => {
    const records = new Records();
    records.take('table', rows);
    const edited = changed(rows[0]!, { dst: '7', disposition: 'BUSY' });
    expect(records.take('table', [edited, rows[1]!])).toEqual([false, false]);
    expect(records.all.map(({ cdr }) => cdr.dst).sort()).toEqual(['7', rows[1]!.fields['dst']].sort());
  });
  test('in which a row appears beside a changed one has one record more', () => {
    const records = new Records();
    records.take('table', [rows[0]!]);
    const edited = changed(rows[0]!, { disposition: 'BUSY' });
    const other = changed(rows[0]!, { dst: '8', lastapp: 'Queue', disposition: 'FAILED', duration: 4 });
    expect(records.take('table', [other, edited])).toEqual([true, false]);
  });
});

describe('a file that is read again', () => {
  test('names its equal rows by their number, whatever batches they come in', () => {
    const records = new Records();
    const rows = fork.map(bareTable);
    records.take('ami', [bareAmi(forkEvents[0]!)]);
    const nth = (at: number) => () => ({ nth: at });
    expect(rows.flatMap((row, at) => records.take('import', [row], nth(at)))).toEqual([false, true]);
    expect(rows.flatMap((row, at) => records.take('import', [row], nth(at)))).toEqual([false, false]);
    expect(records.take('table', rows)).toEqual([false, false]);
  });

  test.each([
    ['before', ['ami', 'without', 'with', 'without', 'with']],
    ['between', ['without', 'ami', 'with', 'without', 'with']],
  ])('shows no third of two equal records whose second had its sequence %s files without and with it', (_, steps) => {
    const records = new Records();
    const nth = (_row: RawRow, at: number) => ({ nth: at });
    for (const step of steps) {
      if (step === 'ami') records.take('ami', [forkEvents[1]!]);
      else records.take('import', step === 'with' ? fork : fork.map(bareTable), nth);
    }
    expect(records.all.map(({ cdr }) => cdr.sequence).sort()).toEqual(
      fork.map(({ fields }) => Number(fields['sequence'])).sort(),
    );
  });
});

describe('content is the same', () => {
  test.each<[string, Partial<Cdr>]>([
    ['within a second', { start: cdrOf().start + 999_999 }],
    ['when a text is unknown', { lastdata: null, dcontext: null }],
    ['whatever the caller name, account and userfield became', { clid: 'x', accountcode: 'y', userfield: 'z' }],
  ])('%s', (_, changes) => expect(sameContent(cdrOf(), cdrOf(changes))).toBe(true));

  test.each<[string, Partial<Cdr>]>([
    ['another second', { start: cdrOf().start + 1_000_000 }],
    ['another duration', { duration: 3 }],
    ['another billsec', { billsec: 1 }],
    ['another disposition', { disposition: 'BUSY' }],
    ['another channel', { channel: 'PJSIP/acme-101-00000006' }],
    ['another party B', { dstchannel: '' }],
  ])('but not with %s', (_, changes) => expect(sameContent(cdrOf(), cdrOf(changes))).toBe(false));

  test('when a column cut a text, in either direction', () => {
    const whole = cdrOf({ lastdata: `PJSIP/${'1'.repeat(100)}@trunk,20` });
    const cut = cdrOf({ lastdata: whole.lastdata!.slice(0, 80) });
    expect([sameContent(whole, cut), sameContent(cut, whole)]).toEqual([true, true]);
    const records = new Records();
    records.take('table', [changed(byAcctid(81), { lastdata: cut.lastdata, sequence: null })]);
    expect(records.take('ami', [changed(eventOf(81), { lastdata: whole.lastdata })])).toEqual([false]);
    expect(records.all[0]!.cdr.lastdata).toBe(whole.lastdata);
  });
});
