// Every line of Asterisk's settings that records depend on, broken in turn, and the code that the doctor has for it. The lines are
// those of test/services/asterisk, on which the real Asterisk runs.
import type { Code } from '../../src/doctor/finding.ts';

export interface Break {
  file: string;
  /** Replaced where it stands first; a whole line. */
  line: string;
  by: string;
  code: Code;
  /** Part of what it says or pastes. */
  says: string;
  /** Read by Asterisk too, and what that leads to: the command, and the code that AMI itself gives. */
  live?: { command: string; code: Code };
}

const reload = 'manager reload';

export const breaks: readonly Break[] = [
  ...one('manager.conf', [
    ['enabled = yes', 'enabled = no', 'manager-off', 'manager.conf:3', { command: reload, code: 'ami-login' }],
    ['enabled = yes', '', 'manager-off', 'has no "enabled = yes"'],
    ['bindaddr = 127.0.0.1', 'bindaddr = 192.0.2.1', 'manager-place', 'AMI listens at 192.0.2.1'],
    ['port = {{amiPort}}', 'port = 1', 'manager-place', 'port 1 ('],
    ['[cdrd]', '[other]', 'manager-user', '[cdrd]\nsecret = CHANGE-ME'],
    [
      'secret = {{cdrdSecret}}',
      'secret = wrong',
      'manager-secret',
      'manager.conf:8',
      { command: reload, code: 'ami-login' },
    ],
    ['secret = {{cdrdSecret}}', '', 'manager-secret', '[cdrd] has no secret'],
    [
      'permit = 127.0.0.1/255.255.255.255',
      '',
      ...(['manager-acl', 'keep out 127.0.0.1', { command: reload, code: 'ami-login' }] as const),
    ],
    ['permit = 127.0.0.1/255.255.255.255', 'permit = 10.0.0.0/8', 'manager-acl', 'manager.conf:9'],
    ['read = cdr', 'read = system', 'manager-read', 'read = system,cdr'],
    ['read = cdr', '', 'manager-read', 'it has no line "read"'],
    ['write =', 'write = system,command', 'manager-write', 'write = none'],
    ['write =', 'write =\neventfilter = Event: Newchannel', 'manager-filter', 'Newchannel'],
    ['write =', 'write =\neventfilter = !Event: Cdr', 'manager-filter', '!Event: Cdr'],
    ['[general]', '[general]\n#include gone.conf', 'etc-broken', 'gone.conf, which is not there'],
  ]),
  ...one('cdr_manager.conf', [
    ['enabled = yes', 'enabled = no', 'cdr-manager-off', 'cdr_manager.conf:3'],
    ['enabled = yes', '', 'cdr-manager-off', '[general]\nenabled = yes'],
    ['linkedid => LinkedID', '', 'cdr-manager-mapping', '[mappings]\nlinkedid => LinkedID'],
    ['sequence => Sequence', 'sequence => Seq', 'cdr-manager-mapping', 'The Cdr events lack Sequence ('],
    ['peeraccount => PeerAccount', '', 'cdr-manager-mapping', 'lack PeerAccount'],
    ['start,u => StartEpoch', 'start => StartEpoch', 'cdr-manager-mapping', 'lack StartEpoch'],
    ['answer,u => AnswerEpoch', '', 'cdr-manager-mapping', 'lack AnswerEpoch'],
    ['end,u => EndEpoch', '', 'cdr-manager-mapping', 'end,u => EndEpoch'],
    [
      '[mappings]',
      '[mapping]',
      'cdr-manager-mapping',
      'LinkedID, Sequence, PeerAccount, StartEpoch, AnswerEpoch, EndEpoch',
    ],
  ]),
  ...one('cdr.conf', [
    ['enable = yes', 'enable = no', 'cdr-off', 'enable = yes'],
    ['enable = yes', 'channeldefaultenabled = no', 'cdr-off', 'channeldefaultenabled = yes'],
    ['unanswered = yes', 'unanswered = no', 'cdr-unanswered', 'unanswered = yes'],
    ['unanswered = yes', '', 'cdr-unanswered', 'cdr.conf: unanswered is not yes'],
    ['batch = no', 'batch = yes\ntime = 120', 'cdr-batch', 'up to 120 seconds'],
  ]),
  ...one('cdr_adaptive_odbc.conf', [
    ['connection = asteriskcdrdb', 'connection = other', 'odbc-connection', 'wants the connection "other"'],
    ['connection = asteriskcdrdb', '', 'backend-none', 'cdr_adaptive_odbc.conf'],
    ['table = cdr', 'table = calls', 'backend-table', 'writes to "calls"'],
    ['usegmtime = yes', 'usegmtime = no', 'backend-zone', 'timezone: Asia/Kolkata'],
    ['usegmtime = yes', '', 'backend-zone', 'cdrd reads them as UTC'],
    ['usegmtime = yes', 'usegmtime = yes\nfilter accountcode => acme', 'backend-filter', 'filter accountcode => acme'],
  ]),
  ...one('res_odbc.conf', [
    ['[asteriskcdrdb]', '[other]', 'odbc-connection', 'res_odbc.conf has other'],
    ['enabled = yes', 'enabled = no', 'odbc-off', 'res_odbc.conf:3'],
    ['dsn = asteriskcdrdb', 'dsn = other', 'odbc-dsn', 'wants the data source "other"'],
    ['dsn = asteriskcdrdb', '', 'odbc-dsn', 'wants the data source ""'],
    ['username = asterisk', '', 'odbc-login', 'has no username'],
    ['password = {{odbcPassword}}', '', 'odbc-login', 'has no password'],
  ]),
  ...one('odbc.ini', [
    ['[asteriskcdrdb]', '[other]', 'odbc-dsn', 'odbc.ini has other'],
    ['Driver = MariaDB Unicode', 'Driver = Nobody', 'odbc-driver', 'wants the driver "Nobody"'],
    ['Driver = MariaDB Unicode', '', 'odbc-driver', 'Driver = MariaDB Unicode'],
    ['Server = 127.0.0.1', 'Server = 192.0.2.1', 'backend-table', 'in 192.0.2.1:'],
    ['Port = {{databasePort}}', 'Port = 1', 'backend-table', 'in 127.0.0.1:1/'],
    ['Database = asteriskcdrdb', 'Database = other', 'backend-table', '/other (/'],
  ]),
  ...one('modules.conf', [
    ['load = cdr_manager.so', '', 'module-off', 'load = cdr_manager.so'],
    ['load = cdr_manager.so', 'noload = cdr_manager.so', 'module-off', 'is kept from loading'],
    ['load = cdr_adaptive_odbc.so', '', 'module-off', 'cdr_adaptive_odbc.so is not loaded'],
    ['load = res_odbc.so', '', 'module-off', 'load = res_odbc.so'],
  ]),
];

type Row = readonly [line: string, by: string, code: Code, says: string, live?: Break['live']];

function one(file: string, rows: readonly Row[]): Break[] {
  return rows.map(([line, by, code, says, live]) => ({ file, line, by, code, says, ...(live ? { live } : {}) }));
}

/** @throws Error where the line does not stand in the text: a break that breaks nothing proves nothing. */
export function broken(text: string, line: string, by: string): string {
  const lines = text.split('\n');
  const at = lines.indexOf(line);
  if (at < 0) throw new Error(`no line ${JSON.stringify(line)}`);
  return lines.toSpliced(at, 1, by).join('\n');
}
