import { expect, it } from 'vitest';
import { pino } from 'pino';
import { fillCalls } from '../../src/ingest/callfill.ts';

/** A store with so many slices, and what the log says. */
function house(slices: (number | Error)[]) {
  const said: string[] = [];
  const write = (line: string) => void said.push((JSON.parse(line) as { msg: string }).msg);
  const left = [...slices];
  const store = {
    fillCalls: async () => {
      const next = left.shift() ?? 0;
      if (next instanceof Error) throw next;
      return next;
    },
    isPassing: (error: unknown) => error instanceof Error && error.message === 'away',
  };
  return { said, log: pino({ level: 'info' }, { write }), store, left };
}

it('goes on until every record has its call, and says so', async () => {
  const { said, ...rooms } = house([200, 200, 7]);
  await fillCalls({ ...rooms, signal: new AbortController().signal });
  expect(said).toEqual([
    'older records and calls are worked out anew, the newest first',
    'every record has its call',
  ]);
});

it('says nothing where there is nothing to do', async () => {
  const { said, ...rooms } = house([]);
  await fillCalls({ ...rooms, signal: new AbortController().signal });
  expect(said).toEqual([]);
});

it('stops with the daemon, also while the store is away', async () => {
  const { said, left, ...rooms } = house([200, new Error('away'), 200]);
  const stop = new AbortController();
  const filling = fillCalls({ ...rooms, signal: stop.signal });
  await expect.poll(() => left.length).toBe(1);
  stop.abort();
  await filling;
  expect([left, said.length]).toEqual([[200], 1]);
});

it('gives up where something of ours is broken', async () => {
  const { log, store } = house([new Error('a bug')]);
  await expect(fillCalls({ log, store, signal: new AbortController().signal })).rejects.toThrow('a bug');
});
