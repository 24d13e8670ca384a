// kill -9 while the first start makes the store: the next start goes on.
import { expect, inject, it } from 'vitest';
import { writeConfig } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { databaseOn } from './databases.ts';
import { isNightly, randomFor } from './seed.ts';
import { recordsAt } from './verdict.ts';
import { startVictim } from './victim.ts';

/** More tables and migrations than there will be soon: loops end by themselves. */
const startsMax = 100;

type UrlOf = (folder: string) => Promise<string>;

/** A start that dies at the place, or, where the place is not passed so often, comes up with an empty store. Resolves to whether it died. */
async function startDies(config: string, failpoint?: string): Promise<boolean> {
  const victim = startVictim(config, failpoint);
  const url = await victim.up;
  if (url !== null) {
    expect(await recordsAt(url)).toEqual([]);
    victim.child.kill('SIGKILL');
  }
  const { code, signal } = await victim.gone;
  if (signal !== 'SIGKILL')
    throw new Error(`"${failpoint}": it ended by itself (${code}, ${signal}): ${victim.said()}`);
  return url === null;
}

async function newConfig(storeUrl: UrlOf) {
  const { folder, remove } = tempFolder();
  return { config: writeConfig(folder, { store: { url: await storeUrl(folder), data_dir: folder } }), remove };
}

/** A new store for each kill: a migration that was killed between two of its tables begins again, and passes the first of them anew. */
async function killAtTables(storeUrl: UrlOf): Promise<number> {
  for (let [pass, kills] = [1, 0]; pass <= startsMax; pass += 1, kills += 1) {
    const { config, remove } = await newConfig(storeUrl);
    const hasDied = await startDies(config, `table made:${pass}`);
    if (hasDied) expect(await startDies(config)).toBe(false);
    remove();
    if (!hasDied) return kills;
    // CI's form takes some of them.
    if (!isNightly) pass += randomFor(`table made ${pass}`).whole(5, 11);
  }
  throw new Error(`more than ${startsMax} tables`);
}

/**
 * One store that no start makes whole but the last: each is killed when a migration is done, before its name is written. The first one at the
 * first, the others at the second that they do, so that each comes one further.
 */
async function killAtMigrations(storeUrl: UrlOf): Promise<number> {
  const { config, remove } = await newConfig(storeUrl);
  for (let kills = 0; kills <= startsMax; kills += 1) {
    if (await startDies(config, `migration done:${kills === 0 ? 1 : 2}`)) continue;
    remove();
    return kills;
  }
  throw new Error(`more than ${startsMax} migrations`);
}

for (const [place, run, least] of [
  ['a table made', killAtTables, 3],
  ['each migration done', killAtMigrations, 20],
] as const) {
  it(`SQLite: survives kill -9 at ${place} of its first start`, async () => {
    expect(await run(async (folder) => `sqlite:${folder}/cdrd.db`)).toBeGreaterThan(least);
  });

  it(`MariaDB: survives kill -9 at ${place} of its first start`, async () => {
    expect(await run(() => databaseOn(inject('mariadb').rootUrl))).toBeGreaterThan(least);
  });
}
