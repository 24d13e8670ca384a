// Editing and hiding a record: what people write is kept beside it, told as a change, and remembered with who and when.
import { wordNames, type Micros, type Said, type StoredCdr, type WordName } from '../cdr/cdr.ts';
import { partyNames, type Overlay, type Patch } from '../cdr/overlay.ts';
import { companyKey, isVisible, type Within } from '../cdr/query.ts';
import { writeAudit, type Action, type By } from './audit.ts';
import { refreshCall, type Rooms } from './calls.ts';
import { writeChanges } from './changes.ts';
import { touchDays } from './days.ts';
import { bareOverlay, laidOver } from './laid.ts';
import { demandAll, demandEdit } from './leave.ts';
import { allot } from './names.ts';
import { loadOverlays, saveOverlay, toTags } from './overlays.ts';
import type { Reader } from './read.ts';
import { inCallText, type Row, selectColumns } from './row.ts';
import type { Sql, Value } from './sql.ts';

/** Who edits which record, from behind which wall. */
export interface Editing {
  id: number;
  by: By;
  now: Micros;
  within: Within;
}

/** One edit of a record: fields by their names, `peer_extension` as outside. */
export interface Edit {
  id: number;
  at: Micros;
  by: string;
  changes: Record<string, { before: unknown; after: unknown }>;
}

/** Edits of companies that are looked at in one go; a record rarely has more than a few. */
const movesPage = 100;

const fieldNames: Record<Exclude<keyof Patch, 'said'>, string> = {
  note: 'note',
  tags: 'tags',
  company: 'company',
  target: 'target',
  extension: 'extension',
  peerExtension: 'peer_extension',
};

/**
 * Must run inside the transaction of a write; call what it resolves to after the commit. null when there is no such
 * record behind the wall. @throws ClientError 422, 403
 */
export async function editCdr(
  sql: Sql,
  rooms: Rooms,
  editing: Editing,
  patch: Patch,
): Promise<{ keep: () => void } | null> {
  const found = await lookUp(sql, rooms.read, editing);
  if (!found) return null;
  const { cdr: before, overlay } = found;
  const tags = await toTags(sql, patch.tags ?? overlay.tags);
  const laid = laidOver(before, overlay, patch.tags ? { ...patch, tags: tags.names } : patch, editing.now);
  if (laid === null) return { keep: () => undefined };
  const { after, next } = laid;
  demandEdit(before, after, patch, editing.within);
  const handles = [after.company, after.target].filter((handle) => handle !== null);
  const companyIds = await rooms.companies.toIds(sql, handles);
  const idOf = (handle: string | null): Value =>
    handle === null ? null : companyIds.get(rooms.companies.key(handle))!;
  await saveOverlay(sql, editing.id, next, tags.ids);
  await sql.run(
    'UPDATE `cdr` SET `company_id` = ?, `target_id` = ?, `extension` = ?, `peer_extension` = ?, `words` = ?, ' +
      `${wordNames.map((name) => `\`${name}\` = ?`).join(', ')}, ` +
      '`in_call` = ?, `edited` = 1, `updated` = ? WHERE `id` = ?',
    [
      ...[idOf(after.company), idOf(after.target), after.extension, after.peerExtension, after.words],
      ...wordNames.map((name) => after[name]),
      ...[inCallText(after.inCall), editing.now, editing.id],
    ],
  );
  if (after.start !== before.start) {
    await touchDays(sql, (await rooms.systems.findId(sql, after.system))!, [before.start, after.start]);
  }
  await writeChanges(sql, [{ id: editing.id, op: 'updated', was: before, is: after }], editing.now);
  await refreshCall(sql, rooms, { cdr: after, callId: found.callId }, editing.now);
  await rememberEdit(sql, editing, { before, after, old: overlay, next });
  return { keep: () => rooms.companies.keep(handles, companyIds) };
}

/**
 * Takes a record away for everyone, or brings it back (`hidden` false); the raw one stays. Resolves to false when there is
 * none behind the wall. @throws ClientError 403 when it is of companies too that the wall leaves out
 */
export async function hideCdr(sql: Sql, rooms: Rooms, editing: Editing, hidden: boolean): Promise<boolean> {
  const found = await lookUp(sql, rooms.read, editing, !hidden);
  if (!found) return false;
  const { id, now } = editing;
  const was = found.cdr;
  demandAll(was, editing.within);
  if (was.hidden === hidden) return true;
  const is = { ...was, hidden };
  await sql.run('UPDATE `cdr` SET `hidden` = ?, `updated` = ? WHERE `id` = ?', [hidden ? 1 : 0, now, id]);
  await writeChanges(sql, [{ id, op: hidden ? 'deleted' : 'created', was, is }], now);
  await refreshCall(sql, rooms, { cdr: is, callId: found.callId }, now);
  const action = hidden ? 'cdr.deleted' : 'cdr.restored';
  await remember(sql, editing, action, { hidden: { before: was.hidden, after: hidden } });
  return true;
}

/**
 * Edits of a record, oldest first. Behind a wall only those since the record last moved between companies: what was
 * written before it came is not its new company's to read.
 */
export async function editsOf(sql: Sql, id: number, after: number, limit: number, within: Within): Promise<Edit[]> {
  const from = within === null ? after : Math.max(after, await lastMove(sql, id));
  const rows = await sql.all<Omit<Edit, 'changes'> & { changes: string }>(
    'SELECT `id`, `at`, `by`, `changes` FROM `edit` WHERE `cdr_id` = ? AND `id` > ? ORDER BY `id` LIMIT ?',
    [id, from, limit],
  );
  return rows.map((row) => ({ ...row, changes: JSON.parse(row.changes) as Edit['changes'] }));
}

/**
 * The last edit that gave the record to another company, 0 when none did. A correction that repeats what the record said
 * already gave it to nobody. In JSON a bare quote is never part of a text.
 */
async function lastMove(sql: Sql, id: number): Promise<number> {
  let below = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const rows = await sql.all<{ id: number; changes: string }>(
      'SELECT `id`, `changes` FROM `edit` WHERE `cdr_id` = ? AND `id` < ? AND (`changes` LIKE ? OR `changes` LIKE ?) ' +
        'ORDER BY `id` DESC LIMIT ?',
      [id, below, '%"company":{"before"%', '%"target":{"before"%', movesPage],
    );
    const move = rows.find(({ changes }) => isMove(JSON.parse(changes) as Edit['changes']));
    if (move) return move.id;
    if (rows.length < movesPage) return 0;
    below = rows.at(-1)!.id;
  }
}

function isMove({ company, target }: Edit['changes']): boolean {
  const keyOf = (handle: unknown) => (typeof handle === 'string' ? companyKey(handle) : null);
  return [company, target].some((change) => change && keyOf(change.before) !== keyOf(change.after));
}

/** The record as everyone sees it now. Takes the lock of ingest first: nobody else changes it until we have. */
async function lookUp(
  sql: Sql,
  reader: Reader,
  { id, within }: Editing,
  withHidden = false,
): Promise<{ cdr: StoredCdr; overlay: Overlay; callId: number | null } | undefined> {
  await allot(sql, 'cdr', 0);
  const rows = await sql.all<Row>(`SELECT ${selectColumns} FROM \`cdr\` WHERE \`id\` = ?`, [id]);
  const [cdr] = await reader.toCdrs(sql, rows);
  if (!cdr || (cdr.hidden && !withHidden) || !isVisible(cdr, within)) return undefined;
  const overlay = (await loadOverlays(sql, rows)).get(id) ?? bareOverlay(cdr);
  return { cdr, overlay, callId: rows[0]!.call_id as number | null };
}

