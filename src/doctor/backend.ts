// Where Asterisk writes its records: cdr_adaptive_odbc.conf → res_odbc.conf → odbc.ini, or cdr_mysql.conf, or
// cdr_sqlite3_custom.conf; and what breaks on the way. Reads files, never the database.
import { isSame, isYes, sectionOf, settingOf, valueOf, type Conf, type Section } from './conf.ts';
import type { Etc } from './etc.ts';
import { finding, type Code, type Finding, type Told } from './finding.ts';

/** A table that Asterisk writes, as its files tell it. */
export interface Backend {
  kind: 'odbc' | 'mysql' | 'sqlite';
  /** The file and line that names it. */
  where: string;
  /** Modules it needs. */
  modules: string[];
  host: string;
  port: number;
  /** null: over the network. */
  socket: string | null;
  database: string;
  /** Of `sqlite`: the file. */
  file: string | null;
  table: string;
  /** Whether its times are in UTC. */
  isUtc: boolean;
  /** CDR variables that go to a column of another name, by the column. */
  aliases: ReadonlyMap<string, string>;
  /** `filter` lines. */
  filters: string[];
}

export interface Backends {
  backends: Backend[];
  /** Of the first backend that is broken, and of those that work. */
  findings: Finding[];
}

const reload = 'asterisk -rx "module reload res_odbc.so" && asterisk -rx "module reload cdr_adaptive_odbc.so"';
const why = 'Asterisk writes no row then, and says so only in its own log.';

export function readBackends(etc: Etc, system: string | null): Backends {
  const all = [...odbc(etc, system), ...mysql(etc, system), ...sqlite(etc)];
  return {
    backends: all.flatMap(({ backend }) => backend ?? []),
    findings: all.flatMap(({ findings }) => findings),
  };
}

interface One {
  backend: Backend | null;
  findings: Finding[];
}

function odbc(etc: Etc, system: string | null): One[] {
  const adaptive = etc.conf('cdr_adaptive_odbc.conf');
  return (adaptive?.sections ?? [])
    .filter((section) => !section.isTemplate && settingOf(section, 'connection') !== undefined)
    .map((section): One => {
      const findings: Finding[] = [];
      const tell = (code: Code, told: Told) =>
        void findings.push(finding(code, { system, why, then: reload, ...told }));
      const database = databaseOf(section, etc, tell);
      const stays = section.settings.filter(({ key }) => /^filter\b/i.test(key));
      const [first] = stays;
      if (first) {
        tell('backend-filter', {
          what: `Only some records go into the table: ${first.key} => ${first.value} (${first.where}).`,
          why: 'The others are in no table: what AMI misses of them is lost.',
          into: fileOf(first.where),
        });
      }
      if (!database) return { backend: null, findings };
      const aliases = section.settings.flatMap(({ key, value }): [string, string][] => {
        const [, variable] = /^alias\s+(\S+)$/i.exec(key) ?? [];
        return variable === undefined ? [] : [[value.toLowerCase(), variable.toLowerCase()]];
      });
      const backend: Backend = {
        ...{ kind: 'odbc', where: section.where, modules: ['res_odbc', 'cdr_adaptive_odbc'], file: null, ...database },
        ...{ table: valueOf(section, 'table') ?? 'cdr', isUtc: isYes(valueOf(section, 'usegmtime')) },
        ...{ aliases: new Map(aliases), filters: stays.map(({ value }) => value) },
      };
      return { backend, findings };
    });
}

type Database = Pick<Backend, 'host' | 'port' | 'socket' | 'database'>;

/** The connection of a section, through res_odbc.conf and odbc.ini; null with a finding where the chain is broken. */
function databaseOf(section: Section, etc: Etc, tell: (code: Code, told: Told) => void): Database | null {
  const named = settingOf(section, 'connection')!;
  const resource = etc.conf('res_odbc.conf');
  const known = (resource?.sections ?? []).filter(({ name, isTemplate }) => !isTemplate && !isSame(name, 'ENV'));
  const connection = sectionOf(resource, named.value);
  const into = resource?.file ?? `${etc.folder}/res_odbc.conf`;
  if (!connection) {
    if (etc.isClosed('res_odbc.conf')) return null;
    tell('odbc-connection', {
      what: `cdr_adaptive_odbc.conf wants the connection "${named.value}" (${named.where}); res_odbc.conf has ${listOf(known.map(({ name }) => name))}.`,
      into,
      paste: `[${named.value}]\nenabled => yes\ndsn => ${named.value}\nusername => asterisk\npassword => CHANGE-ME\npre-connect => yes`,
    });
    return null;
  }
  const off = settingOf(connection, 'enabled');
  if (off && !isYes(off.value)) {
    const what = `The connection [${connection.name}] is switched off (${off.where}).`;
    tell('odbc-off', { what, into: fileOf(off.where), paste: 'enabled => yes' });
  }
  for (const key of ['username', 'password']) {
    if (valueOf(connection, key)) continue;
    const what = `The connection [${connection.name}] has no ${key} (${connection.where}).`;
    tell('odbc-login', { what, into: fileOf(connection.where), paste: `${key} => CHANGE-ME` });
  }
  const dsn = valueOf(connection, 'dsn') ?? '';
  const sources = etc.beside('odbc.ini');
  const source = sectionOf(sources, dsn);
  if (!source) {
    if (etc.isClosed('odbc.ini')) return null;
    const names = (sources?.sections ?? []).filter(({ name }) => !/^ODBC/i.test(name)).map(({ name }) => name);
    tell('odbc-dsn', {
      what: `[${connection.name}] wants the data source "${dsn}" (${settingOf(connection, 'dsn')?.where ?? connection.where}); odbc.ini has ${listOf(names)}.`,
      into: sources?.file ?? '/etc/odbc.ini',
      paste: `[${dsn || connection.name}]\nDriver = MariaDB Unicode\nServer = 127.0.0.1\nPort = 3306\nDatabase = asteriskcdrdb`,
    });
    return null;
  }
  driver(source, etc, tell);
  const host = valueOf(source, 'Server') ?? valueOf(source, 'Servername') ?? 'localhost';
  const socket = valueOf(source, 'Socket') ?? null;
  return {
    host,
    port: Number(valueOf(source, 'Port')) || 3306,
    socket: host === 'localhost' ? socket : null,
    database: valueOf(source, 'Database') ?? '',
  };
}

