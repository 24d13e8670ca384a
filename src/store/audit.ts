// What was done, by whom, when, from where: only ever added to, and triggers refuse all else to others. Only a number that is anonymised
// becomes zeros (erasecopies.ts): no other statement here or elsewhere changes an entry.
// A secret never comes here: callers hand over names of fields, not passwords or tokens.
import type { Micros } from '../cdr/cdr.ts';
import { allot, nameKey } from './names.ts';
import { chunks, placeholders, type Sql, type Value } from './sql.ts';

/** Who acted, and from which address (null: on this machine, or unknown). */
export interface By {
  /** command: the command line, by the daemon's own user. nobody: a stranger, refused. */
  kind: 'user' | 'token' | 'command' | 'nobody';
  /** Of the user or token; 0 is CDRD_ADMIN_TOKEN. */
  id: number | null;
  name: string | null;
  address: string | null;
}

/** Those of things that are kept: `user.added`. */
const kept = ['user', 'rate', 'company', 'extension', 'did', 'trunk', 'endpoint', 'hold'] as const;
const done = ['added', 'changed', 'removed'] as const;

export const actions = [
  ...(['login', 'logout', 'refused', 'export', 'import'] as const),
  ...(['cdr.written', 'cdr.changed', 'cdr.deleted', 'cdr.classified', 'cdr.restored'] as const),
  ...(['token.created', 'token.revoked'] as const),
  ...kept.flatMap((thing) => done.map((what) => `${thing}.${what}` as const)),
  ...(['reject.retried', 'reject.discarded', 'reject.mended', 'job.started'] as const),
  ...(['report.added', 'report.removed'] as const),
  ...(['webhook.tested', 'webhook.replayed', 'webhook.discarded'] as const),
  ...(['store.saved', 'store.restored', 'retention.run', 'cdr.anonymised'] as const),
];
export type Action = (typeof actions)[number];

export interface AuditEntry {
  at: Micros;
  by: By;
  action: Action;
  /** What it was done to, in a word or two: `user bob`, `cdr 17`. */
  object?: string | null;
  /** Anything more, as JSON. */
  detail?: Record<string, unknown> | null;
  /** How often, when several of a kind are one entry. */
  count?: number;
}

export type StoredAudit = Required<AuditEntry> & { id: number };

export interface AuditQuery {
  /** Entries above this id, the oldest first. Without it: the newest, the newest first … */
  after?: number;
  /** … below this id. */
  before?: number;
  action?: string;
  /** Of who acted, without case. */
  name?: string;
  /** Not before, and before. */
  from?: Micros;
  until?: Micros;
  limit: number;
}

export const byCommand: By = { kind: 'command', id: null, name: 'cdrd', address: null };

/** Part of the transaction of what it tells of. */
export function writeAudit(sql: Sql, entry: AuditEntry): Promise<void> {
  return writeAudits(sql, [entry]);
}

/** The same for many, in their order. */
export async function writeAudits(sql: Sql, entries: readonly AuditEntry[]): Promise<void> {
  const first = await allot(sql, 'audit', entries.length);
  const rows = entries.map(({ at, by, action, object, detail, count }, place): Value[] => [
    ...[first + place, at, by.kind, by.id, short(by.name, 128), short(by.address, 64), action, short(object, 255)],
    detail ? JSON.stringify(detail) : null,
    count ?? 1,
  ]);
  for (const some of chunks(rows)) {
    await sql.run(
      'INSERT INTO `audit` (`id`, `at`, `who`, `who_id`, `who_name`, `address`, `action`, `object`, `detail`, `count`) ' +
        `VALUES ${placeholders(some.length, 10)}`,
      some.flat(),
    );
  }
}

export async function listAudit(sql: Sql, { after, before, limit, ...given }: AuditQuery): Promise<StoredAudit[]> {
  const [where, order, from] =
    after === undefined ? ['<', 'DESC', before ?? Number.MAX_SAFE_INTEGER] : ['>', 'ASC', after];
  const { name } = given;
  const asked: [condition: string, value: Value | undefined, more?: Value[]][] = [
    ['`action` = ?', given.action],
    [sameName, name, name === undefined ? [] : [name.toLowerCase(), nameKey(name)]],
    ['`at` >= ?', given.from],
    ['`at` < ?', given.until],
  ];
  const held = asked.filter((one): one is [string, Value, Value[]?] => one[1] !== undefined);
  const conditions = held.map(([condition]) => ` AND ${condition}`).join('');
  const rows = await sql.all<Row>(
    `SELECT * FROM \`audit\` WHERE \`id\` ${where} ?${conditions} ORDER BY \`id\` ${order} LIMIT ?`,
    [from, ...held.flatMap(([, value, more = []]) => [value, ...more]), limit],
  );
  return rows.map(({ who, who_id, who_name, address, detail, ...row }) => ({
    ...row,
    by: { kind: who, id: who_id, name: who_name, address },
    detail: detail === null ? null : (JSON.parse(detail) as Record<string, unknown>),
  }));
}

/** SQLite knows the case of ASCII only: for other letters, the user there is says how its name is spelled. */
const sameName =
  '(`who_name` = ? OR LOWER(`who_name`) = ? OR `who_name` = (SELECT `name` FROM `user` WHERE `name_key` = ?))';

type Row = Omit<StoredAudit, 'by' | 'detail'> & {
  who: By['kind'];
  who_id: number | null;
  who_name: string | null;
  address: string | null;
  detail: string | null;
};

/** An audit must not fail because a name is long. */
function short(text: string | null | undefined, most: number): Value {
  return text == null ? null : text.slice(0, most).toWellFormed();
}
