// A filter as words, texts, numbers and signs, each with its place.
import type { ClientError } from '../../../errors.ts';

/** `at` counts characters from 1. */
export type Token = { at: number; raw: string } & (
  | { is: 'word'; value: string }
  | { is: 'text'; value: string }
  | { is: 'number'; value: number }
  | { is: '(' | ')' | ',' }
  | { is: 'end' }
);

/** Of what was found, in a message. */
const shownMax = 40;

export class Tokens {
  readonly #text: string;
  readonly #fault: (message: string) => ClientError;
  #at = 0;
  #peeked: Token | null = null;

  constructor(text: string, fault: (message: string) => ClientError) {
    this.#text = text;
    this.#fault = fault;
  }

  peek(): Token {
    return (this.#peeked ??= this.#read());
  }

  /** @throws ClientError 400 for what is no token */
  next(): Token {
    const token = this.peek();
    this.#peeked = null;
    return token;
  }

  expect(sign: '(' | ')' | ',', expected: string): void {
    const token = this.next();
    if (token.is !== sign) throw this.unexpected(token, expected);
  }

  unexpected(token: Token, expected: string): ClientError {
    const shown = token.raw.length > shownMax ? `${token.raw.slice(0, shownMax)}…` : token.raw;
    return this.wrong(token, `found ${token.is === 'end' ? 'the end' : shown}, expected ${expected}`);
  }

  wrong({ at }: Pick<Token, 'at'>, message: string): ClientError {
    return this.#fault(`at ${at}: ${message}`);
  }

  #read(): Token {
    const space = /\s*/y;
    space.lastIndex = this.#at;
    const start = this.#at + space.exec(this.#text)![0].length;
    const at = start + 1;
    const first = this.#text[start];
    if (first === undefined) return { is: 'end', at, raw: '' };
    const match = this.#match(start);
    if (match === null) {
      if (first === "'") throw this.wrong({ at }, "found a text without its end, expected a closing '");
      throw this.wrong({ at }, `found ${JSON.stringify(first)}, expected a field, a word or a literal`);
    }
    this.#at = start + match.length;
    if (first === "'") return { is: 'text', at, raw: match, value: match.slice(1, -1).replaceAll("''", "'") };
    if (first === '(' || first === ')' || first === ',') return { is: first, at, raw: match };
    if (/[-\d]/.test(first)) return { is: 'number', at, raw: match, value: Number(match) };
    return { is: 'word', at, raw: match, value: match };
  }

  #match(start: number): string | null {
    const token = /'(?:[^']|'')*'|[(),]|-?\d+(?:\.\d+)?(?![\w.:-])|[A-Za-z_]\w*/y;
    token.lastIndex = start;
    return token.exec(this.#text)?.[0] ?? null;
  }
}
