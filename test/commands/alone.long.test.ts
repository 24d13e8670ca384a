// Commands beside a daemon that has their store open and another data folder: none may write where it does not hear of it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { holdFolder, holdStore } from '../../src/store/lock.ts';
import { cdrd, writeConfig } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';

it('a store that a daemon with another data folder has open is left alone by every command', async () => {
  const { folder, remove } = tempFolder();
  const url = `sqlite:${join(folder, 'other.db')}`;
  const config = writeConfig(folder, { store: { url, data_dir: join(folder, 'own') }, systems: [{ name: 'pbx1' }] });
  const file = join(folder, 'calls.jsonl');
  const row = { uniqueid: '1795314479.1', start: '2026-11-22T03:15:29Z', duration: 5, disposition: 'BUSY' };
  writeFileSync(file, `${JSON.stringify(row)}\n`);
  const release = holdStore(url)!;
  try {
    const commands = [['import', file], ['migrate'], ['token', 'create', 'x']];
    const runs = await Promise.all(commands.map((words) => cdrd(['--config', config, ...words])));
    for (const [at, { code, stderr }] of runs.entries()) {
      expect([commands[at], code, stderr]).toEqual([
        commands[at],
        69,
        expect.stringContaining(`another cdrd has the store ${url} open, with another data folder than `),
      ]);
    }
  } finally {
    release();
    remove();
  }
}, 30_000);

it('a daemon says that a command may hold its data folder, where no daemon listens on it', async () => {
  const { folder, remove } = tempFolder();
  const config = writeConfig(folder, { store: { data_dir: folder }, systems: [] });
  const release = holdFolder(folder)!;
  try {
    expect(await cdrd(['run', '--config', config])).toEqual({
      code: 69,
      stdout: '',
      stderr: `cdrd: another cdrd holds the data folder ${folder} and does not listen: a command at work, such as "cdrd import", or a daemon that starts or ends\n`,
    });
  } finally {
    release();
    remove();
  }
}, 30_000);
