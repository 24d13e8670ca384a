import { describe, expect, it } from 'vitest';
import { lineOf, Progress } from '../../src/commands/progress.ts';

const place = { file: 'Master.csv', size: 1000, done: 250, rows: 5000 };

/** A clock that is turned by hand, and what was written. */
function screen(isTTY: boolean, columns = 200) {
  const written: string[] = [];
  const clock = { now: 0 };
  const progress = new Progress({ isTTY, columns, write: (text) => written.push(text) }, () => clock.now);
  return { written, clock, progress };
}

describe('the progress of an import', () => {
  it('is a bar with share, rows, rate and the time that is left', () => {
    expect(lineOf(place, 10, true)).toBe(
      '[######..................]  25 %  5,000 rows  500 rows/s  0:30 left  Master.csv',
    );
    expect(lineOf({ ...place, done: 1 }, 10, false)).toBe('0 %  5,000 rows  500 rows/s  2:46:30 left  Master.csv');
  });

  it('tells of a pipe how much came, since nobody knows how much will', () => {
    const line = lineOf({ ...place, file: '-', size: null, done: 2_500_000 }, 10, true);
    expect(line).toBe('2.5 MB  5,000 rows  500 rows/s  -');
  });

  it('redraws one line of a terminal five times a second, no wider than that, and takes it away', () => {
    const { written, clock, progress } = screen(true, 20);
    progress.show(place);
    clock.now = 199;
    progress.show(place);
    expect(written).toEqual([]);
    clock.now = 200;
    progress.show(place);
    expect(written).toEqual(['\r[######............\u001b[K']);
    progress.clear();
    progress.clear();
    expect(written.slice(1)).toEqual(['\r\u001b[K']);
  });

  it('is a whole line every five seconds where there is no terminal', () => {
    const { written, clock, progress } = screen(false);
    clock.now = 4999;
    progress.show(place);
    expect(written).toEqual([]);
    clock.now = 5000;
    progress.show(place);
    progress.clear();
    expect(written).toEqual(['25 %  5,000 rows  1,000 rows/s  0:15 left  Master.csv\n']);
  });

  it('is nothing when nothing is wanted', () => {
    const progress = new Progress(null, () => 10_000);
    progress.show(place);
    progress.clear();
    expect(progress.seconds).toBe(0);
  });
});
