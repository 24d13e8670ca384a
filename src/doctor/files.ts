// All that Asterisk's files say of one system, as findings: what cannot be read, the manager, the records, the way into the table.
import { isUnreadable, type Conf } from './conf.ts';
import { readBackends, type Backend } from './backend.ts';
import type { Etc } from './etc.ts';
import { finding, type Finding } from './finding.ts';
import { managerFindings } from './manager.ts';
import { cdrFindings, cdrManagerFindings, moduleFindings } from './records.ts';
import type { Subject } from './settings.ts';
import { placeFindings } from './tableplace.ts';

export interface FilesSeen {
  backends: Backend[];
  findings: Finding[];
}

/** Files whose faults matter here, and without which something is to be told. */
const names = [
  'manager.conf',
  'cdr.conf',
  'cdr_manager.conf',
  'cdr_adaptive_odbc.conf',
  'res_odbc.conf',
  'modules.conf',
];

/** @param now - in microseconds. */
export function fileFindings(etc: Etc, subject: Subject, now: number): FilesSeen {
  const { system, ami, table } = subject;
  const confs = new Map(names.map((name) => [name, etc.conf(name)]));
  const conf = (name: string): Conf | null => confs.get(name) ?? null;
  const { backends, findings: chain } = readBackends(etc, system);
  // Of what may not be read nothing is known: it is told once, below.
  const unless = (name: string, told: () => Finding[]) => (etc.isClosed(name) ? [] : told());
  const isUsed = ami !== undefined || table === undefined;
  const found = [
    ...(isUsed ? unless('manager.conf', () => managerFindings(conf('manager.conf'), etc.folder, subject)) : []),
    ...(isUsed
      ? unless('cdr_manager.conf', () => cdrManagerFindings(conf('cdr_manager.conf'), etc.folder, system))
      : []),
    ...unless('cdr.conf', () => cdrFindings(conf('cdr.conf'), etc.folder, system)),
    ...chain,
    ...backendFindings(etc, backends, chain, subject, now),
    ...moduleFindings(conf('modules.conf'), modulesFor(backends, isUsed), system),
  ];
  return { backends, findings: [...readFindings(etc, [...confs.values()], system), ...found] };
}

const ways = ['cdr_adaptive_odbc.conf', 'res_odbc.conf', 'odbc.ini', 'cdr_mysql.conf', 'cdr_sqlite3_custom.conf'];

function backendFindings(
  etc: Etc,
  backends: readonly Backend[],
  chain: readonly Finding[],
  subject: Subject,
  now: number,
): Finding[] {
  if (backends.length > 0) return placeFindings(backends, subject, now);
  if (chain.length > 0 || ways.some((name) => etc.isClosed(name))) return [];
  const what =
    'Asterisk writes its records to no table: cdr_adaptive_odbc.conf, cdr_mysql.conf and cdr_sqlite3_custom.conf name none.';
  const why = 'AMI has no memory: what it says while cdrd or the line is away is lost. A table is the complete truth.';
  const into = `${etc.folder}/cdr_adaptive_odbc.conf`;
  const paste = '[asteriskcdrdb]\nconnection = asteriskcdrdb\ntable = cdr\nalias start => calldate';
  const then = 'asterisk -rx "module reload cdr_adaptive_odbc.so"';
  return [finding('backend-none', { system: subject.system, what, why, into, paste, then })];
}

function modulesFor(backends: readonly Backend[], isAmi: boolean): Record<string, string> {
  const written = backends.flatMap(({ modules }) => modules);
  return {
    ...(isAmi ? { cdr_manager: 'Without it Asterisk does not raise call records over AMI.' } : {}),
    ...Object.fromEntries(written.map((module) => [module, 'Without it Asterisk writes no row into the table.'])),
  };
}

/** What was read, what could not be, and what Asterisk itself would choke on. */
function readFindings(etc: Etc, confs: readonly (Conf | null)[], system: string | null): Finding[] {
  const closed = [...etc.unreadable].map(([file, reason]) =>
    finding('etc-unreadable', {
      system,
      what: `${file} cannot be read (${reason}).`,
      why: 'What stands in it was not looked at. Ask as root, or let this user into the group asterisk.',
      paste: 'sudo cdrd doctor',
    }),
  );
  const broken = confs
    .flatMap((conf) => conf?.faults ?? [])
    .filter((fault) => !isUnreadable(fault))
    .map(({ where, message }) =>
      finding('etc-broken', {
        ...{ system, into: where.replace(/:\d+$/, '') },
        what: `${where} ${message}.`,
        why: 'Asterisk passes over the line, or over the whole file.',
      }),
    );
  const read = etc.files.length;
  const ok = finding('etc-read', { system, what: `${read} of Asterisk's files were read in ${etc.folder}.` });
  return [...(read > 0 ? [ok] : []), ...closed, ...broken];
}
