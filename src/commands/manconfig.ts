// cdrd.yaml(5), made of the shipped configuration: its keys, their values and the comments above them.
import type { Edition } from './man.ts';
import { heading, item, roff, titleLine } from './roff.ts';

interface Key {
  /** `systems[].ami.host` */
  path: string;
  /** As it stands there, empty for a section. */
  value: string;
  /** Whether it is commented out. */
  isOff: boolean;
  about: string[];
}

/** @param text - of config/cdrd.yaml */
export function configPageOf(text: string, { date, version }: Edition): string {
  const head = text.slice(0, text.indexOf('\n\n')).split('\n').slice(1).map(prose);
  return [
    titleLine('cdrd.yaml', 5, date, version),
    heading('NAME'),
    'cdrd.yaml \\- configuration of cdrd',
    heading('DESCRIPTION'),
    head.map(roff).join('\n'),
    roff('Each key stands here with its default; one in brackets is not set, and the value is an example.'),
    heading('KEYS'),
    ...keysOf(text).flatMap(({ path, value, isOff, about }) => {
      const line = value === '' ? path : `${path}: ${value}`;
      return item(isOff ? `[${line}]` : line, about.join('\n'));
    }),
    heading('FILES'),
    ...item('/etc/cdrd/cdrd.yaml', 'that of the service'),
    ...item('/etc/cdrd/cdrd.env', 'NAME=value lines for ${NAME}; mode 0600'),
    heading('SEE ALSO'),
    '.BR cdrd (1)',
  ].join('\n');
}

/** Every key once, in the order of the file. Keys that are commented out have no blank after their sign. */
export function keysOf(text: string): Key[] {
  const keys = new Map<string, Key>();
  const parents: { indent: number; path: string }[] = [];
  let about: string[] = [];
  for (const given of text.split('\n')) {
    const line = given.replace(/^(\s*)#((?: {2})?[a-z_]+:)/, '$1$2');
    const [, blanks, dash, name, value] = /^(\s*)(- )?([a-z_]+):(.*)$/.exec(line) ?? [];
    if (blanks === undefined) {
      about = /^\s*#/.test(line) ? [...about, prose(line)] : [];
      continue;
    }
    const indent = blanks.length + (dash ? 2 : 0);
    while ((parents.at(-1)?.indent ?? -1) >= indent) parents.pop();
    const parent = parents.at(-1);
    if (dash !== undefined && parent && !parent.path.endsWith('[]')) parent.path += '[]';
    const path = parent ? `${parent.path}.${name}` : name!;
    if (!keys.has(path)) keys.set(path, { path, value: value!.trim(), isOff: line !== given, about });
    parents.push({ indent, path });
    about = [];
  }
  return [...keys.values()];
}

function prose(line: string): string {
  return line.replace(/^\s*# ?/, '').trim();
}
