// What AMI and the table say themselves, as findings; and whether what Asterisk's files say fits the table that is there. Pure.
import type { Ending } from '../sources/ami/client.ts';
import type { AmiSighting } from '../sources/ami/probe.ts';
import { placeOf } from '../sources/table/config.ts';
import { unfilledText, type Advice } from '../sources/table/flavour.ts';
import type { TableSighting } from '../sources/table/probe.ts';
import type { Backend } from './backend.ts';
import { finding, sentence, type Code, type Finding } from './finding.ts';
import type { Subject } from './settings.ts';

/** Seconds that two clocks may differ before it is worth a word; NTP keeps them within a tenth. */
const clockSlack = 5;

export function amiFindings(seen: AmiSighting | Ending, { system }: Subject): Finding[] {
  if ('kind' in seen) {
    // `allowmultiplelogin = no`: the daemon is in, so its user is good.
    if (/already in use/i.test(seen.message)) {
      return [
        finding('ami-ok', { system, what: 'AMI takes one login of this user at a time, and the daemon has it.' }),
      ];
    }
    const why = 'cdrd hears no record the moment a call ends; only the table is left.';
    return [finding('ami-login', { system, what: sentence(seen.message), why })];
  }
  const { version, isCdrOn, clock } = seen;
  const name = version === null ? 'Asterisk' : `Asterisk ${version}`;
  const found = [finding('ami-ok', { system, what: `${name} lets cdrd in.` })];
  if (isCdrOn === false) {
    const what = `${name} says that it makes no call records (CoreSettings: CoreCDRenabled).`;
    const paste = '[general]\nenable = yes';
    const why = 'There is nothing to hear and nothing to read.';
    found.push(
      finding('cdr-off', { system, what, why, into: 'cdr.conf', paste, then: 'asterisk -rx "module reload cdr"' }),
    );
  }
  if (clock) found.push(...clockFindings('ami-clock', `The clock of ${name}`, clock, system));
  return found;
}

/** Which module writes the table, where no row of it ever comes. */
export function tableFindings(
  seen: TableSighting,
  { system, table, ...subject }: Subject,
  backends: readonly Backend[],
): Finding[] {
  if (!table) return [];
  const { flavour, label, rows, lack, server, kind } = seen;
  const readBy = flavour.idColumn ?? flavour.timeColumn ?? 'nothing';
  const many = rows === null ? '' : `, about ${rows} rows`;
  const unfilled = flavour.unfilled.length === 0 ? '' : ` ${sentence(unfilledText(flavour.unfilled))}`;
  const what = `"${table.name}" in ${label}: ${flavour.columns.length} columns${many}, read by ${readBy}, times in ${flavour.timezone}.${unfilled}`;
  const found = [finding('table-ok', { system, what })];
  if (lack !== null) {
    const why = 'None of its rows can be understood; each becomes a reject.';
    found.push(finding('table-columns', { system, what: sentence(lack), why }));
  }
  for (const advice of seen.advices) found.push(adviceFinding(advice, system, kind));
  found.push(...aliasFindings(seen, { system, table, ...subject }, backends));
  if (!server) return found;
  const place = placeOf(table.url);
  const rights = place.kind === 'mysql' ? server.grants.filter((grant) => isTooMuch(grant, place.database)) : [];
  if (rights.length > 0) {
    const [, account = "'cdrd'@'localhost'"] = / TO (\S+@\S+)/.exec(rights[0]!) ?? [];
    const to = account.replaceAll('`', "'");
    const quoted = (name: string) => `\`${name}\``;
    const database = place.kind === 'mysql' ? place.database : '';
    found.push(
      finding('table-grant', {
        system,
        what: `The user of table.url may do more than SELECT from "${table.name}": ${rights.join('; ')}.`,
        why: 'cdrd never writes there. Whoever gets hold of the password could change or delete call records.',
        paste: `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${to};\nGRANT SELECT ON ${quoted(database)}.${quoted(table.name)} TO ${to};`,
      }),
    );
  }
  found.push(...clockFindings('table-clock', `The clock of the database ${label}`, server, system));
  return found;
}

