// Asking the daemon over its socket, when it does not get to its answer.
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { call } from '../../src/commands/daemon.ts';
import { Unavailable } from '../../src/errors.ts';
import { tempFolder } from '../support/store.ts';

const { folder, remove } = tempFolder();
afterAll(remove);

/** Asks one who does this with the request. */
async function asked(name: string, answer: (socket: Socket) => unknown): Promise<unknown> {
  const server = createServer((socket) => socket.once('data', () => answer(socket)));
  const path = join(folder, name);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const given = await call(path, 'POST', '/classify', {}).catch((error: unknown) => error);
  await new Promise((resolve) => server.close(resolve));
  return given;
}

describe('a command that asks the daemon', () => {
  const gone = new Unavailable('the daemon went away while it was asked: what it has done stays, its log says why');

  it('says that it went away, before its answer or in the middle of it', async () => {
    expect(await asked('before', (socket) => socket.destroy())).toEqual(gone);
    const half = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"looked":';
    expect(await asked('middle', (socket) => socket.write(half, () => socket.destroy()))).toEqual(gone);
  });

  it('names the socket when nobody is there', async () => {
    const path = join(folder, 'nobody');
    const message = `another cdrd command or daemon holds the data folder, and its socket ${path} cannot be used: ENOENT`;
    await expect(call(path, 'GET', '/jobs', undefined)).rejects.toEqual(new Unavailable(message));
  });
});
