// What Asterisk is told to make of its call records, and whether it sends them over AMI: cdr.conf, cdr_manager.conf,
// modules.conf. Pure.
import { mappingLines } from '../sources/ami/mapping.ts';
import { isSame, isYes, parseConf, placeFor, sectionOf, settingOf, valueOf, type Conf } from './conf.ts';
import { finding, type Finding } from './finding.ts';

const reloadManager = 'asterisk -rx "module reload cdr_manager.so"';
const reloadCdr = 'asterisk -rx "module reload cdr"';

/** What the daemon tells everybody to paste, by their variables: `start,u` → `StartEpoch`. */
const wanted = sectionOf(
  parseConf('', mappingLines, () => ({ files: [] })),
  'mappings',
)!.settings;

/** What goes without each of them. */
const lacking: Record<string, string> = {
  linkedid: 'records of one call are only found together where they share a channel',
  sequence: 'equal records cannot be told apart by name',
  peeraccount: 'the account of the called party is not known',
  'start,u': "times depend on the server's zone and are whole seconds",
  'answer,u': "times depend on the server's zone and are whole seconds",
  'end,u': "times depend on the server's zone and are whole seconds",
};

export function cdrManagerFindings(conf: Conf | null, folder: string, system: string | null): Finding[] {
  const file = conf?.file ?? `${folder}/cdr_manager.conf`;
  const found: Finding[] = [];
  const general = sectionOf(conf, 'general');
  if (!isYes(valueOf(general, 'enabled'))) {
    const { into, isInside } = conf ? placeFor(conf, 'general') : { into: file, isInside: false };
    const where = settingOf(general, 'enabled')?.where ?? `${file} ${conf ? 'has no "enabled = yes"' : 'is not there'}`;
    found.push(
      finding('cdr-manager-off', {
        ...{ system, into, then: reloadManager },
        what: `Asterisk does not raise call records over AMI (${where}).`,
        why: 'cdrd then hears no record at the end of a call; only the table is left, some seconds later.',
        paste: isInside ? 'enabled = yes' : '[general]\nenabled = yes',
      }),
    );
  }
  const mappings = sectionOf(conf, 'mappings');
  const missing = wanted.filter(
    ({ key, value }) => !mappings?.settings.some((one) => isSame(one.key, key) && isSame(one.value, value)),
  );
  if (missing.length > 0) {
    const { into, isInside } = conf ? placeFor(conf, 'mappings') : { into: file, isInside: false };
    const losses = [...new Set(missing.map(({ key }) => lacking[key] ?? 'a column stays empty'))];
    const lines = missing.map(({ key, value }) => `${key} => ${value}`).join('\n');
    found.push(
      finding('cdr-manager-mapping', {
        ...{ system, into, then: reloadManager },
        what: `The Cdr events lack ${missing.map(({ value }) => value).join(', ')} (${mappings?.where ?? file}).`,
        why: `Without them ${losses.join('; ')}.`,
        paste: isInside ? lines : `[mappings]\n${lines}`,
      }),
    );
  }
  return found;
}

export function cdrFindings(conf: Conf | null, folder: string, system: string | null): Finding[] {
  const file = conf?.file ?? `${folder}/cdr.conf`;
  const general = sectionOf(conf, 'general');
  const { into, isInside } = conf ? placeFor(conf, 'general') : { into: file, isInside: false };
  const lines = (line: string) => (isInside ? line : `[general]\n${line}`);
  const at = (key: string) => settingOf(general, key)?.where ?? file;
  const found: Finding[] = [];
  // Both are on where nothing is said (main/cdr.c).
  for (const key of ['enable', 'channeldefaultenabled']) {
    if (isYes(valueOf(general, key) ?? 'yes')) continue;
    found.push(
      finding('cdr-off', {
        ...{ system, into, then: reloadCdr, paste: lines(`${key} = yes`) },
        what: `Asterisk makes no call records (${at(key)}).`,
        why: 'There is nothing to hear and nothing to read.',
      }),
    );
  }
  if (isYes(valueOf(general, 'batch'))) {
    const seconds = valueOf(general, 'time') ?? '300';
    found.push(
      finding('cdr-batch', {
        ...{ system, into, then: reloadCdr, paste: lines('batch = no') },
        what: `Asterisk holds records back for up to ${seconds} seconds (${at('batch')}).`,
        why: 'They come late, and a crash of Asterisk loses those it holds.',
      }),
    );
  }
  if (!isYes(valueOf(general, 'unanswered'))) {
    found.push(
      finding('cdr-unanswered', {
        ...{ system, into, then: reloadCdr, paste: lines('unanswered = yes') },
        what: `Calls that were answered by nobody and dialled nobody leave no record (${at('unanswered')}: unanswered is not yes).`,
        why: 'That is usual. With these lines a caller who hangs up in the first second is counted, and holes in "sequence" can be explained.',
      }),
    );
  }
  return found;
}

/** Which of these modules modules.conf keeps away: noload, or autoload off and no line for it. */
export function moduleFindings(
  conf: Conf | null,
  needed: Readonly<Record<string, string>>,
  system: string | null,
): Finding[] {
  const section = sectionOf(conf, 'modules');
  if (!conf || !section) return [];
  const lineOf = (kind: RegExp, module: string) =>
    section.settings.find(({ key, value }) => kind.test(key) && isSame(value.replace(/\.so$/, ''), module));
  const isAuto = isYes(valueOf(section, 'autoload') ?? 'yes');
  return Object.entries(needed).flatMap(([module, why]): Finding[] => {
    const away = lineOf(/^noload$/i, module);
    const isLoaded = isAuto || lineOf(/^(pre)?load(-require)?$|^require$/i, module) !== undefined;
    if (!away && isLoaded) return [];
    const what = away
      ? `${module}.so is kept from loading (${away.where}).`
      : `${module}.so is not loaded: autoload is off, and no line loads it (${section.where}).`;
    const paste = away ? `; take this line out: ${away.key} = ${away.value}` : `[modules]\nload = ${module}.so`;
    const then = `asterisk -rx "module load ${module}.so"`;
    return [
      finding('module-off', { system, what, why, into: away?.where.replace(/:\d+$/, '') ?? conf.file, paste, then }),
    ];
  });
}
