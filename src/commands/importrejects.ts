// The rows that could not be taken: in a file that can be mended and imported again, and the first ones for the eye.
import { closeSync, openSync, realpathSync, writeSync } from 'node:fs';
import { ClientError, messageOf } from '../errors.ts';
import { remark, type Item } from '../sources/import/item.ts';
import { plain } from './print.ts';

/** Rejects that are printed when there is no file for them. */
const shownMax = 10;

export class RejectFile {
  readonly #print: (text: string) => void;
  readonly #file: number | null;
  #head: Buffer | null = null;
  #count = 0;

  /**
   * @param path - null: the first ones are printed. An existing file is begun anew.
   * @throws ClientError when it cannot be written, or is one of `inputs`.
   */
  constructor(path: string | null, inputs: readonly string[], print: (text: string) => void) {
    this.#print = print;
    this.#file = path === null ? null : openNew(path, inputs);
  }

  /** @param head - the first line of its file, where that names the columns. */
  add(file: string, head: Buffer | null, { line, raw }: Item, reason: string): void {
    this.#count++;
    const text = `${file} line ${line}: ${plain(reason.replace(/^line: /, ''))}`;
    if (this.#file === null) {
      if (this.#count <= shownMax) this.#print(`rejected: ${text}`);
      return;
    }
    if (head && !this.#head?.equals(head)) {
      writeSync(this.#file, Buffer.concat([head, newline]));
      this.#head = head;
    }
    writeSync(this.#file, Buffer.concat([Buffer.from(`${remark}${text}\n`), raw, newline]));
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    else if (this.#count > shownMax)
      this.#print(`rejected: and ${this.#count - shownMax} more; --rejects FILE keeps them all`);
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
