import { describe, expect, it } from 'vitest';
import { hashPassword, isPassword } from '../../src/store/passwords.ts';

describe('passwords', () => {
  it('have a salt each, carry their parameters, and are right in either form of a letter', async () => {
    const [one, two] = await Promise.all([hashPassword('Zoë likes tea'), hashPassword('Zoë likes tea')]);
    expect(one).not.toBe(two);
    const other = await Promise.all([isPassword('Zoe\u0308 likes tea', one), isPassword('Zoe likes tea', one)]);
    expect(other).toEqual([true, false]);
    const [name, , , , salt, hash] = one.split('$');
    // With other parameters it is another hash: those of the text are used, not today's.
    expect(await isPassword('Zoë likes tea', [name, 1024, 8, 1, salt, hash].join('$'))).toBe(false);
  });

  it('cost the same for a name that does not exist', async () => {
    const hash = await hashPassword('correct horse');
    const timed = async (stored: string | undefined) => {
      const start = performance.now();
      expect(await isPassword('wrong horse', stored)).toBe(false);
      return performance.now() - start;
    };
    // A machine may be busy for a moment: the quickest of three tells.
    const least = async (stored: string | undefined) =>
      Math.min(await timed(stored), await timed(stored), await timed(stored));
    expect((await least(undefined)) / (await least(hash))).toBeGreaterThan(0.5);
  });

  it('are not checked without bound: beyond a queue, whoever asks is told to wait', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 60 }, () => isPassword('x', 'scrypt$2$1$1$AA$AA')));
    const told = answers.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(told).toHaveLength(60 - 34);
    expect(String(told[0]!.reason)).toContain('too many passwords are being checked');
    expect(await isPassword('x', undefined)).toBe(false);
  });
});
