// In the thread of searches (searchthread.ts): one read-only connection, a statement for each question. Faults are told, not thrown.
import type { MessagePort } from 'node:worker_threads';
import { codeOf, messageOf, Unavailable } from '../errors.ts';
import { inodeOf, openReadOnly } from './readonly.ts';
import type { Value } from './sql.ts';
import { standBack } from './thread.ts';

/** Of the store: another file of the same name is not taken for it. */
export interface Place {
  file: string;
  inode: number | null;
}

export interface Question {
  id: number;
  sql: string;
  values: readonly Value[];
}

/** Cells of all rows, one row after the other: of many rows a list costs the loop a fifth of what objects do. */
export type Answer =
  { id: number; columns: string[]; cells: Value[] } | { id: number; message: string; code: string | undefined };

/** Runs in the thread until it is told null. */
export async function run(port: MessagePort, { file, inode }: Place): Promise<void> {
  standBack();
  if (inodeOf(file) !== inode) throw new Unavailable(`the store's file ${file} was removed or replaced`);
  const { prepared, close } = await openReadOnly(file);
  port.on('message', (question: Question | null) => {
    if (question === null) {
      close();
      port.close();
      return;
    }
    const { id, sql, values } = question;
    try {
      const statement = prepared(sql).raw(true);
      const cells = (statement.all(...values) as Value[][]).flat();
      port.postMessage({ id, columns: statement.columns().map(({ name }) => name), cells } satisfies Answer);
    } catch (error) {
      port.postMessage({ id, message: messageOf(error), code: codeOf(error) } satisfies Answer);
    }
  });
}
