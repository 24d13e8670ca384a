// The YAML file as plain values, with where each stands, secrets from the environment put in and CDRD_… overrides on top.
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { isPair, isScalar, isSeq, LineCounter, parse, parseDocument, visit, type Document, type YAMLError } from 'yaml';
import { messageOf } from './errors.ts';

/** A fault of the configuration: `where` is `FILE:LINE:COLUMN` or the name of an environment variable. */
export interface ConfigFault {
  where: string;
  path: string;
  message: string;
}

/** A fault in parts, for tools. */
export interface FaultParts extends ConfigFault {
  /** What stands there, `nothing` where a key is missing. */
  found: string;
  /** null where any value would be wrong. */
  expected: string | null;
  /** In the file, from 1; null for a variable of the environment (`where` names it) or the file as a whole. */
  line: number | null;
}

/** Every message is built as `found X, expected Y`, or `is missing, expected Y`, or says what is wrong in its own words. */
export function partsOf(fault: ConfigFault): FaultParts {
  const [, found = fault.message, expected = null] =
    /^(?:found )?(.*?)[,;:]? expected (.*)$/s.exec(fault.message) ?? [];
  const [, line] = /:(\d+):\d+$/.exec(fault.where) ?? [];
  const isMissing = found === 'is missing';
  return { ...fault, found: isMissing ? 'nothing' : found, expected, line: line === undefined ? null : Number(line) };
}

export type Path = (string | number)[];

export interface ConfigFile {
  value: unknown;
  faults: ConfigFault[];
  /** Where a key stands, or its nearest parent that stands somewhere. */
  where(path: Path): string;
}

/** Variables of ours that are no overrides. */
const reserved = new Set(['CDRD_CONFIG', 'CDRD_ADMIN_TOKEN', 'CDRD_FAILPOINT']);

/**
 * `wantsText` tells whether the schema wants a text at a path: an override like `0049` must stay one.
 * `sections` are the keys at the top.
 */
export function readConfigFile(
  file: string,
  environment: NodeJS.ProcessEnv,
  wantsText: (path: Path) => boolean,
  sections: readonly string[],
): ConfigFile {
  const unreadable = (message: string) => ({
    ...{ value: undefined, faults: [{ where: file, path: '', message }], where: () => file },
  });
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return unreadable(`cannot be read (${messageOf(error)}); name another with --config FILE or CDRD_CONFIG`);
  }
  if (bytes.includes(0) || !isUtf8(bytes)) return unreadable('found bytes that are no text, expected YAML in UTF-8');
  const text = bytes.toString('utf8');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeOf = (offset: number | undefined): string => {
    if (offset === undefined) return file;
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const faults = [...document.errors, ...document.warnings].map((error): ConfigFault => ({
    where: placeOf(error.pos[0]),
    path: '',
    message: wordsOf(error),
  }));
  faults.push(...fillIn(document, environment, placeOf));
  const value = document.errors.length > 0 ? undefined : valuesOf(document, file, faults);
  const overridden = new Map<string, string>();
  for (const [name, given] of Object.entries(environment)) {
    if (!name.startsWith('CDRD_') || reserved.has(name) || given === undefined) continue;
    if (!name.includes('__')) {
      const [section, ...keys] = name.slice('CDRD_'.length).toLowerCase().split('_');
      const meant = `CDRD_${[section, keys.join('_') || 'KEY'].join('__').toUpperCase()}`;
      if (sections.includes(section!))
        faults.push({ where: name, path: '', message: `sets nothing, expected ${meant}` });
      continue;
    }
    const path = name
      .slice(5)
      .toLowerCase()
      .split('__')
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    overridden.set(path.join('.'), name);
    if (value !== undefined && !put(value, path, wantsText(path) ? given : scalarOf(given))) {
      faults.push({ where: name, path: '', message: `there is no ${pathText(path)} to set` });
    }
  }
  const where = (path: Path): string => {
    for (let length = path.length; length > 0; length--) {
      const part = path.slice(0, length);
      const node = document.getIn(part, true) as { range?: [number, number, number] } | undefined;
      const key = part.join('.');
      // A variable that sets the key, or that made the section around its own.
      const name =
        overridden.get(key) ?? (node ? undefined : [...overridden].find(([at]) => at.startsWith(`${key}.`))?.[1]);
      if (name) return name;
      if (node?.range) return placeOf(node.range[0]);
    }
    return file;
  };
  return { value, faults, where };
}

/** What the parser says, in our words where it speaks to programmers. */
function wordsOf({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'found a second document (a line of ---), expected one';
  const [, tag] = /^Unresolved tag: (?:tag:yaml\.org,2002:)?(.*)$/.exec(message) ?? [];
  return tag === undefined ? message : `found the tag !!${tag.replace(/^!+/, '')}, ${untagged}`;
}
const untagged = 'expected plain YAML without tags';

/** Aliases that multiply without end are refused by the parser. */
function valuesOf(document: Document, file: string, faults: ConfigFault[]): unknown {
  try {
    return (document.toJS() as unknown) ?? {};
  } catch (error) {
    faults.push({ where: file, path: '', message: messageOf(error) });
    return undefined;
  }
}

/** `systems[0].ami.port` */
export function pathText(path: Path): string {
  return path.map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`)).join('');
}

/** Replaces `${NAME}` in text values; a value can then hold anything without becoming YAML. */
function fillIn(
  document: Document,
  environment: NodeJS.ProcessEnv,
  placeOf: (offset?: number) => string,
): ConfigFault[] {
  const faults: ConfigFault[] = [];
  visit(document, {
    Scalar: (key, node, ancestors) => {
      if (key === 'key' || !isScalar(node)) return;
      if (node.value instanceof Uint8Array) {
        const path = pathText(pathOf([...ancestors, node]));
        faults.push({ where: placeOf(node.range?.[0]), path, message: `found the tag !!binary, ${untagged}` });
      }
      if (typeof node.value !== 'string') return;
      node.value = node.value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
        const value = environment[name];
        if (value !== undefined && value !== '') return value;
        faults.push({
          where: placeOf(node.range?.[0]),
          path: pathText(pathOf([...ancestors, node])),
          message: `\${${name}} is asked for, but the environment variable ${name} is ${value === '' ? 'empty' : 'not set'}`,
        });
        return whole;
      });
    },
  });
  return faults;
}

/** The keys and indexes on the way down a chain of nodes. */
function pathOf(chain: readonly unknown[]): Path {
  return chain.flatMap((node, at): Path => {
    if (isPair(node) && isScalar(node.key)) return [String(node.key.value)];
    return isSeq(node) ? [node.items.indexOf(chain[at + 1])] : [];
  });
}

function scalarOf(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Sets a value deep in a structure, making objects and appending to lists on the way; false where that cannot be. */
function put(root: unknown, path: Path, value: unknown): boolean {
  let place = root;
  for (const [at, part] of path.entries()) {
    if (typeof place !== 'object' || place === null) return false;
    if (Array.isArray(place) !== (typeof part === 'number')) return false;
    if (Array.isArray(place) && (part as number) > place.length) return false;
    const holder = place as Record<string | number, unknown>;
    if (at === path.length - 1) holder[part] = value;
    else holder[part] ??= typeof path[at + 1] === 'number' ? [] : {};
    place = holder[part];
  }
  return true;
}
