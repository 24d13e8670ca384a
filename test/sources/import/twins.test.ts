import { describe, expect, it } from 'vitest';
import { raw } from '../../support/rows.ts';
import { Twins, windowMax } from '../../../src/sources/import/twins.ts';

const row = (change: Record<string, string> = {}) =>
  raw('table', { uniqueid: '1.1', start: '2026-11-22 03:15:29', duration: '5', lastdata: 'a', ...change });

describe('equal rows of a file', () => {
  it('are counted from 0, whatever they hold that identity does not compare', () => {
    const twins = new Twins();
    const rows = [
      row(),
      row({ userfield: 'x', sequence: '4' }),
      row({ lastdata: 'b' }),
      row({ start: '2026-11-22 03:15:30' }),
    ];
    expect([...rows, row()].map((one) => twins.nthOf(one, null))).toEqual([0, 1, 0, 0, 2]);
  });

  it('are counted for each system by itself', () => {
    const twins = new Twins();
    expect(['pbx1', 'pbx2', 'pbx1'].map((system) => twins.nthOf(row(), system))).toEqual([0, 0, 1]);
  });

  it('are equal too when one has a text that the other has cut', () => {
    const twins = new Twins();
    const long = 'PJSIP/acme-101-00000004,30,tT';
    expect([long, long.slice(0, 20), 'PJSIP'].map((lastdata) => twins.nthOf(row({ lastdata }), null))).toEqual([
      0, 1, 0,
    ]);
  });

  it('are one row that stands there twice, when they are further apart than the window', () => {
    const others = (count: number, twins: Twins) => {
      for (let at = 0; at < count; at++) twins.nthOf(row({ uniqueid: `2.${at}` }), null);
    };
    const near = new Twins();
    near.nthOf(row(), null);
    others(windowMax - 1, near);
    expect(near.nthOf(row(), null)).toBe(1);
    const far = new Twins();
    far.nthOf(row(), null);
    others(2 * windowMax, far);
    expect(far.nthOf(row(), null)).toBe(0);
  });
});
