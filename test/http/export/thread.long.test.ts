// The thread of exports: there when it is needed, gone when it is not, and never the end of the daemon.
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExportThread, type Piece } from '../../../src/http/export/thread.ts';
import type { Look } from '../../../src/http/export/render.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { someCdr } from '../../support/rows.ts';
import { ann, appendTo, silent, tempFolder } from '../../support/store.ts';
import { until } from '../../support/until.ts';

const look: Look = { format: 'ndjson', columns: ['id'], zone: 'UTC', hasHeader: true, isGuarded: true };
const everything = { query: { within: null }, look };

describe('the thread of exports', () => {
  let remove: () => void;
  let store: Store;
  let thread: ExportThread;
  beforeEach(async () => {
    const temp = tempFolder();
    remove = temp.remove;
    store = await openStore({ url: `sqlite:${temp.folder}/cdrd.db` }, silent);
    const cdrs = (from: number) => Array.from({ length: 1000 }, (_, at) => someCdr(from + at));
    for (let from = 0; from < 40_000; from += 1000) await appendTo(store, 'pbx1/table', cdrs(from));
    thread = new ExportThread(store.whereabouts, silent, 100);
  });
  afterEach(async () => {
    await thread.close();
    await store.close();
    remove();
  });

  const all = async (pieces: AsyncGenerator<Piece, void>) => {
    let text = '';
    for await (const { bytes } of pieces) text += Buffer.from(bytes).toString();
    return text;
  };

  it('starts with the first export, serves several at once, and ends when there has been none for a while', async () => {
    expect(thread.isRunning).toBe(false);
    const texts = await Promise.all([1, 2, 3].map(() => all(thread.read(everything))));
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]!.split('\n')).toHaveLength(40_001);
    expect(thread.isRunning).toBe(true);
    await until(() => !thread.isRunning, 'the thread to end');
    expect((await all(thread.read(everything))).length).toBe(texts[0]!.length);
  });

  it('stands back behind the loop of the daemon', async () => {
    // Field 19 of stat (proc_pid_stat(5)) is how far a thread stands back.
    const niceOf = (task: string) =>
      Number(readFileSync(`/proc/self/task/${task}/stat`, 'utf8').split(') ')[1]!.split(' ')[16]);
    const own = niceOf(String(process.pid));
    const isBack = () => readdirSync('/proc/self/task').some((task) => niceOf(task) === Math.max(own, 10));
    const wasBack = isBack();
    const pieces = thread.read(everything);
    await pieces.next();
    expect([wasBack, isBack()]).toEqual([own >= 10, true]);
    expect(niceOf(String(process.pid))).toBe(own);
    await pieces.return();
  });

  it('renders no more than a little ahead of who takes it', async () => {
    const pieces = thread.read({ ...everything, look: { ...look, columns: null } });
    const first = await pieces.next();
    expect(first.value!.rows).toBeLessThan(1000);
    // Hidden now, so a thread that had run ahead would still tell it.
    for (let id = 39_990; id <= 40_000; id++) await store.hide({ id, by: ann, now: 1, within: null });
    let rows = first.value!.rows;
    for await (const piece of pieces) rows += piece.rows;
    expect(rows).toBe(39_989);
  });

  it('ends a broken export with an error, and serves the next', async () => {
    const pieces = thread.read(everything);
    await pieces.next();
    await thread.close();
    await expect(all(pieces)).rejects.toThrow('the store cannot be read: the thread of exports ended');
    expect((await all(thread.read(everything))).split('\n')).toHaveLength(40_001);
  });
});
