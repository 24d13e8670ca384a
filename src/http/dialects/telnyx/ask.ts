// What a report is asked to be, once it is checked: plain data, kept with the report and handed to the thread that makes it.
import type { Micros } from '../../../cdr/cdr.ts';

export const callTypes = { 1: 'inbound', 2: 'outbound' } as const;
export const recordTypes = { 1: 'complete', 2: 'incomplete', 3: 'error' } as const;
export type CallType = keyof typeof callTypes;
export type RecordType = keyof typeof recordTypes;

/** V1 knows the first two; of fax and WebRTC there are no records here. */
export const sources = ['calls', 'call-control', 'fax-api', 'webrtc'] as const;
export type Source = (typeof sources)[number];

export const matchings = ['contains', 'starts_with', 'ends_with'] as const;
export type Matching = (typeof matchings)[number];

/** What stands in it must all hold. */
export interface Test {
  cli?: { text: string; is: Matching };
  cld?: { text: string; is: Matching };
  /** One of them is enough. */
  tags?: readonly string[];
  billingGroup?: string;
}

export interface Asked {
  start: Micros;
  /** Exclusive. */
  end: Micros;
  callTypes: readonly CallType[];
  recordTypes: readonly RecordType[];
  /** Ids of trunks, or their peers; none: all records. */
  connections: readonly string[];
  name: string;
  source: Source;
  /** As they were sent, for the answers. */
  filters: readonly unknown[];
  /** All of `every` must hold, or one of `either`; both empty: every record. */
  every: readonly Test[];
  either: readonly Test[];
  /** Columns in their order; null: the usual ones. */
  fields: readonly string[] | null;
  /** Of the times that are not UTC by name. */
  timezone: string;
  /** Companies; none: all that the one who asks may see. */
  accounts: readonly string[];
}
