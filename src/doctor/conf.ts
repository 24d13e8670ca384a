// Asterisk's dialect of ini files (its main/config.c): templates, `+=`, `=>`, includes, `;` comments and blocks. Pure: whoever
// calls says how a file is read. Values are kept as they stand; what they mean is for others.

/** One `key = value` and where it stands. */
export interface Setting {
  key: string;
  value: string;
  /** `/etc/asterisk/manager.conf:12` */
  where: string;
}

export interface Section {
  name: string;
  /** `[name](!)`: only there to be inherited from. */
  isTemplate: boolean;
  where: string;
  /** In order, what it inherits first. */
  settings: Setting[];
}

/** A file that another one names. */
export interface Include {
  file: string;
  /** The section it stands in; null: before the first. */
  section: string | null;
  where: string;
}

export interface ConfFault {
  where: string;
  /** A sentence without an end. */
  message: string;
}

export interface Conf {
  /** Of the file itself. */
  file: string;
  sections: Section[];
  includes: Include[];
  /** Whatever keeps Asterisk, or us, from reading it whole. */
  faults: ConfFault[];
}

/** What a name in an `#include` stands for: its files (several where it has a `*`, none where there is none), or why they cannot be read. */
export type Found = { files: { file: string; text: string }[] } | { unreadable: string };
export type Find = (name: string) => Found;

/** As many as Asterisk follows (its MAX_INCLUDE_LEVEL). */
const depthMax = 10;
/** FreePBX has some dozens; a ring of includes with `*` ends here. */
const filesMax = 500;

export function parseConf(file: string, text: string, find: Find): Conf {
  const conf: Conf = { file, sections: [], includes: [], faults: [] };
  read({ conf, find, files: { count: 0 } }, file, text, null, 0);
  return conf;
}

/** Whether it is a fault of who reads, not of the file. */
export function isUnreadable({ message }: ConfFault): boolean {
  return / cannot be read \(|^runs a program/.test(message);
}

interface Reading {
  conf: Conf;
  find: Find;
  files: { count: number };
}

/** Reads one file; an included one goes on in the section that includes it. */
function read(reading: Reading, file: string, text: string, outer: Section | null, depth: number): void {
  const { conf } = reading;
  let section = outer;
  for (const [index, line] of uncommented(text).entries()) {
    const where = `${file}:${index + 1}`;
    const fault = (message: string) => conf.faults.push({ where, message });
    if (line === '') continue;
    if (line.startsWith('#')) {
      directive(reading, { line, where, section, depth });
    } else if (line.startsWith('[')) {
      section = begin(conf, line, where) ?? section;
    } else {
      const [, key = '', sign = '', value = ''] = /^([^=]*?)\s*(\+=>?|=>?)\s*(.*)$/.exec(line) ?? [];
      if (sign === '') fault(`has no "=": ${JSON.stringify(line.slice(0, 60))}`);
      else if (section === null) fault(`stands before the first [section]: ${key}`);
      else set(section, { key, value, where }, sign.startsWith('+'));
    }
  }
}

/** `+=` lengthens the value that is there. */
function set(section: Section, setting: Setting, isMore: boolean): void {
  const before = isMore ? section.settings.findLast(({ key }) => isSame(key, setting.key)) : undefined;
  if (!before) return void section.settings.push(setting);
  const at = section.settings.indexOf(before);
  section.settings[at] = { ...setting, value: before.value + setting.value };
}

/** `[name](!,base,other)`, `[name](+)`. */
function begin(conf: Conf, line: string, where: string): Section | null {
  const [whole, name, options] = /^\[([^\]]*)\](?:\s*\(([^)]*)\))?/.exec(line) ?? [];
  if (whole === undefined || name === undefined) {
    conf.faults.push({ where, message: `has no "]": ${JSON.stringify(line.slice(0, 60))}` });
    return null;
  }
  const words = (options ?? '').split(',').map((word) => word.trim());
  const known = (wanted: string) => conf.sections.find((one) => isSame(one.name, wanted));
  if (words.includes('+')) {
    const more = known(name);
    if (more) return more;
  }
  const section: Section = { name, isTemplate: words.includes('!'), where, settings: [] };
  for (const base of words.filter((word) => word !== '' && word !== '!' && word !== '+')) {
    const found = known(base);
    if (found) section.settings.push(...found.settings);
    else conf.faults.push({ where, message: `inherits from [${base}], which does not stand before it` });
  }
  conf.sections.push(section);
  return section;
}

