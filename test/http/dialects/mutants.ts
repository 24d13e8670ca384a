// Every way to be wrong in one thing that an expected answer can have: each of them must be noticed, or the pair holds nothing.
import type { Expected } from './pairs.ts';

export interface Mutant {
  what: string;
  expected: Expected;
}

export function* mutantsOf(expected: Expected): Generator<Mutant> {
  yield { what: 'status', expected: { ...expected, status: expected.status + 1 } };
  for (const [name, value] of Object.entries(expected.headers)) {
    const headers = { ...expected.headers, [name]: value === null ? 'mutant' : `${value}mutant` };
    yield { what: `header ${name}`, expected: { ...expected, headers } };
  }
  if (!/^[[{]/.test(expected.body)) {
    yield { what: 'body', expected: { ...expected, body: `${expected.body}mutant` } };
    return;
  }
  for (const [what, body] of changed(JSON.parse(expected.body), 'body')) {
    yield { what, expected: { ...expected, body: JSON.stringify(body) } };
  }
}

/** The value with one thing changed, for every thing in it: another value, a field more, a field less. */
function* changed(value: unknown, path: string): Generator<[what: string, value: unknown]> {
  if (Array.isArray(value)) {
    const list = value as unknown[];
    yield [`${path}: one more`, [...list, 'mutant']];
    if (list.length > 0) yield [`${path}: one less`, list.slice(1)];
    for (const [at, item] of list.entries()) {
      for (const [what, other] of changed(item, `${path}[${at}]`)) yield [what, list.with(at, other)];
    }
  } else if (typeof value === 'object' && value !== null) {
    yield [`${path}: a field more`, { ...value, mutant: 'mutant' }];
    for (const [name, item] of Object.entries(value)) {
      const others = Object.entries(value).filter(([other]) => other !== name);
      yield [`${path}.${name}: gone`, Object.fromEntries(others)];
      for (const [what, other] of changed(item, `${path}.${name}`)) yield [what, { ...value, [name]: other }];
    }
  } else if (typeof value === 'string') yield [path, `${value}mutant`];
  else if (typeof value === 'number') yield [path, value + 1];
  else yield [path, value === null ? 'mutant' : null];
}
