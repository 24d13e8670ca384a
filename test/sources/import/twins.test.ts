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

describe('equal rows of several files of one command', () => {
  const face = (name: string) => row({ uniqueid: `1.${name}` });
  /** What each row of each file is counted as; a row is a letter. */
  const counted = (files: string[], about: { isLog?: boolean; identities?: string[] } = {}) => {
    const twins = new Twins();
    return files.map((letters, at) => {
      const rows = [...letters].map((letter) => ({ row: face(letter), system: null }));
      const { isLog = true, identities } = about;
      twins.begin({ identity: identities?.[at] ?? null, isLog, head: rows, isWhole: true });
      return rows.map((one) => twins.nthOf(one.row, one.system)).join('');
    });
  };

  it('that a rotation parted are counted on', () => {
    expect(counted(['xr', 'ry'])).toEqual(['00', '10']);
    expect(counted(['xyr', 'rrz', 'abc'])).toEqual(['000', '120', '000']);
    expect(counted(['xra', 'bry'])).toEqual(['000', '010']);
  });

  it('are the same rows where the files overlap, which repeats more than that row', () => {
    expect(counted(['axr', 'xry'])).toEqual(['000', '000']);
    expect(counted(['axr', 'xrr'])).toEqual(['000', '001']);
  });

  it('are the same rows in a copy, also of rows that are all equal, and in the same file', () => {
    expect(counted(['rr', 'rr'])).toEqual(['01', '01']);
    expect(counted(['axr', 'axr'])).toEqual(['000', '000']);
    expect(counted(['r', 'rx', 'r'], { identities: ['1', '2', '1'] })).toEqual(['0', '10', '0']);
  });

  it('are the same rows when a file holds nothing else and does not begin where the other ends', () => {
    expect(counted(['xrz', 'r'])).toEqual(['000', '0']);
    expect(counted(['r', 'xrz'])).toEqual(['0', '000']);
  });

  it('are the same rows in exports, which hold each record once', () => {
    expect(counted(['xr', 'ry'], { isLog: false })).toEqual(['00', '00']);
  });

  it('are the same rows when they overlap by so much that the ends share nothing', () => {
    const twins = new Twins();
    const all = Array.from({ length: 3 * windowMax }, (_, at) => ({ row: row({ uniqueid: `3.${at}` }), system: null }));
    for (const overlap of [2, windowMax - 1, windowMax, 2 * windowMax - 1, 2 * windowMax + 1]) {
      const second = all.slice(all.length - overlap);
      twins.begin({ identity: null, isLog: true, head: all.slice(0, windowMax), isWhole: false });
      for (const one of all) twins.nthOf(one.row, null);
      const head = second.slice(0, windowMax);
      twins.begin({ identity: null, isLog: true, head, isWhole: overlap <= windowMax });
      expect(new Set(second.map((one) => twins.nthOf(one.row, null)))).toEqual(new Set([0]));
    }
  });
});
