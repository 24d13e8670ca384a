import { describe, expect, it } from 'vitest';
import { ClientError } from '../../src/errors.ts';
import { Logins } from '../../src/http/logins.ts';
import { Throttle } from '../../src/http/throttle.ts';
import { hashPassword } from '../../src/store/passwords.ts';

const right = 'correct horse';

describe('a name and a password', () => {
  const open = async () => {
    const clock = { ms: 0 };
    const now = () => clock.ms;
    const user = {
      ...{ id: 1, name: 'bob', role: 'admin' as const, companies: null, extensions: [], disabled: null },
      ...{ created: 0, updated: 0, password: await hashPassword(right) },
    };
    const logins = new Logins({ findUser: async () => user }, new Throttle(2, 300, now), now);
    const ask = async (password: string, address = '192.0.2.1'): Promise<string> => {
      const login = await logins.check('bob', password, address).catch((error: unknown) => {
        if (error instanceof ClientError) return error.status;
        throw error;
      });
      if (login === null) return 'wrong';
      return typeof login === 'number' ? String(login) : login.isFresh ? 'fresh' : 'remembered';
    };
    return { clock, ask };
  };

  it('are remembered for a minute, which costs no tries', async () => {
    const { clock, ask } = await open();
    expect(await ask(right)).toBe('fresh');
    for (let at = 0; at < 100; at++) expect(await ask(right)).toBe('remembered');
    expect([await ask('guess 1'), await ask('guess 2'), await ask('guess 3')]).toEqual(['wrong', 'wrong', '429']);
    clock.ms = 300_000;
    expect(await ask(right)).toBe('fresh');
  });

  it('tell a guesser beyond the tries nothing, also where the right one was just remembered', async () => {
    const { ask } = await open();
    expect(await ask(right)).toBe('fresh');
    await ask('guess 1');
    await ask('guess 2');
    const answers = [];
    for (const guess of ['guess 3', right, 'guess 4']) answers.push(await ask(guess));
    expect(answers).toEqual(['429', '429', '429']);
  });

  it('go on from where they were right while somebody guesses elsewhere', async () => {
    const { ask } = await open();
    expect(await ask(right)).toBe('fresh');
    for (let at = 0; at < 10; at++) await ask(`guess ${at}`, '198.51.100.7');
    expect([await ask(right, '198.51.100.7'), await ask(right)]).toEqual(['429', 'remembered']);
  });
});
