// THE RECORD: one row that Asterisk wrote when a leg ended, in Asterisk's words. Pure shape, no behaviour.

/** Microseconds since 1970-01-01 UTC, as a whole number (safe in a double until the year 2255). */
export type Micros = number;

/**
 * How a record's times were learnt, in rising order of trust: local wall time of an hour that the clock shows twice,
 * local wall time, UTC of whole seconds, epoch header.
 */
export type TimeOrigin = 'doubled' | 'local' | 'utc' | 'epoch';

export const dispositions = ['NO ANSWER', 'FAILED', 'BUSY', 'ANSWERED', 'CONGESTION', 'CANCEL', 'UNKNOWN'] as const;
/** Asterisk's words (main/cdr.c, ast_cdr_disp2str; CANCEL since 2025 with canceldispositionenabled=yes). */
export type Disposition = (typeof dispositions)[number];

/**
 * IPCortex's set of record properties, and `trunk_out`: over which trunk it left again, of what came in over `trunk`. Every one
 * is optional. `is_*` are present only when true.
 */
export const propertyNames = [
  'target',
  'company',
  'src_ext',
  'dial_short',
  'dial_full',
  'trunk',
  'trunk_out',
  'bill_to',
  'xfer',
  'is_ivr',
  'is_park',
  'is_pick',
  'is_auth',
  'auth',
  'is_bounce',
  'call_rec',
] as const;
export type PropertyName = (typeof propertyNames)[number];
export type Properties = Partial<Record<PropertyName, string | true>>;

/** What the other records of its call say of a record. `told`: which custom values about others all its companies may read. */
export type InCall = Properties & { told?: string };

/** A record as a source tells it. `null` = the source does not know; `''` = the source knows it is empty. */
export interface Cdr {
  /** The Asterisk it came from, by its name in the configuration. */
  system: string;
  /** Party A's channel at birth; one channel can leave several records. */
  uniqueid: string;
  /** Counts records from 0 since Asterisk started; with system and uniqueid it names the record. */
  sequence: number | null;
  linkedid: string | null;
  start: Micros;
  /** null = never answered, or the source has no such column (then billsec tells). */
  answer: Micros | null;
  end: Micros | null;
  timeOrigin: TimeOrigin;
  /** Whole seconds from start to end, as Asterisk says it. */
  duration: number;
  /** Whole seconds from answer to end, as Asterisk says it; where no source does, see `billsecFrom`. */
  billsec: number;
  /** No source told `billsec`: nobody is to be held to it. Absent: it was told. */
  isBillsecMade?: true | undefined;
  disposition: Disposition;
  /** OMIT 1, BILLING 2, DOCUMENTATION 3 (include/asterisk/channel.h). */
  amaflags: number | null;
  clid: string | null;
  src: string | null;
  dst: string | null;
  dcontext: string | null;
  channel: string | null;
  dstchannel: string | null;
  lastapp: string | null;
  lastdata: string | null;
  accountcode: string | null;
  peeraccount: string | null;
  userfield: string | null;
  /** Columns and mappings beyond Asterisk's own (`did`, `recordingfile`, CDR variables), by lower-case name. */
  custom: Record<string, string>;
}

/** What stands for a billsec that nobody told: whole seconds from answer to end, as main/cdr.c counts them, or 0. */
export function billsecFrom({ answer, end }: Pick<Cdr, 'answer' | 'end'>): number {
  return answer === null || end === null ? 0 : Math.max(0, Math.floor((end - answer) / 1e6));
}

export const directions = ['inbound', 'outbound', 'internal', 'transit'] as const;
/** Where a record's two parties stand: from outside in, from inside out, both inside, both outside. */
export type Direction = (typeof directions)[number];

/** Facts about a record that cdrd works out at write time; see rules/classify.ts. */
export interface Derived {
  properties: Properties;
  /** Handle of the calling company, null when unknown. */
  company: string | null;
  /** Handle of the called company, null when unknown or outside. */
  target: string | null;
  /** The local party: party A if it is an extension, else the called extension. */
  extension: string | null;
  /** The other local party of an internal record, else null. */
  peerExtension: string | null;
  /** null when a party's side is unknown. */
  direction: Direction | null;
}

/** A record as the store holds it and everyone sees it: what the sources told, with what people wrote beside it on top. */
export interface StoredCdr extends Cdr, Derived {
  /** Place in commit order; never reused. `acctid` outside. */
  id: number;
  /**
   * What the other records of its call say of it (incall.ts); shown where the record has no word of its own, see
   * `shownProperties`.
   */
  inCall: InCall;
  /** When cdrd stored it. */
  created: Micros;
  /** When cdrd last changed it. */
  updated: Micros;
  note: string | null;
  /** In the order of their keys; each once, without case. */
  tags: readonly string[];
  /** Its words for the search (words.ts); null for a record stored before there was one. */
  words: string | null;
  /** Taken away for everyone; the raw record stays. */
  hidden: boolean;
  /** Whether somebody has written beside it. */
  edited: boolean;
  /** What people wrote in place of the sources' words; the record has it already. Absent: nothing. */
  said?: Said;
}

/** Fields of a record that people may write over, beside its parties; what the sources told stays below. */
export const wordNames = [
  'src',
  'dst',
  'direction',
  'disposition',
  'duration',
  'billsec',
  'start',
  'answer',
  'end',
  'userfield',
] as const satisfies readonly (keyof StoredCdr)[];
export type WordName = (typeof wordNames)[number];
export type Words = Pick<StoredCdr, WordName>;

export interface Said extends Partial<Words> {
  /** Ten-thousandths of the currency; absent: what the rates say. */
  cost?: number;
  /** Direction and disposition in a vendor's own word, where there is none of ours for it. */
  directionWord?: string | null;
  dispositionWord?: string | null;
  /** none: it is no extension's, whatever the rules say. */
  local?: 'none' | 'some';
  /** What a client keeps with the record, for itself. */
  metadata?: Readonly<Record<string, string | number | boolean | null>>;
}
