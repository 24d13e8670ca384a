// The vendor's `filter`: a strict subset of OData 4.01 (part 2, §5.1.1), read into a tree. Whatever is wrong is told with its place.
//
//   or-of    := and-of { "or" and-of }
//   and-of   := unary { "and" unary }
//   unary    := "not" unary | "(" or-of ")" | FUNCTION "(" FIELD "," TEXT ")" | FIELD OPERATOR LITERAL
//   LITERAL  := 'text', a quote in it doubled | number | null; times are texts in RFC 3339
import { ClientError } from '../../../errors.ts';
import { fieldKinds, fieldNames, isField, keyOf, type Field } from './fields.ts';
import { Tokens, type Token } from './tokens.ts';

export const operators = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;
export type Operator = (typeof operators)[number];
export const functions = ['startswith', 'endswith', 'contains'] as const;
export type TextFunction = (typeof functions)[number];

export type Filter =
  | { is: 'compare'; field: Field; operator: Operator; value: string | number | null }
  | { is: 'text'; does: TextFunction; field: Field; text: string }
  | { is: 'and' | 'or'; parts: readonly Filter[] }
  | { is: 'not'; part: Filter };

export const filterLimits = {
  /** Characters of all of it. */
  length: 4096,
  /** `not` and parentheses inside each other. */
  depth: 20,
  /** Comparisons and functions. */
  terms: 100,
};

/** @throws ClientError 400, which names the character (from 1) at which it goes wrong */
export function readFilter(text: string): Filter {
  if (text.length > filterLimits.length)
    throw fault(`found ${text.length} characters, expected at most ${filterLimits.length}`);
  const tokens = new Tokens(text, fault);
  const state = { tokens, terms: 0 };
  const filter = orOf(state, 0);
  const rest = tokens.next();
  if (rest.is !== 'end') throw tokens.unexpected(rest, '"and", "or" or the end');
  return filter;
}

interface State {
  tokens: Tokens;
  terms: number;
}

function orOf(state: State, depth: number): Filter {
  return manyOf(state, 'or', () => manyOf(state, 'and', () => unary(state, depth)));
}

function manyOf({ tokens }: State, word: 'and' | 'or', part: () => Filter): Filter {
  const parts = [part()];
  while (isWord(tokens.peek(), word)) {
    tokens.next();
    parts.push(part());
  }
  return parts.length === 1 ? parts[0]! : { is: word, parts };
}

function unary(state: State, depth: number): Filter {
  const { tokens } = state;
  const token = tokens.next();
  if (depth > filterLimits.depth)
    throw tokens.wrong(token, `found more than ${filterLimits.depth} levels of "not" and parentheses`);
  if (isWord(token, 'not')) return { is: 'not', part: unary(state, depth + 1) };
  if (token.is === '(') {
    const filter = orOf(state, depth + 1);
    tokens.expect(')', '"and", "or" or ")"');
    return filter;
  }
  state.terms += 1;
  if (state.terms > filterLimits.terms)
    throw tokens.wrong(token, `found more than ${filterLimits.terms} comparisons and functions`);
  const does = functions.find((name) => isWord(token, name));
  return does === undefined ? comparison(state, token) : textFunction(state, does);
}

function textFunction({ tokens }: State, does: TextFunction): Filter {
  tokens.expect('(', '"("');
  const named = tokens.next();
  const field = fieldIn(tokens, named);
  if (fieldKinds[field] === 'number' || fieldKinds[field] === 'time')
    throw tokens.wrong(named, `found ${field}, a ${fieldKinds[field]}, expected a field of text`);
  tokens.expect(',', '","');
  const text = tokens.next();
  if (text.is !== 'text') throw tokens.unexpected(text, "a text like 'x'");
  tokens.expect(')', '")"');
  return { is: 'text', does, field, text: text.value };
}

function comparison({ tokens }: State, named: Token): Filter {
  const field = fieldIn(tokens, named);
  const second = tokens.next();
  const operator = operators.find((word) => isWord(second, word));
  if (operator === undefined) throw tokens.unexpected(second, `one of ${operators.join(', ')}`);
  const literal = tokens.next();
  if (isWord(literal, 'null')) {
    if (operator !== 'eq' && operator !== 'ne')
      throw tokens.wrong(literal, `found null after ${operator}, expected it after eq or ne`);
    return { is: 'compare', field, operator, value: null };
  }
  return { is: 'compare', field, operator, value: valueIn(tokens, field, literal) };
}

function valueIn(tokens: Tokens, field: Field, literal: Token): string | number {
  const kind = fieldKinds[field];
  if (kind === 'number') {
    if (literal.is !== 'number') throw tokens.unexpected(literal, `a number or null for ${field}`);
    return literal.value;
  }
  if (kind === 'time') {
    const isTime = literal.is === 'text' && (literal.value === '' || keyOf(field, literal.value) !== null);
    if (!isTime)
      throw tokens.unexpected(literal, `a time in quotes like '2026-11-20T09:00:00Z', or null, for ${field}`);
    return literal.value;
  }
  if (literal.is !== 'text') throw tokens.unexpected(literal, `a text in quotes like 'x', or null, for ${field}`);
  return literal.value;
}

function fieldIn(tokens: Tokens, token: Token): Field {
  if (token.is === 'word' && isField(token.value)) return token.value;
  throw tokens.unexpected(token, `a field, one of ${fieldNames.join(', ')}`);
}

function isWord(token: Token, word: string): boolean {
  return token.is === 'word' && token.value === word;
}

function fault(message: string): ClientError {
  return new ClientError(400, `filter: ${message}`, [{ field: 'filter', message }]);
}
