// A call as columns and back. The one place that knows their order.
import type { CallOutcome } from '../cdr/outcome.ts';
import type { Call, StoredCall } from '../cdr/call.ts';
import type { Direction } from '../cdr/cdr.ts';
import type { Parties } from '../cdr/wall.ts';
import type { Value, ValuesOf } from './sql.ts';

export const callColumns = [
  'id',
  'system_id',
  'company_id',
  'target_id',
  'caller',
  'called',
  'answered_by',
  'direction',
  'outcome',
  'start',
  'answer',
  'end',
  'duration',
  'ring',
  'talk',
  'queue',
  'records',
  'legs',
  'transfers',
  'mixed',
  'hidden',
  'first_cdr',
  'extensions',
  'linkedids',
  'uniqueids',
  'walls',
  'detail',
  'created',
  'updated',
] as const;

export type CallRow = Record<(typeof callColumns)[number], Value>;

/** `\`call\`.\`id\` AS \`call.id\`, …`: beside a record's columns. */
export const selectCall = callColumns.map((column) => `\`call\`.\`${column}\``).join(', ');
export const insertCall = callColumns.map((column) => `\`${column}\``).join(', ');

export interface CallIds {
  system: number;
  company: number | null;
  target: number | null;
}

/** In the order of `callColumns`. */
export function toCallValues(call: StoredCall, ids: CallIds): ValuesOf<typeof callColumns> {
  return [
    call.id,
    ids.system,
    ids.company,
    ids.target,
    call.caller,
    call.called,
    call.answeredBy,
    call.direction,
    call.outcome,
    call.start,
    call.answer,
    call.end,
    durationOf(call),
    call.ring,
    call.talk,
    call.queue,
    call.records,
    call.legs,
    call.transfers.length,
    call.isMixed ? 1 : 0,
    call.hidden ? 1 : 0,
    call.firstCdr,
    listText(call.extensions),
    listText(call.linkedids),
    listText(call.uniqueids),
    JSON.stringify(call.walls.map((wall) => [wall.company, wall.target, wall.extension, wall.peerExtension])),
    detailText(call),
    call.created,
    call.updated,
  ];
}

/** Signals only where there are any: without events of channels they are in no call. */
function detailText({ wanted, transfers, recordings, trunks, signals }: StoredCall): string {
  const told = [wanted, transfers, recordings, trunks];
  return JSON.stringify(signals === null ? told : [...told, signals]);
}

export function fromCallRow(
  row: CallRow,
  names: { system: string; company: string | null; target: string | null },
): StoredCall {
  type Detail = [Call['wanted'], Call['transfers'], Call['recordings'], Call['trunks'], Call['signals']?];
  const [wanted, transfers, recordings, trunks, signals = null] = JSON.parse(row.detail as string) as Detail;
  const walls = JSON.parse(row.walls as string) as (string | null)[][];
  return {
    id: row.id as number,
    ...names,
    caller: row.caller as string | null,
    called: row.called as string | null,
    wanted,
    answeredBy: row.answered_by as string | null,
    extensions: readList(row.extensions as string),
    direction: row.direction as Direction | null,
    outcome: row.outcome as CallOutcome,
    start: row.start as number,
    answer: row.answer as number | null,
    end: row.end as number,
    ring: row.ring as number | null,
    talk: row.talk as number,
    queue: row.queue as number | null,
    transfers,
    recordings,
    trunks,
    signals,
    linkedids: readList(row.linkedids as string),
    uniqueids: readList(row.uniqueids as string),
    records: row.records as number,
    legs: row.legs as number,
    isMixed: row.mixed !== 0,
    hidden: row.hidden !== 0,
    firstCdr: row.first_cdr as number,
    walls: walls.map(([company, target, extension, peerExtension]) => ({
      ...{ company, target, extension, peerExtension },
    })) as Parties[],
    created: row.created as number,
    updated: row.updated as number,
  };
}

export function durationOf({ start, end }: Pick<Call, 'start' | 'end'>): number {
  return Math.floor((end - start) / 1e6);
}

/** Texts, each between line ends, which JSON escapes: `elementText` of one is found in it exactly when it is one of them. */
export function listText(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `\n${texts.map((text) => JSON.stringify(text)).join('\n')}\n`;
}

export function elementText(text: string): string {
  return `\n${JSON.stringify(text)}\n`;
}

function readList(text: string): string[] {
  return text === ''
    ? []
    : text
        .slice(1, -1)
        .split('\n')
        .map((element) => JSON.parse(element) as string);
}
