import { describe, expect, it } from 'vitest';
import type { Direction, Properties, StoredCdr } from '../../src/cdr/cdr.ts';
import { callOf } from '../../src/cdr/call.ts';
import { groupsOf } from '../../src/cdr/groups.ts';
import { deviceOf } from '../../src/cdr/parties.ts';
import { trunksOf } from '../../src/cdr/trunks.ts';
import { derive } from '../support/rows.ts';
import { files, read } from './situation.ts';

describe('the trunks of a record', () => {
  const [a, b] = ['PJSIP/in-telco-0000002a', 'SIP/out-telco-0000002b'];
  const of = (
    direction: Direction | null,
    properties: Properties = {},
    [channel, dstchannel]: readonly (string | null)[] = [a, b],
  ) => trunksOf({ direction, properties, channel: channel ?? null, dstchannel: dstchannel ?? null });

  it.each([
    ['inbound', ['in-telco']],
    ['outbound', ['out-telco']],
    ['transit', ['in-telco', 'out-telco']],
    ['internal', []],
    [null, []],
  ] as const)('are the devices of its parties outside: %s', (direction, trunks) => {
    expect(of(direction)).toEqual(trunks);
  });

  it('are what its properties say, if they do', () => {
    expect(of('inbound', { trunk: 'Telco' })).toEqual(['Telco']);
    expect(of('inbound', { trunk: '' })).toEqual(['in-telco']);
    expect(of(null, { trunk: 'x'.repeat(300) })).toEqual(['x'.repeat(255)]);
  });

  it('are two where it left by another one', () => {
    expect(of('transit', { trunk: 'Telco', trunk_out: 'Mobile Ltd' })).toEqual(['Telco', 'Mobile Ltd']);
    expect(of('inbound', { trunk: 'Telco', trunk_out: 'x'.repeat(300) })).toEqual(['Telco', 'x'.repeat(255)]);
    expect(of('transit', { trunk: 'Telco', trunk_out: '' })).toEqual(['Telco']);
  });

  it('are no Local channels, and nothing where there is no channel', () => {
    expect(of('transit', {}, ['Local/101@internal-0000001a;1', null])).toEqual([]);
  });
});

describe('the trunks of a real call', () => {
  /** A call's trunks, and those that its channels are of. */
  const told = (records: readonly StoredCdr[]) =>
    groupsOf(records).map((call) => {
      const channels = call.flatMap(({ channel, dstchannel }) => [channel ?? '', dstchannel ?? '']);
      const over = channels.map(deviceOf).filter((device) => /^trunk[12]$/.test(device));
      return [callOf(call).trunks, [...new Set(over)].sort()];
    });
  const are = (all: readonly (readonly (readonly string[])[])[]) => {
    expect(all.map(([trunks]) => trunks)).toEqual(all.map(([, over]) => over));
  };

  // A short number in a list shows no line of the outside until that is named a trunk (README, Limits).
  const shown = files.filter((file) => file !== 'ring-group-of-short-numbers-outside.txt');

  it.each(shown)('are those that its channels are of: %s', (file) => {
    const { records } = read(file);
    are(told(records));
    // With a trunk of its own for each channel that nobody came in by.
    const came = new Set(records.map(({ channel }) => channel));
    const leaving = (text: string | null) => text?.replace(/\btrunk1\b/g, 'trunk2') ?? null;
    const renamed = records.map((record) => {
      if (came.has(record.dstchannel)) return record;
      const cdr = { ...record, dstchannel: leaving(record.dstchannel), lastdata: leaving(record.lastdata) };
      return { ...cdr, ...derive(cdr) };
    });
    are(told(renamed));
  });
});
