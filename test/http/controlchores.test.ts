// What the daemon's own door says of a reconcile while the store is away, or without tables; how one goes is tested with them.
import { fastify } from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
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

it('says that no system has a table where none has, and which have where another is named', async () => {
  const app = fastify();
  onTestFinished(() => app.close());
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, problemOf(error, silent, '1 byte')));
  registerControlChores(app, { chores: [] } as unknown as ControlContext);
  const detailOf = async (body: object): Promise<unknown> => {
    const answer = await app.inject({ method: 'POST', url: '/reconcile', body });
    return answer.json<{ detail: string }>().detail;
  };
  expect(await detailOf({})).toBe('no system has a table');
  expect(await detailOf({ system: 'pbx9' })).toBe('there is no system pbx9 with a table; systems with one: none');
});
