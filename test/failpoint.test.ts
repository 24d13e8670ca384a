// A failpoint is armed by the environment of a start and by nothing else, and says so; a wrong one is a fault.
import { describe, expect, it } from 'vitest';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { armFailpoint, failpoint, failpoints } from '../src/failpoint.ts';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join('src', file), 'utf8') }));

describe('failpoints', () => {
  it('do nothing when none is armed', () => {
    expect(armFailpoint(undefined)).toBeUndefined();
    for (const name of failpoints) failpoint(name);
  });

  it('are armed by the process edge alone', () => {
    const arming = sources.filter(({ text }) => text.includes('armFailpoint(')).map(({ file }) => file);
    expect(arming.sort()).toEqual([join('commands', 'run.ts'), 'failpoint.ts']);
  });

  it('each stand in the code once', () => {
    const text = sources.map((source) => source.text).join('') + readFileSync('migrations/table.js', 'utf8');
    for (const name of failpoints) expect([name, text.split(`failpoint('${name}')`).length - 1]).toEqual([name, 1]);
  });

  it.each(['', 'nowhere:1', 'after commit', 'after commit:0', 'after commit:-1', 'after commit:1x', ':1'])(
    'are refused when they are not written as NAME:N: %j',
    (text) => {
      expect(() => armFailpoint(text)).toThrow(
        `CDRD_FAILPOINT: found ${JSON.stringify(text)}, expected one of table made,`,
      );
    },
  );
});