function driver(source: Section, etc: Etc, tell: (code: Code, told: Told) => void): void {
  const named = settingOf(source, 'Driver');
  const drivers = etc.beside('odbcinst.ini');
  if (named?.value.startsWith('/') || !drivers) return;
  if (named && sectionOf(drivers, named.value)) return;
  const names = drivers.sections.filter(({ name }) => !isSame(name, 'ODBC')).map(({ name }) => name);
  tell('odbc-driver', {
    what: named
      ? `odbc.ini wants the driver "${named.value}" (${named.where}); ${drivers.file} has ${listOf(names)}.`
      : `The data source [${source.name}] names no driver (${source.where}).`,
    into: fileOf(source.where),
    paste: `Driver = ${names.find((name) => /maria|mysql/i.test(name)) ?? 'MariaDB Unicode'}`,
    then: reload,
  });
}

/** Issabel's way, and that of FreePBX up to 2.11: a module of its own, without ODBC. */
function mysql(etc: Etc, system: string | null): One[] {
  const conf = etc.conf('cdr_mysql.conf');
  const section = sectionOf(conf, 'global');
  if (!conf || !section || !settingOf(section, 'dbname')) return [];
  const isKept = isAway(etc.conf('modules.conf'), 'cdr_mysql') && isAway(etc.conf('modules.conf'), 'cdr_addon_mysql');
  if (isKept) return [];
  const findings: Finding[] = ['user', 'password'].flatMap((key): Finding[] => {
    if (valueOf(section, key)) return [];
    const what = `cdr_mysql.conf has no ${key} (${section.where}).`;
    return [finding('odbc-login', { system, what, why, into: conf.file, paste: `${key}=CHANGE-ME`, then: null })];
  });
  const columns = sectionOf(conf, 'columns');
  const aliases = (columns?.settings ?? []).flatMap(({ key, value }): [string, string][] => {
    const [, variable] = /^alias\s+(\S+)$/i.exec(key) ?? [];
    return variable === undefined ? [] : [[value.toLowerCase(), variable.toLowerCase()]];
  });
  const host = valueOf(section, 'hostname') || 'localhost';
  const backend: Backend = {
    ...{ kind: 'mysql', where: section.where, modules: [], host, port: Number(valueOf(section, 'port')) || 3306 },
    socket: host === 'localhost' ? (valueOf(section, 'sock') ?? null) : null,
    ...{ database: valueOf(section, 'dbname')!, file: null, table: valueOf(section, 'table') ?? 'cdr', filters: [] },
    isUtc: isSame(valueOf(section, 'timezone') ?? '', 'UTC') || isYes(valueOf(section, 'usegmtime')),
    // It fills calldate by itself where nobody says otherwise (addons/cdr_mysql.c).
    aliases: new Map([['calldate', 'start'], ...aliases]),
  };
  return [{ backend, findings }];
}

function isAway(modules: Conf | null, module: string): boolean {
  const named = sectionOf(modules, 'modules')?.settings ?? [];
  return named.some(({ key, value }) => isSame(key, 'noload') && isSame(value, `${module}.so`));
}

/** One file for all tables, always at the same place (cdr/cdr_sqlite3_custom.c). */
function sqlite(etc: Etc): One[] {
  const section = sectionOf(etc.conf('cdr_sqlite3_custom.conf'), 'master');
  if (!section || !settingOf(section, 'columns')) return [];
  const logs = valueOf(sectionOf(etc.conf('asterisk.conf'), 'directories'), 'astlogdir') ?? '/var/log/asterisk';
  const columns = (valueOf(section, 'columns') ?? '').toLowerCase().split(/\s*,\s*/);
  const backend: Backend = {
    ...{ kind: 'sqlite', where: section.where, modules: ['cdr_sqlite3_custom'], host: '', port: 0, socket: null },
    ...{
      database: '',
      file: `${logs}/master.db`,
      table: valueOf(section, 'table') ?? 'cdr',
      isUtc: false,
      filters: [],
    },
    aliases: new Map(columns.includes('calldate') ? [['calldate', 'start']] : []),
  };
  return [{ backend, findings: [] }];
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function fileOf(where: string): string {
  return where.replace(/:\d+$/, '');
}
