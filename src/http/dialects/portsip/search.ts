// The vendor's `search`: words, quoted phrases, "and" and "or" (and binds tighter; words beside each other are and), without case.
import { ClientError } from '../../../errors.ts';
import { isIn } from '../texts.ts';
import type { Item } from './fields.ts';

/** One of these must hold: all of its words are somewhere. */
export type Search = readonly (readonly string[])[];

const limits = { length: 500, words: 20 };
const searched = ['caller', 'callee', 'caller_display_name', 'callee_display_name', 'did_cid', 'trunk'] as const;

/** Of nothing but space: null, all calls. @throws ClientError 400, with the character (from 1) at which it goes wrong */
export function readSearch(text: string): Search | null {
  if (text.length > limits.length) throw fault(`found ${text.length} characters, expected at most ${limits.length}`);
  const tokens = [...text.matchAll(/"([^"]*)"|[^\s"]+|"/g)];
  if (tokens.length === 0) return null;
  const either: string[][] = [[]];
  let words = 0;
  let isOpen = true;
  for (const { 0: raw, 1: phrase, index } of tokens) {
    const at = index + 1;
    if (raw === '"') throw fault(`at ${at}: found a phrase without its end, expected a closing "`);
    const joint = phrase === undefined ? raw.toLowerCase() : '';
    if (joint === 'or' || joint === 'and') {
      if (isOpen) throw fault(`at ${at}: found ${raw}, expected a word`);
      if (joint === 'or') either.push([]);
      isOpen = true;
      continue;
    }
    words += 1;
    if (words > limits.words) throw fault(`at ${at}: found more than ${limits.words} words`);
    either.at(-1)!.push(phrase ?? raw);
    isOpen = false;
  }
  if (isOpen) throw fault(`at ${text.length + 1}: found the end, expected a word`);
  return either;
}

export function isFound(search: Search, item: Item): boolean {
  const texts = searched.map((field) => item[field]);
  return search.some((words) => words.every((word) => isIn(word, texts)));
}

function fault(message: string): ClientError {
  return new ClientError(400, `search: ${message}`, [{ field: 'search', message }]);
}
