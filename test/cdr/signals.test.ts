// What a call takes from the custom values that events of channels left in its records.
import { describe, expect, it } from 'vitest';
import { callOf } from '../../src/cdr/call.ts';
import { signalsOf } from '../../src/cdr/signals.ts';
import { record, stored } from './conversation.ts';

const transferred = () => {
  const first = { ami_hangup_cause: '16', ami_ring_seconds: '2.000', ami_hold_seconds: '1.500' };
  const second = {
    ...{ ami_hangup_side: 'callee', ami_hangup_cause: '19', ami_sip_code: '487' },
    ...{ ami_ring_seconds: '1.000', ami_hold_seconds: '2.250' },
  };
  return [
    record('101-1 > 102-2 Dial 0 2 6', { custom: first }),
    record('101-1 > 103-3 Dial 6 8 12', { custom: second }),
    record('101-1 > . Hangup 12 - 12', { custom: { ami_hangup_cause: '17' } }),
  ];
};

describe('a call', () => {
  it('ended as its last leg did, and was held as long as all its records were, in whatever order they came', () => {
    const told = { hangupSide: 'callee', hangupCause: 19, sipCode: '487', held: 3_750_000 };
    expect(signalsOf(stored(transferred()))).toEqual(told);
    expect(signalsOf(stored(transferred().toReversed()))).toEqual(told);
    expect(callOf(stored(transferred())).signals).toEqual(told);
  });

  it('has nothing of it where no record was told anything', () => {
    expect(callOf(stored([record('101-1 > 102-2 Dial 0 2 6')])).signals).toBeNull();
  });

  it('rang as long as the record of its first answer was told', () => {
    const once = record('101-1 > 102-2 Dial 0 2 6', { custom: { ami_ring_seconds: '1.750' } });
    expect(callOf(stored([once])).ring).toBe(1_750_000);
    expect(callOf(stored(transferred())).ring).toBe(2_000_000);
  });

  it('passes over values of these names that are none: somebody else has mapped them', () => {
    const custom = {
      ami_hangup_side: 'left',
      ami_hangup_cause: '999',
      ami_hold_seconds: 'x',
      ami_ring_seconds: '-1',
      ami_sip_code: 'Busy',
    };
    const call = callOf(stored([record('101-1 > 102-2 Dial 0 2 6', { custom })]));
    expect([call.signals, call.ring]).toEqual([
      { hangupSide: null, hangupCause: null, sipCode: null, held: null },
      2e6,
    ]);
  });
});
