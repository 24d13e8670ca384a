// Which calls the records at hand may be of, with all the records of these: a few indexed statements for a whole batch.
import type { StoredCall } from '../cdr/call.ts';
import type { StoredCdr } from '../cdr/cdr.ts';
import { conferencesOf, meetingOf, type Meeting } from '../cdr/groups.ts';
import { touchMicros } from '../cdr/legs.ts';
import { insertCall, type CallRow } from './callrow.ts';
import type { Names } from './names.ts';
import type { Reader } from './read.ts';
import { selectColumns, type Row } from './row.ts';
import { chunks, placeholders, type Sql, type Value } from './sql.ts';

export interface Rooms {
  systems: Names;
  companies: Names;
  read: Reader;
}

/** A record while its call is looked for. */
export interface Member {
  cdr: StoredCdr;
  callId: number | null;
  /** Its row is there and is not written again with it. */
  isStored: boolean;
  /** The call of the stored records of its uniqueid, null without any; undefined: nobody has looked. */
  kin?: number | null;
  /** Calls it would join that take no more records in. */
  full: readonly number[];
}

export interface Gathered {
  /** By the id of their record; the touched ones are among them. */
  members: Map<number, Member>;
  /** Calls by id as they were; of those that are full, no record is among the members but the touched ones. */
  known: Map<number, StoredCall>;
}

/** `also`: calls that are looked at whatever the records say. */
export async function gather(
  sql: Sql,
  rooms: Rooms,
  touched: readonly Member[],
  recordsMax: number,
  also: readonly number[],
): Promise<Gathered> {
  const members = new Map(touched.map((member) => [member.cdr.id, member]));
  const known = new Map<number, StoredCall>();
  const linked = new Map<string, Set<number>>();
  const isFilled = await isCallsFilled(sql, rooms.read);
  let fresh: readonly Member[] = touched;
  let wanted = new Set(also);
  // Each round finds what the records of the last one lead to. In a filled store calls are closed: the second finds nothing.
  while (fresh.length > 0 || wanted.size > 0) {
    for (const id of await callsOf(sql, rooms, fresh, linked)) wanted.add(id);
    for (const { callId } of fresh) if (callId !== null) wanted.add(callId);
    const calls = await loadCalls(
      sql,
      rooms,
      [...wanted].filter((id) => !known.has(id)),
    );
    for (const call of calls) known.set(call.id, call);
    const open = calls.filter(({ records }) => records < recordsMax).map(({ id }) => id);
    const news = await recordsOf(sql, rooms, '`call_id`', open, members);
    if (!isFilled) news.push(...(await loose(sql, rooms, fresh, recordsMax, members)));
    for (const member of news) members.set(member.cdr.id, member);
    fresh = isFilled ? [] : news;
    wanted = new Set();
  }
  const full = new Set([...known.values()].filter(({ records }) => records >= recordsMax).map(({ id }) => id));
  if (full.size > 0) {
    for (const member of members.values()) {
      const ids = [member.callId, ...keysOf(member.cdr).flatMap((key) => [...(linked.get(key) ?? [])])];
      member.full = ids.filter((id) => id !== null && full.has(id)) as number[];
    }
  }
  return { members, known };
}

const keysOf = (cdr: StoredCdr): string[] => {
  const { system, uniqueid, linkedid, dstchannel } = cdr;
  return [
    `u${system}\n${uniqueid}`,
    ...(linkedid ? [`l${system}\n${linkedid}`] : []),
    ...(dstchannel ? [`c${system}\n${dstchannel}`] : []),
    ...conferencesOf(cdr).map(({ channel }) => `c${system}\n${channel}`),
  ];
};

/** Ids of the calls that have a record of the same linkedid, uniqueid, or consulted channel. */
async function callsOf(
  sql: Sql,
  { systems }: Rooms,
  members: readonly Member[],
  linked: Map<string, Set<number>>,
): Promise<Set<number>> {
  const ids = new Set<number>();
  const note = (key: string, id: number | null) => {
    if (id === null) return;
    ids.add(id);
    const known = linked.get(key);
    if (known) known.add(id);
    else linked.set(key, new Set([id]));
  };
  for (const [systemName, ofSystem] of Map.groupBy(members, ({ cdr }) => cdr.system)) {
    const systemId = await systems.findId(sql, systemName);
    if (systemId === undefined) continue;
    for (const { cdr, kin } of ofSystem) if (kin != null) note(`u${systemName}\n${cdr.uniqueid}`, kin);
    const sought = {
      linkedid: ofSystem,
      uniqueid: ofSystem.filter(({ callId, kin }) => callId === null && kin === undefined),
    };
    for (const name of ['linkedid', 'uniqueid'] as const) {
      const keys = [...new Set(sought[name].map(({ cdr }) => cdr[name]).filter((key) => key))] as string[];
      for (const some of chunks(keys)) {
        // One record of each is enough: all of them are of one call. `+ 0` leaves the database no index but that of the key.
        const system = name === 'uniqueid' ? '`system_id` = ?' : '`system_id` + 0 = ?';
        const rows = await sql.all<{ key: string; id: number | null }>(
          `SELECT \`key\`, (SELECT \`call_id\` FROM \`cdr\` WHERE \`${name}\` = \`key\` AND ${system} ` +
            `AND \`call_id\` + 0 > 0 LIMIT 1) AS \`id\` FROM (${listed(some.length)}) AS \`keys\``,
          [systemId, ...some],
        );
        for (const { key, id } of rows) note(`${name[0]}${systemName}\n${key}`, id);
      }
    }
    const meet = async (column: 'dstchannel' | 'conference', meetings: readonly Meeting[], narrow = '') => {
      for (const { key, id } of await metIn(sql, systemId, column, meetings, narrow))
        note(`c${systemName}\n${key}`, id);
    };
    const consulted = ofSystem.flatMap(({ cdr }) => meetingOf(cdr) ?? []);
    await meet('dstchannel', consulted);
    const conferences = ofSystem.flatMap(({ cdr }) => conferencesOf(cdr));
    await meet('dstchannel', conferences, 'AND `conference` IS NOT NULL ');
    await meet('conference', conferences);
  }
  return ids;
}

