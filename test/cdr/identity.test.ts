import { describe, expect, test } from 'vitest';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { enrich } from '../../src/cdr/enrich.ts';
import { findSame, isCutOf, sameContent, type Known } from '../../src/cdr/identity.ts';
import { normalise, type RawRow } from '../../src/cdr/normalise.ts';
import { amiRows, byAcctid, cdrOf, changed, eventOf, tableRows, without } from './rows.ts';

interface InHand extends Known {
  cdr: Cdr;
  sources: string[];
}

/** What store/append.ts does with identities, without a store. */
class Records {
  readonly all: InHand[] = [];

  /** One batch of one source; true for each row that was a new record. */
  take(source: 'ami' | 'table' | 'api', rows: readonly RawRow[]): boolean[] {
    const claimed = new Set<InHand>();
    return rows.map((row) => {
      const cdr = normalise(row, 'pbx1');
      const known = this.all.filter((record) => record.cdr.uniqueid === cdr.uniqueid);
      let record = findSame({ cdr, source, canRepeat: source !== 'ami' }, known, claimed);
      const isNew = record === undefined;
      if (!record) this.all.push((record = { cdr, sources: [source] }));
      else {
        record.cdr = enrich(record.cdr, cdr);
        if (!record.sources.includes(source)) record.sources.push(source);
      }
      if (cdr.sequence === null) claimed.add(record);
      return isNew;
    });
  }
}

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
    expect(records.all.every(({ sources }) => sources.length === 2)).toBe(true);
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
  const known = (cdr: Cdr, ...sources: string[]): InHand => ({ cdr, sources });
  const plain = cdrOf({ sequence: null });

  test('an AMI event is never the repetition of one', () => {
    const sight = { cdr: plain, source: 'ami', canRepeat: false };
    expect(findSame(sight, [known(plain, 'ami')], new Set())).toBeUndefined();
    const other = known(plain, 'table');
    expect(findSame(sight, [other], new Set())).toBe(other);
  });
  test('a record that another row of the batch has matched is not matched again', () => {
    const one = known(plain, 'table');
    expect(findSame({ cdr: plain, source: 'table', canRepeat: true }, [one], new Set([one]))).toBeUndefined();
  });
  test('a source that repeats itself meets its own record before another’s', () => {
    const [other, own] = [known(plain, 'ami'), known(plain, 'table')];
    expect(findSame({ cdr: plain, source: 'table', canRepeat: true }, [other, own], new Set())).toBe(own);
  });
  test('two known sequences that differ are two records, whatever they hold', () => {
    const sight = { cdr: cdrOf({ sequence: 8 }), source: 'ami', canRepeat: false };
    expect(findSame(sight, [known(cdrOf({ sequence: 7 }), 'table')], new Set())).toBeUndefined();
  });
  test('an equal sequence is the same record, even with another content', () => {
    const one = known(cdrOf({ sequence: 7 }), 'table');
    const sight = { cdr: cdrOf({ sequence: 7, lastapp: 'Hangup', billsec: 1 }), source: 'ami', canRepeat: false };
    expect(findSame(sight, [one], new Set([one]))).toBe(one);
  });
  test('a source that learns of sequence half-way gives it to what it had shown', () => {
    const records = new Records();
    records.take('table', [bareTable(byAcctid(81))]);
    expect(records.take('table', [byAcctid(81)])).toEqual([false]);
    expect(records.all[0]!.cdr.sequence).toBe(7);
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

  test('a cut form is at least 20 characters, shorter than the whole and its beginning', () => {
    const whole = 'abcdefghijklmnopqrstuvwxyz';
    expect(isCutOf(whole.slice(0, 20), whole)).toBe(true);
    expect([whole.slice(0, 19), whole, `b${whole.slice(1, 21)}`].some((cut) => isCutOf(cut, whole))).toBe(false);
  });
});
