// One record as a line of a report: the vendor's column names, and what of a record stands below each. What nobody knows is empty. Pure.
import type { Direction, Disposition, StoredCdr } from '../../../cdr/cdr.ts';
import { moneyUnit, type Rates } from '../../../cdr/price.ts';
import { parsePairs, shownProperties } from '../../../cdr/properties.ts';
import { tagKey } from '../../../cdr/overlay.ts';
import { isoOf, type Clock } from '../../../cdr/time.ts';
import { trunksOf } from '../../../cdr/trunks.ts';
import { companyKey, companiesWithin, type Within } from '../../../cdr/wall.ts';
import { causeText } from '../causes.ts';
import { recordTypes, type CallType, type RecordType } from './ask.ts';

export interface TrunkName {
  id: number;
  peer: string;
  name: string | null;
}

/** What a line needs beside its record. */
export interface Book {
  rates: Rates;
  /** By `peerKey`. */
  trunks: ReadonlyMap<string, TrunkName>;
  clock: Clock;
  within: Within;
  /** Of call types that were asked for, so that a call from line to line is told as one of them. */
  callTypes: readonly CallType[];
  currency: string;
}

type Cell = string | number;

const cells: Record<string, (cdr: StoredCdr, book: Book) => Cell> = {
  id: ({ id }) => id,
  direction: (cdr, { callTypes }) => directionOf(cdr, callTypes),
  origination_number: originOf,
  terminating_number: terminusOf,
  start_timestamp_utc: ({ start }) => isoOf(start),
  answer_timestamp: ({ disposition, answer }, { clock }) =>
    disposition === 'ANSWERED' && answer !== null ? clock(answer) : '',
  end_timestamp: ({ end }, { clock }) => (end === null ? '' : clock(end)),
  call_duration: ({ duration }) => duration,
  billable_time: (cdr, { rates }) => rates.priceOf(cdr).billed,
  rate: (cdr, { rates }) => {
    const { rate } = rates.priceOf(cdr);
    return rate === null ? '' : rate.price / moneyUnit;
  },
  cost: (cdr, { rates }) => rates.priceOf(cdr).cost / moneyUnit,
  currency: (_cdr, { currency }) => currency,
  connection_id: (cdr, book) => connectionOf(cdr, book)?.id ?? '',
  connection_name: (cdr, book) => connectionOf(cdr, book)?.name ?? trunksOf(cdr)[0] ?? '',
  record_status: ({ disposition }) => recordTypes[recordTypeOf(disposition)],
  disposition: ({ disposition }) => disposition,
  hangup_code: (cdr) => hangupCodeOf(cdr) ?? '',
  hangup_cause: (cdr) => causeText(hangupCodeOf(cdr)) ?? '',
  pdd: ({ custom }) => seconds(custom['pdd']),
  mos: ({ custom }) => seconds(custom['mos']),
  tags: (cdr) => tagsOf(cdr).join(','),
  sip_call_id: ({ custom, uniqueid }) => custom['sip_call_id'] || uniqueid,
  account_id: accountOf,
  linked_id: ({ linkedid }) => linkedid ?? '',
  source: sourceOf,
};

/** What a report has that names no fields. */
export const usualColumns: readonly string[] = Object.keys(cells);

/** The start in the zone of the report; only where it is asked for. */
const more: typeof cells = { ...cells, start_timestamp: ({ start }, { clock }) => clock(start) };

/** Columns of the vendor that nothing here knows: empty where they are asked for. */
const unknown = [
  ...['origination_city', 'origination_state', 'origination_lata', 'origination_country'],
  ...['terminating_city', 'terminating_state', 'terminating_lata', 'terminating_country'],
  ...['route', 'billing_group', 'billing_group_id'],
] as const;

export const knownColumns: readonly string[] = [...Object.keys(more), ...unknown];

/** As the vendor groups them; those that are filled here. */
export const columnGroups: Readonly<Record<string, readonly string[]>> = {
  Billing: ['account_id', 'billable_time', 'cost', 'currency', 'rate'],
  'Interaction Data': ['id', 'direction', 'record_status', 'disposition', 'tags', 'linked_id', 'source'],
  'Number Information': ['origination_number', 'terminating_number'],
  'Telephony Data': [
    ...['start_timestamp_utc', 'start_timestamp', 'answer_timestamp', 'end_timestamp', 'call_duration'],
    ...['connection_id', 'connection_name', 'hangup_code', 'hangup_cause', 'pdd', 'mos', 'sip_call_id'],
  ],
};

