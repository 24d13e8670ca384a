// What the doctor can find: every code with its level and its meaning, which the README repeats. A code never changes its meaning.
export type Level = 'ok' | 'warning' | 'fault';

/** By code: its level, and what it is about. Their order is that of the README. */
export const codes = {
  'config-fault': ['fault', 'the configuration of cdrd has a fault; what it says is left out'],
  'config-none': ['warning', 'no system is configured; `cdrd init` proposes one'],
  'etc-read': ['ok', "Asterisk's own files were read"],
  'etc-elsewhere': ['ok', 'this Asterisk is on another machine, or its files are not here: they were not looked at'],
  'etc-missing': ['fault', "the folder that should have Asterisk's files is not there"],
  'etc-unreadable': ['warning', 'a file of Asterisk may not be read by the user who asks'],
  'etc-broken': ['fault', 'Asterisk cannot read one of its files as it stands'],
  'manager-off': ['fault', 'the manager interface (AMI) is switched off'],
  'manager-place': ['fault', 'AMI listens at another address or port than cdrd calls'],
  'manager-tls': ['fault', 'cdrd wants TLS and AMI has none, or the other way round'],
  'manager-user': ['fault', 'manager.conf has no user for cdrd'],
  'manager-secret': ['fault', 'the secret in manager.conf is missing or is not the one cdrd has'],
  'manager-acl': ['fault', 'deny and permit keep cdrd out'],
  'manager-read': ['fault', 'the user may not read call records (`read = cdr`)'],
  'manager-read-call': ['fault', 'the user may not hear channels, which `ami.events: calls` needs (`read = cdr,call`)'],
  'manager-write': ['warning', 'the user may do more than read'],
  'manager-filter': ['warning', 'an `eventfilter` may keep call records back'],
  'manager-open': ['warning', 'AMI listens to the network, and the user may log in from anywhere'],
  'cdr-manager-off': ['fault', 'Asterisk does not raise call records over AMI (cdr_manager.conf)'],
  'cdr-manager-mapping': ['warning', 'the events lack headers that cdr_manager.conf can add'],
  'cdr-off': ['fault', 'Asterisk makes no call records (cdr.conf)'],
  'cdr-batch': ['warning', 'records are held back and come in batches (cdr.conf)'],
  'cdr-unanswered': ['ok', 'calls that reached nobody leave no record (cdr.conf)'],
  'module-off': ['fault', 'a module that records need is not loaded (modules.conf)'],
  'backend-none': ['warning', 'Asterisk writes its records to no table that cdrd can read'],
  'odbc-connection': ['fault', 'cdr_adaptive_odbc.conf names a connection that res_odbc.conf does not have'],
  'odbc-off': ['fault', 'the connection in res_odbc.conf is switched off'],
  'odbc-dsn': ['fault', 'res_odbc.conf names a data source that odbc.ini does not have'],
  'odbc-driver': ['fault', 'odbc.ini names a driver that odbcinst.ini does not have'],
  'odbc-login': ['warning', 'res_odbc.conf or cdr_mysql.conf names no user or no password'],
  'backend-table': ['fault', 'Asterisk writes to another table or database than cdrd reads'],
  'backend-alias': ['fault', 'no line fills the start column of the table (`alias start => calldate`)'],
  'backend-zone': ['fault', 'Asterisk writes the times of the table in another zone than cdrd reads them in'],
  'backend-filter': ['warning', 'a `filter` keeps records out of the table'],
  'table-none': ['warning', 'cdrd reads no table: what AMI misses is not caught up'],
  'ami-ok': ['ok', 'AMI lets cdrd in'],
  'ami-login': ['fault', 'AMI cannot be reached, or refuses the login'],
  'ami-clock': ['warning', "Asterisk's clock is not this machine's"],
  'table-ok': ['ok', 'the table can be read'],
  'table-login': ['fault', 'the table cannot be reached or read'],
  'table-columns': ['fault', 'the table lacks columns without which no row is a record'],
  'table-sequence': ['warning', 'the table has no column `sequence`'],
  'table-index': ['warning', 'the column by which the table is read has no index'],
  'table-types': ['warning', 'the time columns are of two kinds'],
  'table-narrow': ['warning', 'columns are so narrow that cut texts are not known for cut'],
  'table-grant': ['warning', "cdrd's user may do more with the database than SELECT"],
  'table-clock': ['warning', "the clock of the database is not this machine's"],
  'zone-system': ['warning', 'the zone of the system is not the zone of this machine, on which its Asterisk runs'],
  'zone-wrong': ['fault', 'AMI and the table tell times whole quarters of an hour apart'],
  'secret-open': ['warning', 'a file with a secret can be read by other users of this machine'],
  'disk-low': ['warning', 'less than 1 GiB is free where cdrd writes'],
  'disk-full': ['fault', 'less than 100 MiB is free where cdrd writes'],
  'daemon-off': ['warning', 'no daemon runs on the data folder'],
  'daemon-mute': ['fault', 'a daemon holds the data folder and does not answer'],
  'daemon-closed': ['warning', "the data folder is another user's: the daemon was not asked"],
  'daemon-ok': ['ok', 'the daemon runs and hears every system'],
  'store-down': ['fault', 'the daemon cannot write its store'],
  'source-down': ['fault', 'a source is not up'],
  'source-idle': ['warning', 'a source is up, and nothing good comes of it'],
  'source-lag': ['warning', 'records come more than a minute after their end'],
  'source-lost': ['warning', 'rows of AMI were lost to a full buffer'],
  'records-missing': ['warning', 'records of the last days are missing in a source'],
  'rejects-kept': ['warning', 'rows could not be understood and wait as rejects'],
  'webhook-failing': ['warning', 'nothing has got through to a webhook for 15 minutes'],
  'webhook-dead': ['warning', 'deliveries that a webhook gave up wait to be replayed or discarded'],
} as const satisfies Record<string, readonly [Level, string]>;
export type Code = keyof typeof codes;

export interface Finding {
  code: Code;
  level: Level;
  /** The Asterisk it is about; null: cdrd itself. */
  system: string | null;
  /** What was found, a sentence. */
  what: string;
  /** Why it matters; null: nothing needs to be done. */
  why: string | null;
  /** The file that `paste` belongs into; null: a command line, or nothing. */
  into: string | null;
  /** Lines to paste. */
  paste: string | null;
  /** What to run after that. */
  then: string | null;
}

export type Told = Pick<Finding, 'what'> & Partial<Pick<Finding, 'system' | 'why' | 'into' | 'paste' | 'then'>>;

export function finding(code: Code, told: Told): Finding {
  const { system = null, what, why = null, into = null, paste = null, then = null } = told;
  return { code, level: codes[code][0], system, what, why, into, paste, then };
}

/** A message as a sentence of its own. */
export function sentence(text: string): string {
  const first = text.charAt(0);
  return `${/^[a-z]+ /.test(text) ? first.toUpperCase() : first}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}

export interface Report {
  /** The worst level there is. */
  verdict: Level;
  /** Faults first. */
  findings: Finding[];
}

const levels: readonly Level[] = ['fault', 'warning', 'ok'];

/** The worst first, else in the order in which they were found. */
export function reportOf(found: readonly Finding[]): Report {
  const findings = levels.flatMap((level) => found.filter((one) => one.level === level));
  return { verdict: findings[0]?.level ?? 'ok', findings };
}
