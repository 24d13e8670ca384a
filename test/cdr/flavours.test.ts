// The sets of columns met in the field (asterisk.md), each to one record.
import { describe, expect, test } from 'vitest';
import { normalise } from '../../src/cdr/normalise.ts';
import { isoOf } from '../../src/cdr/time.ts';
import { tableRow, without } from './rows.ts';

describe('flavours of the table', () => {
  const freepbx = {
    ...{ calldate: '2026-11-22 03:15:29', clid: '"Bob" <102>', src: '102', dst: '101', dcontext: 'from-internal' },
    ...{
      channel: 'PJSIP/102-00000008',
      dstchannel: 'PJSIP/101-00000009',
      lastapp: 'Dial',
      lastdata: 'PJSIP/101/sip:x',
    },
    ...{ duration: 9, billsec: 5, disposition: 'ANSWERED', amaflags: 3, accountcode: '', uniqueid: '1795317329.17' },
    ...{ userfield: '', did: '441632960100', recordingfile: 'x.wav', cnum: '102', cnam: 'Bob', outbound_cnum: '' },
    ...{ outbound_cnam: '', dst_cnam: 'Alice', linkedid: '1795317329.17', peeraccount: '', sequence: 13 },
  };

  test("FreePBX's has no answer and no end, and columns of its own", () => {
    const cdr = normalise(tableRow(freepbx), 'a');
    expect([cdr.answer, cdr.end, cdr.sequence]).toEqual([null, null, 13]);
    const { did, recordingfile, cnum, cnam, outbound_cnum, outbound_cnam, dst_cnam } = freepbx;
    expect(cdr.custom).toEqual({ did, recordingfile, cnum, cnam, outbound_cnum, outbound_cnam, dst_cnam });
  });

  test('the classic one has neither linkedid nor sequence, and its own id stays out of the record', () => {
    const classic = without(
      tableRow({ ...freepbx, acctid: 7, id: 7, recid: 7 }),
      'linkedid',
      'sequence',
      'peeraccount',
    );
    const cdr = normalise(classic, 'a');
    expect([cdr.linkedid, cdr.sequence, cdr.peeraccount]).toEqual([null, null, null]);
    expect(Object.keys(cdr.custom)).not.toContain('acctid');
  });

  test("Asterisk's own has start, answer, end and amaflags as text", () => {
    const { calldate, ...rest } = freepbx;
    const times = { start: calldate, answer: '2026-11-22 03:15:33', end: '2026-11-22 03:15:38' };
    const cdr = normalise(tableRow({ ...rest, ...times, amaflags: 'DOCUMENTATION' }), 'a');
    expect([cdr.start, cdr.answer, cdr.end].map((at) => isoOf(at!))).toEqual([
      '2026-11-22T03:15:29Z',
      '2026-11-22T03:15:33Z',
      '2026-11-22T03:15:38Z',
    ]);
    expect(cdr.amaflags).toBe(3);
  });

  test('a column that is NULL gives way to another one for the same field', () => {
    const cdr = normalise(tableRow({ ...freepbx, calldate: null, start: freepbx.calldate }), 'a');
    expect(isoOf(cdr.start)).toBe('2026-11-22T03:15:29Z');
    expect(cdr.custom).not.toHaveProperty('start');
  });

  test('times may be epochs, or carry their zone', () => {
    const epoch = normalise(tableRow({ ...freepbx, calldate: '1795317329.5' }, 'Asia/Kathmandu'), 'a');
    expect([isoOf(epoch.start), epoch.timeOrigin]).toEqual(['2026-11-22T03:15:29.500000Z', 'epoch']);
    const iso = normalise(tableRow({ ...freepbx, calldate: '2026-11-22T03:15:29.000Z' }, 'Asia/Kathmandu'), 'a');
    expect([isoOf(iso.start), iso.timeOrigin]).toEqual(['2026-11-22T03:15:29Z', 'utc']);
  });

  test.each(['0000-00-00 00:00:00', '1970-01-01 00:00:00', '1969-12-31 19:00:00', '', null, 0])(
    '%j as answer is never',
    (answer) => {
      expect(normalise(tableRow({ ...freepbx, answer }), 'a').answer).toBeNull();
    },
  );

  test('seconds with decimals are cut as Asterisk cuts them', () => {
    const { duration, billsec } = normalise(tableRow({ ...freepbx, duration: '9.999', billsec: 5.9 }), 'a');
    expect([duration, billsec]).toEqual([9, 5]);
  });
});