/** The history of a record and the audit: what somebody has written over it. */
export async function rememberEdit(
  sql: Sql,
  editing: Omit<Editing, 'within'>,
  { before, after, old, next }: { before: StoredCdr; after: StoredCdr; old: Overlay; next: Overlay },
): Promise<void> {
  await remember(sql, editing, 'cdr.changed', diff(before, after, old, next));
}

/** The history keeps what was written; the audit only who did it, from where, and to which fields: it outlives the record. */
async function remember(
  sql: Sql,
  editing: Omit<Editing, 'within'>,
  action: Action,
  changes: Edit['changes'],
): Promise<void> {
  const { id, by, now } = editing;
  const place = await allot(sql, 'edit', 1);
  await sql.run('INSERT INTO `edit` (`id`, `cdr_id`, `at`, `by`, `changes`) VALUES (?, ?, ?, ?, ?)', [
    ...[place, id, now, (by.name ?? by.kind).slice(0, 255), JSON.stringify(changes)],
  ]);
  const detail = action === 'cdr.changed' ? { fields: Object.keys(changes) } : null;
  await writeAudit(sql, { at: now, by, action, object: `cdr ${id}`, detail });
}

/** What people see before and after, of each field whose overlay changed. */
function diff(before: StoredCdr, after: StoredCdr, old: Overlay, next: Overlay): Edit['changes'] {
  const changes: Edit['changes'] = {};
  const note = (field: Exclude<keyof Patch, 'said'>) =>
    (changes[fieldNames[field]] = { before: before[field], after: after[field] });
  if (old.note !== next.note) note('note');
  if (JSON.stringify(old.tags) !== JSON.stringify(next.tags)) note('tags');
  for (const name of partyNames) if (old.corrected[name] !== next.corrected[name]) note(name);
  for (const name of Object.keys(next.said) as (keyof Said)[]) {
    if (old.said[name] === next.said[name]) continue;
    const seen = (cdr: StoredCdr) => (name in next.told ? cdr[name as WordName] : cdr.said?.[name]) ?? null;
    changes[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = {
      before: seen(before),
      after: seen(after),
    };
  }
  return changes;
}
