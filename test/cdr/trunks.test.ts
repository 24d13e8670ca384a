import { describe, expect, it } from 'vitest';
import type { Direction, Properties } from '../../src/cdr/cdr.ts';
import { trunksOf } from '../../src/cdr/trunks.ts';

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

  it('are no Local channels, and nothing where there is no channel', () => {
    expect(of('transit', {}, ['Local/101@internal-0000001a;1', null])).toEqual([]);
  });
});
