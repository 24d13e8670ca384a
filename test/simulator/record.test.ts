// The simulator's bytes and rows against those of a real Asterisk 22.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amiEvent, recommendedMappings, tableRow } from '../../src/simulator/record.ts';
import { captureEvents, captureMappings, captureRecords, captureRows, captureText } from './capture.ts';

const [record] = captureRecords as [(typeof captureRecords)[number]];
const utc = { timezone: 'UTC', mappings: captureMappings };

describe('amiEvent', () => {
  it('writes every byte of the captured session after the login', () => {
    const login = 'Response: Success\r\nMessage: Authentication accepted\r\n\r\n';
    expect(captureRecords).toHaveLength(40);
    expect(login + captureRecords.map((each) => amiEvent(each, utc)).join('')).toBe(captureText);
  });

  it('ends after UserField when the PBX has no mappings', () => {
    const bare = amiEvent(record, { timezone: 'UTC', mappings: [] });
    expect(bare).toBe(`${(captureEvents[0] as string).split('LinkedID')[0]}\r\n`);
  });

  it('writes the recommended mappings and no others', () => {
    const event = amiEvent(record, { timezone: 'UTC', mappings: recommendedMappings });
    expect(event).toBe((captureEvents[0] as string).replace(/BillSecF[^]*/, '\r\n'));
  });

  it('writes times of the wall in the zone of the server, epochs unchanged', () => {
    const event = amiEvent(record, { timezone: 'Asia/Kathmandu', mappings: recommendedMappings });
    expect(event).toContain('StartTime: 2026-11-22 09:00:29\r\nAnswerTime: \r\n');
    expect(event).toContain('StartEpoch: 1795317329.613914\r\n');
  });

  it('cuts mapped headers at 1,023 bytes and loses the blank line with them', () => {
    const long = { ...record, variables: { note: 'ö'.repeat(600) } };
    const event = amiEvent(long, { timezone: 'UTC', mappings: [['note', 'Note']] });
    expect(event.endsWith('ö\r\n')).toBe(true);
    expect(event.endsWith('\r\n\r\n')).toBe(false);
    expect(Buffer.byteLength(event.slice(event.indexOf('Note: '), -2))).toBe(1022);
  });

  it('gives unset and strange variables as empty', () => {
    const mappings = [['nothing', 'Nothing'] as const, ['variables', 'Variables'] as const];
    expect(amiEvent(record, { timezone: 'UTC', mappings })).toMatch(/\r\nNothing: \r\nVariables: .*\r\n\r\n$/);
  });
});

describe('tableRow', () => {
  it('gives the captured rows; acctid is the database’s, and that table had no did', () => {
    const ours = captureRecords.map((record) => {
      const row: Record<string, string | number | null> = { ...tableRow(record) };
      const kept = Object.entries(row).filter(([name]) => name !== 'did');
      return Object.fromEntries(kept.map(([name, value]) => [name, value === null ? null : String(value)]));
    });
    expect(ours).toEqual(captureRows.map(({ acctid: _acctid, ...row }) => row));
  });

  it('cuts text to the width of its column, by characters', () => {
    const row = tableRow({
      ...record,
      lastdata: '田'.repeat(81),
      accountcode: '😀'.repeat(21),
      userfield: 'x'.repeat(255),
    });
    expect(row.lastdata).toBe('田'.repeat(80));
    expect(row.accountcode).toBe('😀'.repeat(20));
    expect(row.userfield).toHaveLength(255);
  });

  it('never has more billed than elapsed seconds', () => {
    const micros = fc.integer({ min: 0, max: 10_000_000_000 });
    fc.assert(
      fc.property(micros, micros, (ring, talk) => {
        const { start } = record;
        const row = tableRow({ ...record, answer: start + ring, end: start + ring + talk });
        expect(row.billsec).toBeLessThanOrEqual(row.duration);
        expect(row.duration).toBe(Math.floor((ring + talk) / 1e6));
      }),
    );
  });
});
