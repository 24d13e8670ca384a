import { describe, expect, it } from 'vitest';
import { oldestFirst } from '../../../src/sources/import/rotation.ts';

describe('files of one log', () => {
  it('are read oldest first, however logrotate names them', () => {
    expect(oldestFirst(['M', 'M.1', 'M.10.gz', 'M.2.gz'])).toEqual(['M.10.gz', 'M.2.gz', 'M.1', 'M']);
    expect(oldestFirst(['M', 'M-20261103', 'M-20261101.gz', 'M-20261102'])).toEqual([
      ...['M-20261101.gz', 'M-20261102', 'M-20261103', 'M'],
    ]);
    expect(oldestFirst(['M', 'M.2026-11-02', 'M.2026-11-01'])).toEqual(['M.2026-11-01', 'M.2026-11-02', 'M']);
  });

  it('leave files of other logs where they are, and are all there, also when one is given twice', () => {
    expect(oldestFirst(['b/M', 'a/M', 'b/M.1', '-', 'a/M.1'])).toEqual(['b/M.1', 'a/M.1', 'b/M', '-', 'a/M']);
    expect(oldestFirst(['M', 'M', 'N'])).toEqual(['M', 'M', 'N']);
  });
});
