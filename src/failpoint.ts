// Named places at which a test may let this process die as by kill -9. Armed by the environment of the start alone:
// no interface, file or message reaches this. Unarmed, a place costs one comparison.
import { ConfigError } from './errors.ts';

/** Between two steps of the path of a record, where a power cut could fall. */
export const failpoints = [
  'table made',
  'migration done',
  'transaction begun',
  'records written',
  'records removed',
  'changes written',
  'before commit',
  'after commit',
  'before wake',
  'change told',
  'frame written',
  'row buffered',
  'rows taken',
  'page stored',
  'before answer',
  'after answer',
] as const;
export type Failpoint = (typeof failpoints)[number];

let armed: Failpoint | undefined;
let passesLeft = 0;

/**
 * `NAME:N` is death at the N-th pass of that place. To be called once, by the process edge, before anything is opened.
 * Gives back the sentence for the log, undefined when nothing is armed. @throws ConfigError
 */
export function armFailpoint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [, name, count] = /^([a-z ]+):([1-9]\d{0,8})$/.exec(text) ?? [];
  armed = failpoints.find((known) => known === name);
  if (armed === undefined) {
    const expected = `one of ${failpoints.join(', ')}, with the pass after it, like "after commit:3"`;
    throw new ConfigError(`CDRD_FAILPOINT: found ${JSON.stringify(text)}, expected ${expected}`);
  }
  passesLeft = Number(count);
  return `a failpoint is armed (CDRD_FAILPOINT): this process kills itself at pass ${count} of "${name}"`;
}

/** Passes a named place. */
export function failpoint(name: Failpoint): void {
  if (name !== armed) return;
  passesLeft -= 1;
  if (passesLeft === 0) process.kill(process.pid, 'SIGKILL');
}
