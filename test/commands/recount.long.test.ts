// cdrd recount where another one ends it: nobody has used the command wrongly.
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { controlPath } from '../../src/http/control.ts';
import { holdFolder } from '../../src/store/lock.ts';
import { cdrd, writeConfig } from '../support/daemon.ts';
import { tempFolder } from '../support/store.ts';

it('recount ends with 69 when another recount has begun', async () => {
  const { folder, remove } = tempFolder();
  onTestFinished(remove);
  const config = writeConfig(folder, {});
  await cdrd(['--config', config, 'migrate']);
  // In the place of a daemon, which another command asks at the same time.
  const release = holdFolder(folder)!;
  onTestFinished(release);
  const daemon = createServer((_request, response) => {
    response.writeHead(409, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ detail: 'another recount has begun' }));
  });
  await new Promise<void>((resolve) => daemon.listen(controlPath(folder), resolve));
  onTestFinished(() => void daemon.close());
  const { code, stderr } = await cdrd(['--config', config, 'recount']);
  expect({ code, stderr }).toEqual({ code: 69, stderr: 'cdrd: another recount has begun\n' });
});
