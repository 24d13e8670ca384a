// The rows that could not be taken: in a file that can be mended and imported again, and the first ones for the eye.
import { closeSync, openSync, realpathSync, writeSync } from 'node:fs';
import { ClientError, messageOf } from '../errors.ts';
import { remark, type Item } from '../sources/import/item.ts';
import type { RejectOf } from './importrun.ts';
import { plain } from './print.ts';

/** Rejects that are printed when there is no file for them. */
const shownMax = 10;

/**
 * A file is read as one kind: rejects of another kind, or under another first line, get a file of their own beside it,
 * FILE.2, FILE.3, …
 */
export class RejectFile {
  /** The files there are. */
  readonly paths: string[] = [];
  readonly #print: (text: string) => void;
  readonly #inputs: readonly string[];
  readonly #path: string | null;
  readonly #files: number[] = [];
  /** The kind of each file, once it has a row. */
  readonly #kinds: string[] = [];
  #count = 0;

  /**
   * @param path - null: the first ones are printed. An existing file is begun anew.
   * @throws ClientError when it cannot be written, or is one of `inputs`.
   */
  constructor(path: string | null, inputs: readonly string[], print: (text: string) => void) {
    this.#print = print;
    this.#inputs = inputs;
    this.#path = path;
    if (path !== null) this.#open(path);
  }

  /** @throws ClientError when a further file cannot be written. */
  add({ file, format, head }: RejectOf, { line, raw }: Item, reason: string): void {
    this.#count++;
    const text = `${file} line ${line}: ${plain(reason.replace(/^line: /, ''))}`;
    if (this.#path === null) {
      if (this.#count <= shownMax) this.#print(`rejected: ${text}`);
      return;
    }
    const to = this.#fileOf(this.#path, `${format}\n${head?.toString('latin1')}`, head);
    writeSync(to, Buffer.concat([Buffer.from(`${remark}${text}\n`), raw, newline]));
  }

  close(): void {
    for (const file of this.#files) closeSync(file);
    if (this.#path === null && this.#count > shownMax)
      this.#print(`rejected: and ${this.#count - shownMax} more; --rejects FILE keeps them all`);
  }

  #fileOf(path: string, kind: string, head: Buffer | null): number {
    let at = this.#kinds.indexOf(kind);
    if (at < 0) {
      at = this.#kinds.push(kind) - 1;
      if (at > 0) this.#open(`${path}.${at + 1}`);
      if (head) writeSync(this.#files[at]!, Buffer.concat([head, newline]));
    }
    return this.#files[at]!;
  }

  #open(path: string): void {
    this.#files.push(openNew(path, this.#inputs));
    this.paths.push(path);
  }
}

const newline = Buffer.from('\n');

function openNew(path: string, inputs: readonly string[]): number {
  const target = realOf(path);
  if (inputs.some((input) => input !== '-' && realOf(input) === target))
    throw new ClientError(400, `--rejects: ${path} is a file that is to be imported; it would be emptied`);
  try {
    // It holds people's numbers.
    return openSync(path, 'w', 0o600);
  } catch (error) {
    throw new ClientError(400, `--rejects: ${path} cannot be written: ${messageOf(error)}`);
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
