// A configuration for what was found: the text of cdrd.yaml, the secrets beside it, the CSV files for the rules. Pure; nothing is
// written here.
import { AmiConfig } from '../sources/ami/config.ts';
import { TableConfig } from '../sources/table/config.ts';
import { Value } from 'typebox/value';
import type { PresetName } from '../rules/presets.ts';
import type { Backend } from './backend.ts';
import { sectionOf, settingOf, valueOf, type Conf } from './conf.ts';
import type { Etc } from './etc.ts';
import type { Inventory } from './inventory.ts';
import { usualUser, type Subject } from './settings.ts';
import { tableUrl } from './tableplace.ts';

/** What the secrets are called in the environment. */
export const secretNames = { ami: 'CDRD_AMI_SECRET', table: 'CDRD_TABLE_PASSWORD' } as const;

export interface Proposal {
  name: string;
  timezone: string;
  preset: PresetName;
  /** Why this preset. */
  because: string;
  extensionPattern: string | null;
  host: string;
  port: number;
  events: 'cdr' | 'calls';
  backend: Backend | null;
  /** NAME → value, for cdrd.env. */
  secrets: Record<string, string>;
}

export interface Given {
  name: string;
  timezone: string;
  etc: Etc;
  inventory: Inventory;
  backend: Backend | null;
  /** Of an earlier init: they stay. */
  secrets: Readonly<Record<string, string | undefined>>;
  newSecret: () => string;
}

export function propose({ name, timezone, etc, inventory, backend, secrets, newSecret }: Given): Proposal {
  const manager = etc.conf('manager.conf');
  const general = sectionOf(manager, 'general');
  const user = sectionOf(manager, usualUser);
  const bind = valueOf(general, 'bindaddr') ?? '';
  const longest = Math.max(0, ...inventory.extensions.map(({ number }) => number.length));
  const isServer = backend !== null && backend.file === null;
  return {
    ...{ name, timezone, ...presetFor(etc, inventory), backend },
    extensionPattern: longest > 6 ? `^\\d{2,${longest}}$` : null,
    host: /^$|^0\.0\.0\.0$|^::$|^127\.|^localhost$/.test(bind) ? '127.0.0.1' : bind,
    port: Number(valueOf(general, 'port')) || 5038,
    events: user && /\b(all|call)\b/.test(valueOf(user, 'read') ?? '') ? 'calls' : 'cdr',
    secrets: {
      [secretNames.ami]: valueOf(user, 'secret') || secrets[secretNames.ami] || newSecret(),
      ...(isServer ? { [secretNames.table]: secrets[secretNames.table] || newSecret() } : {}),
    },
  };
}

function presetFor(etc: Etc, { extensions }: Inventory): Pick<Proposal, 'preset' | 'because'> {
  const chosen = (preset: PresetName, because: string) => ({ preset, because });
  const files: [name: string, preset: PresetName][] = [
    ...(['issabel.conf', 'issabelpbx.conf', 'elastix.conf'].map((name) => [name, 'issabel']) as [string, PresetName][]),
    ...[['freepbx.conf', 'freepbx'] as [string, PresetName], ['amportal.conf', 'freepbx'] as [string, PresetName]],
    ['astguiclient.conf', 'vicidial'],
  ];
  for (const [name, preset] of files) {
    const found = etc.text(name);
    if (found) return chosen(preset, `there is ${found.file}`);
  }
  if (isTenanted(etc.conf('pjsip.conf'))) return chosen('tenantid', 'pjsip.conf sets tenantid');
  const named = extensions.filter(({ company }) => company !== null).length;
  if (extensions.length > 0 && named === 0) return chosen('plain', 'phones are named by their numbers alone');
  if (named > 0) return chosen('pjsip-prefix', 'phones are named COMPANY-NUMBER');
  return chosen('pjsip-prefix', 'nothing says otherwise');
}

function isTenanted(conf: Conf | null): boolean {
  return (conf?.sections ?? []).some((section) => settingOf(section, 'tenantid') !== undefined);
}

