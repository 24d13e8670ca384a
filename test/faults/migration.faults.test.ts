// kill -9 while the first start makes the store: the next start finishes it.
import { expect, inject, it } from 'vitest';
import { writeConfig } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';
import { databaseOn } from './databases.ts';
import { isNightly, randomFor } from './seed.ts';
import { recordsAt } from './verdict.ts';
import { startVictim } from './victim.ts';

/** More tables and migrations than there will be soon: the loop ends by itself. */
const passesMax = 100;

async function killAtEveryPass(name: string, storeUrl: (folder: string) => Promise<string>): Promise<number> {
  let killed = 0;
  for (let pass = 1; pass <= passesMax; pass += 1) {
    const { folder, remove } = tempFolder();
    const config = writeConfig(folder, { store: { url: await storeUrl(folder), data_dir: folder } });
    const first = startVictim(config, `${name}:${pass}`);
    const isUp = (await first.up) !== null;
    if (isUp) first.child.kill('SIGKILL');
    await first.gone;
    const second = startVictim(config);
    const url = await second.up;
    if (url === null) throw new Error(`killed at pass ${pass} of "${name}", the next start failed: ${second.said()}`);
    expect(await recordsAt(url)).toEqual([]);
    second.child.kill('SIGKILL');
    await second.gone;
    remove();
    if (isUp) return killed;
    killed += 1;
    // CI's form takes some of them; a migration's end comes seldom, and each is taken.
    if (!isNightly && name === 'table made') pass += randomFor(`${name} ${pass}`).whole(5, 11);
  }
  return killed;
}

for (const name of ['table made', 'migration done']) {
  it(`SQLite: survives kill -9 at "${name}" of its first start`, async () => {
    expect(await killAtEveryPass(name, async (folder) => `sqlite:${folder}/cdrd.db`)).toBeGreaterThan(1);
  });

  it(`MariaDB: survives kill -9 at "${name}" of its first start`, async () => {
    expect(await killAtEveryPass(name, () => databaseOn(inject('mariadb').rootUrl))).toBeGreaterThan(1);
  });
}