const whys: Record<Advice['about'], [code: Code, why: string]> = {
  sequence: ['table-sequence', 'Two records of one channel that agree in everything else cannot be told apart.'],
  index: ['table-index', 'Each look reads the whole table: the PBX has the work, and records come later.'],
  times: ['table-types', 'Their zones cannot be told apart in a row: some times may be hours off.'],
  narrow: ['table-narrow', 'A record may come twice: a text that was cut is taken for another one.'],
};

function adviceFinding({ about, text, sql }: Advice, system: string | null, kind: TableSighting['kind']): Finding {
  const [code, why] = whys[about];
  const then = about === 'sequence' && kind === 'mysql' ? 'asterisk -rx "module reload cdr_adaptive_odbc.so"' : null;
  return finding(code, { system, what: sentence(text.replace(/[;:]? run: .*$/, '')), why, paste: sql, then });
}

/** A variable goes into the column of its own name, or into that of its alias: nothing else fills `calldate`. */
function aliasFindings(
  { flavour }: TableSighting,
  { system, table }: Subject,
  backends: readonly Backend[],
): Finding[] {
  const { timeColumn } = flavour;
  const own = backends.filter(
    ({ kind, table: name }) => kind === 'odbc' && name.toLowerCase() === table?.name.toLowerCase(),
  );
  const [backend] = own;
  if (!backend || timeColumn === null || timeColumn === 'start' || flavour.columns.includes('start')) return [];
  if (own.some(({ aliases }) => aliases.get(timeColumn) === 'start')) return [];
  return [
    finding('backend-alias', {
      system,
      what: `Nothing fills the column ${timeColumn}: [${backend.where}] has no "alias start => ${timeColumn}".`,
      why: 'Every row has the same time, that of the default: records are not found by time, and stand in the wrong day.',
      into: backend.where.replace(/:\d+$/, ''),
      paste: `alias start => ${timeColumn}`,
      then: 'asterisk -rx "module reload cdr_adaptive_odbc.so"',
    }),
  ];
}

/** `GRANT USAGE` is no right; SELECT, on this database or a table of it, is what is asked for, with SHOW VIEW where it is a view. */
function isTooMuch(grant: string, database: string): boolean {
  const [, rights = '', on = ''] = /^GRANT (.*?) ON (.*?) TO /.exec(grant) ?? [];
  if (rights === '' || rights === 'USAGE') return false;
  const isWide = on.startsWith('*.') || !on.replaceAll('`', '').replaceAll('\\', '').startsWith(`${database}.`);
  const words = rights
    .replace(/\([^)]*\)/g, '')
    .split(',')
    .map((word) => word.trim());
  const isMore = words.some((word) => word !== 'SELECT' && word !== 'SHOW VIEW') || / WITH GRANT OPTION/.test(grant);
  return isMore || isWide;
}

/** Seconds by which a clock is ahead of ours: 0 while it can be right. */
function aheadOf(now: number, { from, to }: { from: number; to: number }): number {
  if (now > to) return now - to;
  return now < from ? now - from : 0;
}

function clockFindings(
  code: 'ami-clock' | 'table-clock',
  whose: string,
  { now, asked }: { now: number; asked: { from: number; to: number } },
  system: string | null,
): Finding[] {
  const ahead = aheadOf(now, asked);
  if (Math.abs(ahead) < clockSlack) return [];
  const what = `${whose} is ${Math.abs(ahead).toFixed(0)} seconds ${ahead > 0 ? 'ahead of' : 'behind'} this machine's.`;
  const why = 'Records stand at wrong times, lags are wrong, and "missing" is told too early or too late.';
  return [finding(code, { system, what, why, paste: 'timedatectl set-ntp true', then: 'timedatectl timesync-status' })];
}
