// What a record costs: the longest prefix, the company's own rate first, seconds in steps; property: never more steps than needed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rates, type Rate } from '../../src/cdr/price.ts';

const rate = (prefix: string, more: Partial<Rate> = {}): Rate => ({
  ...{ id: 1, company: null, prefix, destination: prefix, price: 6000, increment: 1, active: true },
  ...more,
});
const call = (dst: string | null, billsec = 7) => ({ direction: 'outbound' as const, dst, company: 'Acme', billsec });

describe('the price of a record', () => {
  const rates = new Rates([
    rate('44', { increment: 6 }),
    rate('4420', { price: 100 }),
    rate('44', { company: 'acme', price: 60_000, increment: 60 }),
    rate('442079', { active: false }),
  ]);

  it.each([
    ['+44113', { billed: 60, cost: 60_000 }],
    ['442079', { billed: 7, cost: 12 }],
    ['33', { billed: 7, cost: 0 }],
    [null, { billed: 7, cost: 0 }],
  ])('of %s is that of the longest prefix, the own company first', (dst, expected) => {
    expect(rates.priceOf(call(dst))).toMatchObject(expected);
  });

  it('of another company is that for all: 7 s in steps of 6 are 12', () => {
    expect(rates.priceOf({ ...call('44113'), company: null })).toMatchObject({ billed: 12, cost: 1200 });
  });

  it.each(['inbound', 'internal'] as const)('of an %s record is nothing, and its seconds are its own', (direction) => {
    expect(rates.priceOf({ ...call('44113'), direction })).toEqual({ billed: 7, cost: 0, rate: null });
  });

  it('is what people said, where they did', () => {
    expect(rates.priceOf({ ...call('44113'), said: { billsec: 9, cost: 5 } })).toMatchObject({ billed: 9, cost: 5 });
    expect(rates.priceOf({ ...call('44113'), said: { billsec: 60 } })).toMatchObject({ billed: 60, cost: 60_000 });
  });

  it('is billed in whole steps, and in no more than are needed', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 3600 }), (billsec, increment) => {
        const { billed } = new Rates([rate('4', { increment })]).priceOf(call('4', billsec));
        expect([billed % increment, billed >= billsec, billed - billsec < increment]).toEqual([0, true, true]);
      }),
    );
  });
});