function directive(
  { conf, find, files }: Reading,
  { line, where, section, depth }: { line: string; where: string; section: Section | null; depth: number },
): void {
  const [, word = '', rest = ''] = /^#\s*(\w+)\s*(.*)$/.exec(line) ?? [];
  const fault = (message: string) => void conf.faults.push({ where, message });
  const name = rest.trim().replace(/^(["<])(.*)[">]$/, '$2');
  if (word === 'exec') return fault('runs a program (#exec), whose lines are not known here');
  if (word !== 'include' && word !== 'tryinclude') return fault(`has the unknown directive #${word}`);
  conf.includes.push({ file: name, section: section?.name ?? null, where });
  if (depth >= depthMax) return fault(`includes ${name} deeper than Asterisk follows (${depthMax})`);
  const found = find(name);
  if ('unreadable' in found) return fault(`includes ${name}, which cannot be read (${found.unreadable})`);
  if (found.files.length === 0 && word === 'include' && !/[*?[]/.test(name))
    return fault(`includes ${name}, which is not there: Asterisk then reads nothing of ${conf.file}`);
  for (const { file, text } of found.files) {
    files.count += 1;
    if (files.count > filesMax) return fault(`includes more than ${filesMax} files`);
    read({ conf, find, files }, file, text, section, depth + 1);
  }
}

/** Lines without comments and the blanks around: `;` begins one unless it is `\;`, `;--` a block that `--;` ends, `;---` a line. */
function uncommented(text: string): string[] {
  let isInside = false;
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => {
      let out = '';
      for (let at = 0; at < line.length; at++) {
        if (isInside) {
          if (!line.startsWith('--;', at)) continue;
          isInside = false;
          at += 2;
        } else if (line[at] === ';' && line[at - 1] !== '\\') {
          if (!/^;--(?!-)/.test(line.slice(at, at + 4))) break;
          isInside = true;
          at += 2;
        } else out += line[at];
      }
      return out.replaceAll('\\;', ';').trim();
    });
}

/** Names of sections and keys are compared without case. */
export function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The first section of a name, as most of Asterisk reads it; templates are none. */
export function sectionOf(conf: Conf | null, name: string): Section | undefined {
  return conf?.sections.find((section) => !section.isTemplate && isSame(section.name, name));
}

/** The last value of a key counts. */
export function settingOf(section: Section | undefined, key: string): Setting | undefined {
  return section?.settings.findLast((setting) => isSame(setting.key, key));
}

export function valueOf(section: Section | undefined, key: string): string | undefined {
  return settingOf(section, key)?.value;
}

/** What Asterisk takes for true (ast_true). */
export function isYes(value: string | undefined): boolean {
  return /^(yes|true|y|t|1|on)$/i.test(value ?? '');
}

/** Where lines for a section are to be pasted: the file itself, or what it includes for people's own lines, as FreePBX does. */
export function placeFor({ file, includes }: Conf, section: string): { into: string; isInside: boolean } {
  const own = includes.filter((include) => /_custom\.conf$/.test(include.file));
  const inside = own.find((include) => include.section !== null && isSame(include.section, section));
  const other = own.find(({ file: name }) => !/_(general|mapping)_custom\.conf$/.test(name));
  const found = inside ?? other;
  if (!found) return { into: file, isInside: false };
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  return { into: found.file.startsWith('/') ? found.file : folder + found.file, isInside: inside !== undefined };
}