/** Calls of the records in which a channel was at that time, as their party B, or as a party of a conference. */
async function metIn(
  sql: Sql,
  systemId: number,
  column: 'dstchannel' | 'conference',
  meetings: readonly Meeting[],
  narrow: string,
): Promise<{ key: string; id: number }[]> {
  const found: { key: string; id: number }[] = [];
  for (const some of chunks(meetings)) {
    const byChannel = Map.groupBy(some, ({ channel }) => channel);
    // With the bounds of them all, for a list of keys takes a third of the time of a join; each alone where these bring too many rows.
    const rows = await sql.all<{ key: string; id: number; from: number; until: number }>(
      `SELECT \`${column}\` AS \`key\`, \`call_id\` AS \`id\`, \`start\` AS \`from\`, ${endColumn} AS \`until\` FROM \`cdr\` ` +
        `WHERE \`${column}\` IN ${placeholders(1, some.length)} AND \`system_id\` + 0 = ? AND \`call_id\` + 0 > 0 ${narrow}` +
        `AND \`disposition\` = 'ANSWERED' AND \`start\` + 0 <= ? AND ${endColumn} >= ? LIMIT ?`,
      [
        ...some.map(({ channel }) => channel),
        systemId,
        Math.max(...some.map(({ until }) => until)) + touchMicros,
        Math.min(...some.map(({ from }) => from)) - touchMicros,
        meetingsMax,
      ],
    );
    if (rows.length === meetingsMax && some.length > 1) {
      for (const meeting of some) found.push(...(await metIn(sql, systemId, column, [meeting], narrow)));
      continue;
    }
    for (const row of rows) {
      const isAt = (met: Meeting) => row.from <= met.until + touchMicros && row.until + touchMicros >= met.from;
      if (byChannel.get(row.key)?.some(isAt)) found.push(row);
    }
  }
  return found;
}

/** When a record ended. */
const endColumn = 'COALESCE(`end`, `start` + `duration` * 1000000)';

/** Rows of one look for consulted channels: a channel has a handful of records; one name for all is a writer's mistake. */
const meetingsMax = 5000;

/** `SELECT ? AS key UNION ALL SELECT ? …`: a column of values. */
function listed(rows: number): string {
  return 'SELECT ? AS `key`' + ' UNION ALL SELECT ?'.repeat(rows - 1);
}

/** Records from before there were calls that are linked to these. */
async function loose(
  sql: Sql,
  rooms: Rooms,
  members: readonly Member[],
  most: number,
  known: ReadonlyMap<number, Member>,
): Promise<Member[]> {
  const found: Member[] = [];
  for (const [system, ofSystem] of Map.groupBy(members, ({ cdr }) => cdr.system)) {
    const systemId = await rooms.systems.findId(sql, system);
    if (systemId === undefined) continue;
    const met = ofSystem.flatMap(({ cdr }) => [...conferencesOf(cdr), meetingOf(cdr) ?? []].flat());
    const channels = [...new Set(met.map(({ channel }) => channel))];
    for (const name of ['linkedid', 'uniqueid', 'dstchannel', 'conference'] as const) {
      const isChannel = name === 'dstchannel' || name === 'conference';
      const keys = isChannel
        ? channels
        : ([...new Set(ofSystem.map(({ cdr }) => cdr[name]))].filter(Boolean) as string[]);
      const narrow = ` AND \`call_id\` IS NULL AND \`system_id\` = ${systemId} LIMIT ${most}`;
      found.push(...(await recordsOf(sql, rooms, `\`${name}\``, keys, known, narrow)));
    }
  }
  return found;
}

/** Without those that are known: these may have changed, and name companies that are not committed yet. */
async function recordsOf(
  sql: Sql,
  { read }: Rooms,
  column: string,
  values: readonly Value[],
  known: ReadonlyMap<number, Member>,
  narrow = '',
): Promise<Member[]> {
  const members: Member[] = [];
  for (const some of chunks(values)) {
    const where = placeholders(1, some.length);
    const select = `SELECT ${selectColumns} FROM \`cdr\` WHERE ${column} IN ${where}${narrow}`;
    const rows = (await sql.all<Row>(select, some)).filter(({ id }) => !known.has(id as number));
    const cdrs = await read.toCdrs(sql, rows);
    cdrs.forEach((cdr, at) =>
      members.push({ cdr, callId: rows[at]!.call_id as number | null, isStored: true, full: [] }),
    );
  }
  return members;
}

async function loadCalls(sql: Sql, { read }: Rooms, ids: readonly number[]): Promise<StoredCall[]> {
  const calls: StoredCall[] = [];
  for (const some of chunks(ids)) {
    const where = placeholders(1, some.length);
    const rows = await sql.all<CallRow>(`SELECT ${insertCall} FROM \`call\` WHERE \`id\` IN ${where}`, [...some]);
    calls.push(...(await read.toCalls(sql, rows)));
  }
  return calls;
}

/** Stores in which every record has its call; none loses that again. */
const filled = new WeakSet<Reader>();

async function isCallsFilled(sql: Sql, read: Reader): Promise<boolean> {
  if (filled.has(read)) return true;
  const [row] = await sql.all("SELECT 1 FROM `meta` WHERE `name` = 'calls_filled'");
  if (row) filled.add(read);
  return row !== undefined;
}
