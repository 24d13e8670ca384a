// The daemon's own door: a Unix socket in the data folder, mode 0600, for commands that write. Who can open it is the daemon's user.
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { fastify } from 'fastify';
import type { Static } from 'typebox';
import { ClientError, messageOf, Unavailable } from '../errors.ts';
import { TokenRequest } from './bodies.ts';
import { registerControlClassify } from './controlclassify.ts';
import { registerControlRecount } from './controlrecount.ts';
import { registerControlProof } from './controlproof.ts';
import { registerControlChores } from './controlchores.ts';
import { registerControlRooms, type ControlContext } from './controlrooms.ts';
import { registerControlImport } from './controlimport.ts';
import { registerControlKeep } from './controlkeep.ts';
import { registerControlUsers } from './controlusers.ts';
import { registerControlWebhooks } from './controlwebhooks.ts';
import { problemOf, sendProblem } from './problem.ts';
import { newValidators } from './validate.ts';

const bodyMax = 1024 * 1024;

export function controlPath(dataFolder: string): string {
  return join(resolve(dataFolder), 'cdrd.sock');
}

/** Whether a daemon listens on the folder: one that is up does, a command that holds the folder does not. */
export async function isListening(dataFolder: string): Promise<boolean> {
  const socket = connect(controlPath(dataFolder));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The caller holds the folder's lock, so a socket left there is a dead one. */
export async function openControl(dataFolder: string, context: ControlContext): Promise<() => Promise<void>> {
  const { store, log } = context;
  const app = fastify({ logger: false, bodyLimit: bodyMax, forceCloseConnections: true });
  app.setValidatorCompiler(newValidators());
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, problemOf(error, log, `${bodyMax} bytes`)));
  app.get('/tokens', () => store.listTokens());
  app.post('/tokens', { schema: { body: TokenRequest } }, (request) =>
    store.createToken(request.body as Static<typeof TokenRequest>, Date.now() * 1000),
  );
  app.delete('/tokens/:id', async (request) => {
    const { id } = request.params as { id: string };
    if (!(await store.revokeToken(Number(id), Date.now() * 1000)))
      throw new ClientError(404, `there is no living token ${id}`);
    return { revoked: Number(id) };
  });
  registerControlUsers(app, store);
  registerControlRooms(app, context);
  registerControlProof(app, store, context.completeness, context.ingest.trace);
  registerControlImport(app, context);
  registerControlKeep(app, context);
  registerControlWebhooks(app, context.webhooks);
  registerControlChores(app, context);
  app.get('/word', () => context.word());
  registerControlClassify(app, context.classifier);
  registerControlRecount(app, store);
  const path = controlPath(dataFolder);
  rmSync(path, { force: true });
  // Made under a umask that gives nobody else a moment with it.
  const umask = process.umask(0o177);
  try {
    await app.listen({ path });
  } catch (error) {
    throw new Unavailable(`the control socket ${path} cannot be opened: ${messageOf(error)}`, { cause: error });
  } finally {
    process.umask(umask);
  }
  chmodSync(path, 0o600);
  return async () => {
    await app.close();
    rmSync(path, { force: true });
  };
}