/** What Asterisk's files are held against: the system as it is proposed. */
export function subjectOf({ name, timezone, host, port, events, backend, secrets }: Proposal): Subject {
  const secret = secrets[secretNames.ami]!;
  const ami = Value.Default(AmiConfig, { host, port, username: usualUser, secret, events }) as AmiConfig;
  const zone = backend?.isUtc ? { timezone: 'UTC' } : {};
  const url =
    backend === null ? '' : tableUrl(backend).replace(`\${${secretNames.table}}`, secrets[secretNames.table] ?? '');
  const table = Value.Default(TableConfig, { url, name: backend?.table ?? 'cdr', ...zone }) as TableConfig;
  return { system: name, timezone, ami, ...(backend ? { table } : {}) };
}

/** @param home - where records are to be kept; null: in `var`, below the folder cdrd is started in. */
export function yamlOf(proposal: Proposal, home: string | null): string {
  const { name, timezone, preset, because, extensionPattern, host, port, events, backend } = proposal;
  const q = (text: string) => (/^[A-Za-z][\w./-]*$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`);
  const lines = [
    '# Written by "cdrd init" from what it found. config/cdrd.yaml, which comes with cdrd, explains every key; what is not here has its',
    '# default. ${NAME} is taken from the environment, or from the file cdrd.env beside this one.',
    '',
    ...(home === null ? [] : ['store:', `  url: ${q(`sqlite:${home}/cdrd.db`)}`, `  data_dir: ${q(home)}`, '']),
    'systems:',
    '  # Never change the name once records are stored.',
    `  - name: ${q(name)}`,
    `    timezone: ${q(timezone)}`,
    `    # ${because}`,
    `    preset: ${preset}`,
    ...(extensionPattern === null ? [] : [`    extension_pattern: ${q(extensionPattern)}`]),
    '    ami:',
    `      host: ${q(host)}`,
    `      port: ${port}`,
    `      username: ${usualUser}`,
    `      secret: \${${secretNames.ami}}`,
    ...(events === 'calls' ? ['      events: calls'] : []),
    ...(backend === null ? [] : tableSection(backend, q)),
  ];
  return `${lines.join('\n')}\n`;
}

function tableSection(backend: Backend, q: (text: string) => string): string[] {
  return [
    `    # ${backend.where}`,
    '    table:',
    `      url: ${q(tableUrl(backend))}`,
    ...(backend.table === 'cdr' ? [] : [`      name: ${q(backend.table)}`]),
    ...(backend.isUtc ? ['      timezone: UTC'] : []),
  ];
}

/** Lines for systemd and for cdrd itself. */
export function envOf({ secrets }: Proposal): string {
  const sign = (value: string) => (value.includes("'") ? '"' : "'");
  const quoted = (value: string) => (/^[\w.~+/=-]*$/.test(value) ? value : `${sign(value)}${value}${sign(value)}`);
  return `${Object.entries(secrets)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join('\n')}\n`;
}

/** The files for "cdrd … import", by name, in the order in which they are to be imported; none that would be empty. */
export function csvFilesOf({ extensions, trunks, dids, endpoints }: Inventory): Map<string, string> {
  const companies = [...new Set(extensions.flatMap(({ company }) => company ?? []))].map((handle) => ({ handle }));
  const rows: [string, string[], Record<string, string | null>[]][] = [
    ['companies', ['handle'], companies],
    ['extensions', ['company', 'number', 'name'], extensions],
    ['trunks', ['peer', 'name'], trunks],
    ['dids', ['number', 'extension', 'name'], dids],
    ['endpoints', ['peer', 'kind', 'extension', 'name'], endpoints.map((one) => ({ ...one, kind: 'extension' }))],
  ];
  const cell = (text: string) => (/[",;\r\n\t]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return new Map(
    rows
      .filter(([, , all]) => all.length > 0)
      .map(([name, columns, all]) => [
        `${name}.csv`,
        [columns, ...all.map((row) => columns.map((column) => row[column] ?? ''))]
          .map((cells) => `${cells.map(cell).join(',')}\n`)
          .join(''),
      ]),
  );
}
