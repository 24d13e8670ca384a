// Golden pairs: a request and the whole answer to it, as text (README.md beside this file says how they are written). Read and judged here.

export interface Expected {
  status: number;
  /** By lower-case name; null: the header must not be there. */
  headers: Record<string, string | null>;
  body: string;
}

export interface Pair {
  title: string;
  line: number;
  /** Lines `@name value` before the request. */
  settings: Record<string, string>;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  expected: Expected;
}

export interface Answered {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** Values of the world, and those that answers have told. */
export type Known = Map<string, string>;

/** @throws Error with the line of what cannot be read */
export function readPairs(text: string): { settings: Record<string, string>; pairs: Pair[] } {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, at) => (line.startsWith('### ') ? [at] : []));
  const settings = settingsOf(lines.slice(0, starts[0] ?? lines.length));
  const pairs = starts.map((start, at) => readPair(lines.slice(start, starts[at + 1] ?? lines.length), start + 1));
  return { settings, pairs };
}

function readPair(lines: string[], line: number): Pair {
  const at = lines.findIndex((text) => /^HTTP \d{3}$/.test(text));
  if (at < 0) throw new Error(`line ${line}: a pair needs an answer, a line like "HTTP 200"`);
  const title = lines[0]!.slice(4).trim();
  const asked = lines.slice(1, at);
  const first = asked.findIndex((text) => /^[A-Z]+ \//.test(text));
  if (first < 0) throw new Error(`line ${line}: a pair needs a request, a line like "GET /api/cdrs"`);
  const [method = '', url = ''] = asked[first]!.split(/ (.*)/);
  const request = headAndBody(asked.slice(first + 1));
  const answer = headAndBody(lines.slice(at + 1));
  const expected = Object.entries(answer.headers).map(([name, value]) => [name, value === '(none)' ? null : value]);
  return {
    ...{ title, line, settings: settingsOf(asked.slice(0, first)), method, url, ...request },
    expected: {
      status: Number(lines[at]!.slice(5)),
      headers: Object.fromEntries(expected) as Expected['headers'],
      body: answer.body,
    },
  };
}

function settingsOf(lines: readonly string[]): Record<string, string> {
  const settings = lines.flatMap((line) => {
    const [, name, value] = /^@(\w+) (.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value] as [string, string]];
  });
  return Object.fromEntries(settings);
}

function headAndBody(lines: readonly string[]): { headers: Record<string, string>; body: string } {
  const end = lines.indexOf('') < 0 ? lines.length : lines.indexOf('');
  const headers = lines.slice(0, end).map((line) => {
    const [name = '', value] = line.split(/: ?(.*)/s);
    if (value === undefined) throw new Error(`"${line}" is no header`);
    return [name.toLowerCase(), value];
  });
  return { headers: Object.fromEntries(headers) as Record<string, string>, body: lines.slice(end).join('\n').trim() };
}

const kinds: Record<string, string> = {
  time: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z',
  instant: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{6})?Z',
  second: '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d',
  offset: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+00:00',
  secret: '[A-Za-z0-9_.~+/=-]{16,}',
  number: '\\d+',
};

const placeholder = /\{\{(\w+)(?::(\w+))?\}\}/g;

/** `{{NAME}}` by what is known. @throws Error for a name nobody has told */
export function filled(text: string, known: Known): string {
  return text.replace(placeholder, (_whole, name: string) => {
    const value = known.get(name);
    if (value === undefined) throw new Error(`{{${name}}} is not known`);
    return value;
  });
}

/** What does not fit, null when all does; values that the answer tells are kept in `known`. */
export function misfitOf(expected: Expected, answered: Answered, known: Known): string | null {
  if (answered.status !== expected.status) return `status: ${answered.status}, expected ${expected.status}`;
  for (const [name, value] of Object.entries(expected.headers)) {
    const found = answered.headers[name];
    if (value === null ? found !== undefined : typeof found !== 'string' || !fitsText(value, found, known)) {
      return `header ${name}: ${JSON.stringify(found)}, expected ${JSON.stringify(value)}`;
    }
  }
  if (!/^[[{]/.test(expected.body)) {
    const found = answered.body.replaceAll('\r\n', '\n').trimEnd();
    return fitsText(expected.body, found, known) ? null : `body: ${JSON.stringify(found)}`;
  }
  return misfitOfValue('body', JSON.parse(expected.body), parsed(answered.body), known);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function misfitOfValue(path: string, expected: unknown, found: unknown, known: Known): string | null {
  const wrong = `${path}: ${JSON.stringify(found)?.slice(0, 2000)}, expected ${JSON.stringify(expected)}`;
  if (typeof expected === 'string') {
    const isNumber = /^\{\{\w+:number\}\}$/.test(expected);
    if (typeof found !== (isNumber ? 'number' : 'string')) return wrong;
    return fitsText(expected, String(found), known) ? null : wrong;
  }
  if (typeof expected !== 'object' || expected === null) return expected === found ? null : wrong;
  if (typeof found !== 'object' || found === null || Array.isArray(expected) !== Array.isArray(found)) return wrong;
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  for (const name of names) {
    if (!Object.hasOwn(expected, name) || !Object.hasOwn(found, name)) {
      const there = Object.hasOwn(found, name) ? `is there: ${JSON.stringify((found as never)[name])}` : 'is missing';
      return `${path}.${name} ${there}`;
    }
    const misfit = misfitOfValue(`${path}.${name}`, (expected as never)[name], (found as never)[name], known);
    if (misfit !== null) return misfit;
  }
  return null;
}

function fitsText(expected: string, found: string, known: Known): boolean {
  const told: string[] = [];
  const pattern = expected.split(placeholder).map((part, at, parts) => {
    // The list is text, name, kind, text, name, kind …
    if (at % 3 === 0) return escaped(part ?? '');
    if (at % 3 === 2) return '';
    const kind = parts[at + 1];
    if (kind === undefined) return escaped(known.get(part) ?? `{{${part}}}`);
    if (!kinds[kind]) throw new Error(`{{${part}:${kind}}}: expected one of ${Object.keys(kinds).join(', ')}`);
    told.push(part);
    return `(${kinds[kind]})`;
  });
  const match = new RegExp(`^${pattern.join('')}$`, 's').exec(found);
  told.forEach((name, at) => match && known.set(name, match[at + 1]!));
  return match !== null;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
