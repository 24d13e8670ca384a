// Searches: short ones at once, long ones by turns and not too many of them.
import { expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { Searches } from '../../src/store/searches.ts';
import type { Database, Sql } from '../../src/store/sql.ts';

/** Says where each piece was done. */
function openWhere() {
  const done: string[] = [];
  const at =
    (where: string) =>
    async <T>(work: (sql: Sql) => Promise<T>): Promise<T> => {
      const result = await work({} as Sql);
      done.push(where);
      return result;
    };
  return { searches: new Searches({ read: at('here'), search: at('aside') } as unknown as Database), done };
}

it('does what takes little at once, and what takes longer aside', async () => {
  const { searches, done } = openWhere();
  const found = await searches.run(20, async (piece) => {
    for (let at = 0; at < 3; at += 1) await piece(async () => undefined);
    await piece(() => delay(25));
    return (await piece(async () => 'all')).result;
  });
  expect(found).toBe('all');
  expect(done).toEqual(['here', 'here', 'here', 'here', 'aside']);
});

it('does aside what may look at any number of things', async () => {
  const { searches, done } = openWhere();
  await searches.run(1000, async (piece) => {
    await piece(async () => undefined);
    await piece(async () => undefined, true);
    await piece(async () => undefined);
  });
  expect(done).toEqual(['here', 'aside', 'aside']);
});

it('lets one piece of all long searches be done at a time, and refuses those that are too many', async () => {
  const { searches } = openWhere();
  let atOnce = 0;
  let most = 0;
  const long = () =>
    searches.run(0, async (piece) => {
      for (let at = 0; at < 4; at += 1)
        await piece(async () => {
          most = Math.max(most, (atOnce += 1));
          await delay(1);
          atOnce -= 1;
        }, true);
    });
  const answers = await Promise.allSettled(Array.from({ length: 18 }, long));
  expect(most).toBe(1);
  const refused = answers.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(2);
  expect(refused[0]).toMatchObject({ reason: { status: 429, retryAfter: 5 } });
  // Whoever was refused takes no place, and whoever is done gives its own back.
  expect((await Promise.allSettled(Array.from({ length: 16 }, long))).map(({ status }) => status)).not.toContain(
    'rejected',
  );
});
