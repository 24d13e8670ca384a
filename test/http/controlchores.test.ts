// What the daemon's own door says of a reconcile while the store is away; how one goes is tested with tables.
import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { registerControlChores } from '../../src/http/controlchores.ts';
import type { ControlContext } from '../../src/http/controlrooms.ts';
import { problemOf, sendProblem } from '../../src/http/problem.ts';
import { silent } from '../support/store.ts';

it('a reconcile does not begin while the store is away or takes no records, and one that runs says that it waits', async () => {
  let begun = 0;
  const progress = () => ({ system: 'pbx1', state: 'running', rows: 5, reached: null, started: 1 });
  const start = async () => void (begun += 1);
  let isAway = true;
  const ingest: { storeFault: string | null } = { storeFault: null };
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, problemOf(error, silent, '1 byte')));
  registerControlChores(app, {
    chores: [{ system: 'pbx1', reconcile: { progress, start, last: () => null } }],
    store: {
      probe: async () => {
        if (isAway) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      },
    },
    ingest,
  } as unknown as ControlContext);
  const ask = async (method: 'GET' | 'POST') => {
    const { statusCode, body } = await app.inject({
      method,
      url: '/reconcile',
      ...(method === 'POST' && { body: {} }),
    });
    return { statusCode, body };
  };
  const away = await ask('POST');
  expect([away.statusCode, begun]).toEqual([503, 0]);
  isAway = false;
  ingest.storeFault = 'the disk is full (SQLITE_FULL)';
  const full = await ask('POST');
  expect([full.statusCode, begun]).toEqual([503, 0]);
  expect(full.body).toContain('the store does not take records: the disk is full (SQLITE_FULL)');
  expect(JSON.parse((await ask('GET')).body)).toEqual([{ ...progress(), waitsFor: ingest.storeFault, last: null }]);
  ingest.storeFault = null;
  expect([(await ask('POST')).statusCode, begun]).toEqual([200, 1]);
  await app.close();
});
