// A record as columns and back. The one place that knows the column order.
import type { Cdr, Direction, Disposition, InCall, Properties, StoredCdr, TimeOrigin } from '../cdr/cdr.ts';
import type { Contradictions } from '../cdr/merge.ts';
import { readSights, writeSights, type Sight } from '../cdr/sight.ts';
import { nothingInCall } from '../cdr/incall.ts';
import type { Value, ValuesOf } from './sql.ts';

export const columns = [
  'id',
  'system_id',
  'uniqueid',
  'sequence',
  'linkedid',
  'start',
  'answer',
  'end',
  'time_origin',
  'duration',
  'billsec',
  'disposition',
  'amaflags',
  'clid',
  'src',
  'dst',
  'dcontext',
  'channel',
  'dstchannel',
  'lastapp',
  'lastdata',
  'accountcode',
  'peeraccount',
  'userfield',
  'custom',
  'company_id',
  'target_id',
  'extension',
  'peer_extension',
  'direction',
  'properties',
  'sources',
  'contradictions',
  'created',
  'updated',
  'words',
  'hidden',
  'edited',
  'call_id',
  'in_call',
  'erased',
] as const;

export type Row = Record<(typeof columns)[number], Value>;

/** `\`cdr\`.\`id\`, …` for every column. */
export const selectColumns = columns.map((column) => `\`cdr\`.\`${column}\``).join(', ');

export interface Ids {
  system: number;
  company: number | null;
  target: number | null;
  /** Which call it is of; null until that is decided. */
  call: number | null;
}

/** Who has seen a record, and where they do not agree. */
export interface Told {
  sights: readonly Sight[];
  contradictions: Contradictions;
  /** 0: as it came; 1: a number was anonymised; 2: all of it was (erase.ts). */
  erased: number;
}

/** In the order of `columns`. */
export function toValues(cdr: StoredCdr, ids: Ids, told: Told): ValuesOf<typeof columns> {
  const [sources, contradictions] = toldValues(told);
  return [
    cdr.id,
    ids.system,
    cdr.uniqueid,
    cdr.sequence,
    cdr.linkedid,
    cdr.start,
    cdr.answer,
    cdr.end,
    cdr.timeOrigin,
    cdr.duration,
    cdr.billsec,
    cdr.disposition,
    cdr.amaflags,
    cdr.clid,
    cdr.src,
    cdr.dst,
    cdr.dcontext,
    cdr.channel,
    cdr.dstchannel,
    cdr.lastapp,
    cdr.lastdata,
    cdr.accountcode,
    cdr.peeraccount,
    cdr.userfield,
    JSON.stringify(cdr.custom),
    ids.company,
    ids.target,
    cdr.extension,
    cdr.peerExtension,
    cdr.direction,
    JSON.stringify(cdr.properties),
    sources,
    contradictions,
    cdr.created,
    cdr.updated,
    cdr.words,
    cdr.hidden ? 1 : 0,
    cdr.edited ? 1 : 0,
    ids.call,
    inCallText(cdr.inCall),
    told.erased,
  ];
}

/** The record without note and tags; its parties are those everyone sees, its properties those of the raw record. */
export function fromRow(row: Row, names: { system: string; company: string | null; target: string | null }): StoredCdr {
  return {
    id: row.id as number,
    system: names.system,
    uniqueid: row.uniqueid as string,
    sequence: row.sequence as number | null,
    linkedid: row.linkedid as string | null,
    start: row.start as number,
    answer: row.answer as number | null,
    end: row.end as number | null,
    timeOrigin: row.time_origin as TimeOrigin,
    duration: row.duration as number,
    billsec: row.billsec as number,
    disposition: row.disposition as Disposition,
    amaflags: row.amaflags as number | null,
    clid: row.clid as string | null,
    src: row.src as string | null,
    dst: row.dst as string | null,
    dcontext: row.dcontext as string | null,
    channel: row.channel as string | null,
    dstchannel: row.dstchannel as string | null,
    lastapp: row.lastapp as string | null,
    lastdata: row.lastdata as string | null,
    accountcode: row.accountcode as string | null,
    peeraccount: row.peeraccount as string | null,
    userfield: row.userfield as string | null,
    custom: JSON.parse(row.custom as string) as Cdr['custom'],
    company: names.company,
    target: names.target,
    extension: row.extension as string | null,
    peerExtension: row.peer_extension as string | null,
    direction: row.direction as Direction | null,
    properties: JSON.parse(row.properties as string) as Properties,
    inCall: row.in_call === null ? nothingInCall : (JSON.parse(row.in_call as string) as InCall),
    created: row.created as number,
    updated: row.updated as number,
    note: null,
    tags: [],
    words: row.words as string | null,
    hidden: row.hidden !== 0,
    edited: row.edited !== 0,
  };
}

/** The column `in_call`: null for the most, of which their calls say nothing. */
export function inCallText(inCall: InCall): string | null {
  return Object.keys(inCall).length === 0 ? null : JSON.stringify(inCall);
}

/** The columns `sources` and `contradictions`. */
export function toldValues({
  sights,
  contradictions,
}: Pick<Told, 'sights' | 'contradictions'>): [string, string | null] {
  return [writeSights(sights), Object.keys(contradictions).length === 0 ? null : JSON.stringify(contradictions)];
}

export function sightsOf(row: Pick<Row, 'sources'>): Sight[] {
  return readSights(row.sources as string);
}

export function contradictionsOf(row: Pick<Row, 'contradictions'>): Contradictions {
  return row.contradictions === null ? {} : (JSON.parse(row.contradictions as string) as Contradictions);
}