export function lineOf(cdr: StoredCdr, columns: readonly string[], book: Book): Record<string, Cell> {
  return Object.fromEntries(columns.map((column) => [column, more[column]?.(cdr, book) ?? '']));
}

export function originOf({ src }: StoredCdr): string {
  return src ?? '';
}

/** Of what went out: the number as it was sent, where a rule tells it. */
export function terminusOf(cdr: StoredCdr): string {
  const full = cdr.direction === 'outbound' || cdr.direction === 'transit' ? shownProperties(cdr).dial_full : undefined;
  return typeof full === 'string' && full !== '' ? full : (cdr.dst ?? '');
}

/** Its tags, and those that the dialplan writes into the userfield (`tag=vip,berlin`); each once, without case. */
export function tagsOf({ tags, userfield }: StoredCdr): string[] {
  const written =
    parsePairs(userfield)
      ?.['tag']?.split(',')
      .map((tag) => tag.trim()) ?? [];
  const byKey = new Map([...tags, ...written].filter(Boolean).map((tag) => [tagKey(tag), tag]));
  return [...byKey.values()];
}

/** Of calls between a line and this PBX; a call from line to line is both. Calls inside are none that a carrier knows. */
export function callTypesOf(direction: Direction | null): readonly CallType[] {
  switch (direction) {
    case 'inbound':
      return [1];
    case 'outbound':
      return [2];
    case 'transit':
      return [1, 2];
    default:
      return [];
  }
}

function directionOf({ direction }: StoredCdr, asked: readonly CallType[]): string {
  return callTypesOf(direction).find((type) => asked.includes(type)) === 2 ? 'outbound' : 'inbound';
}

const typeOfDisposition: Record<Disposition, RecordType> = {
  ...{ ANSWERED: 1, 'NO ANSWER': 2, BUSY: 2, CANCEL: 2, UNKNOWN: 2, FAILED: 3, CONGESTION: 3 },
};

export function recordTypeOf(disposition: Disposition): RecordType {
  return typeOfDisposition[disposition];
}

export function dispositionsOf(types: readonly RecordType[]): Disposition[] {
  const all = Object.keys(typeOfDisposition) as Disposition[];
  return all.filter((disposition) => types.includes(typeOfDisposition[disposition]));
}

/** Calls that a program made or holds: ARI, Originate. */
export function sourceOf({ lastapp }: StoredCdr): 'calls' | 'call-control' {
  return /^(stasis|appdial2)$/i.test(lastapp ?? '') ? 'call-control' : 'calls';
}

/** `PJSIP/telco` and `telco` are one. */
export function peerKey(peer: string): string {
  return peer.replace(/^[^/]*\//, '').toLowerCase();
}

function connectionOf(cdr: StoredCdr, { trunks }: Book): TrunkName | undefined {
  const [peer] = trunksOf(cdr);
  return peer === undefined ? undefined : trunks.get(peerKey(peer));
}

/** Q.850: what the channels told, or the dialplan set; a record alone only knows that the user was busy. */
function hangupCodeOf({ custom, disposition }: StoredCdr): number | null {
  const told = [custom['ami_hangup_cause'], custom['hangupcause']].find((text) => /^[1-9]\d{0,2}$/.test(text ?? ''));
  return told !== undefined ? Number(told) : disposition === 'BUSY' ? 17 : null;
}

/** What the dialplan set under such a name, where it is a number. */
function seconds(text: string | undefined): string {
  return text !== undefined && /^\d{1,9}(\.\d{1,6})?$/.test(text) ? text : '';
}

/** Whose the call was: of an inbound one the called company's. A bound reader is told its own first. */
function accountOf({ direction, company, target }: StoredCdr, { within }: Book): string {
  const sides = (direction === 'inbound' ? [target, company] : [company, target]).filter((side) => side !== null);
  const own = companiesWithin(within)?.map(companyKey);
  return sides.find((side) => own?.includes(companyKey(side))) ?? sides[0] ?? '';
}
