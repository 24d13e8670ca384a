import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/cdr/cdr.ts';
import { staffOf } from '../../src/cdr/staff.ts';

type Case = [string | null, string | null, string | null, string | null, Direction | null, string[]];

describe('the extensions a record shows', () => {
  it.each<Case>([
    ['acme', null, '101', '102', 'internal', ['acme 101', 'acme 102']],
    ['acme', 'beta', '101', '201', 'internal', ['acme 101', 'beta 201']],
    ['acme', null, '101', null, 'outbound', ['acme 101']],
    ['acme', 'beta', '101', null, 'outbound', ['acme 101']],
    [null, 'beta', '201', null, 'inbound', ['beta 201']],
    ['acme', null, '101', null, 'inbound', ['acme 101']],
    ['acme', 'beta', '201', null, 'inbound', ['beta 201']],
    ['acme', null, '101', null, null, ['acme 101']],
    ['acme', 'beta', '101', null, null, []],
    [null, 'beta', '101', null, 'outbound', []],
    [null, null, '101', '102', 'internal', []],
    [null, 'beta', '101', '201', 'internal', ['beta 201']],
    ['acme', 'beta', null, null, 'transit', []],
  ])('of %s → %s, extensions %s and %s, %s: %j', (company, target, extension, peerExtension, direction, shown) => {
    const staff = staffOf({ company, target, extension, peerExtension, direction });
    expect(staff.map((one) => `${one.company} ${one.number}`)).toEqual(shown);
  });
});
