// One record under the rules: what can be asked of it, and the facts that are known by now. Fields are looked at when a rule asks.
import type { Cdr, Properties } from '../cdr/cdr.ts';
import { dialledOf } from '../cdr/parties.ts';
import { parsePairs, propertiesOf } from '../cdr/properties.ts';
import { isoOf } from '../cdr/time.ts';
import { factAt, factNames } from './facts.ts';
import type { Tables } from './tables.ts';

export class Run {
  readonly cdr: Cdr;
  readonly tables: Tables;
  /** By the place of a fact; undefined: not set. */
  readonly facts: (string | undefined)[] = new Array<string | undefined>(factNames.length);
  /** A bit for each fact that is set. */
  known = 0;
  #properties: Properties | undefined;
  #pairs: Record<string, string> | undefined;
  #peer: string | null | undefined;
  #dstpeer: string | null | undefined;
  #dialled: string | null | undefined;

  constructor(cdr: Cdr, tables: Tables) {
    this.cdr = cdr;
    this.tables = tables;
  }

  /** What the record itself says in IPCortex's words. */
  get properties(): Properties {
    return (this.#properties ??= propertiesOf(this.cdr));
  }

  /** Whether the record says nothing of itself in IPCortex's words. */
  get isMute(): boolean {
    for (const _name in this.properties) return false;
    return true;
  }

  get peer(): string | null {
    return this.#peer === undefined ? (this.#peer = peerOf(this.cdr.channel)) : this.#peer;
  }

  get dstpeer(): string | null {
    return this.#dstpeer === undefined ? (this.#dstpeer = peerOf(this.cdr.dstchannel)) : this.#dstpeer;
  }

  /** What Dial was told of the called channel; null: another application called it, or nobody knows. */
  get dialled(): string | null {
    if (this.#dialled === undefined) this.#dialled = this.cdr.lastapp === 'Dial' ? dialledOf(this.cdr) : null;
    return this.#dialled;
  }

  /** The userfield, where it is strictly `k=v;k=v`. */
  get pairs(): Readonly<Record<string, string>> {
    return (this.#pairs ??= parsePairs(this.cdr.userfield) ?? {});
  }
}

/** Reads one thing of a record; null: not known. */
export type Get = (run: Run) => string | null;

/** `isRepeated`: the same texts come again, so what a pattern finds in them is worth remembering. */
export interface Field {
  get: Get;
  isRepeated: boolean;
}

const texts = [
  ...['clid', 'src', 'dst', 'dcontext', 'channel', 'dstchannel', 'lastapp', 'lastdata', 'accountcode', 'peeraccount'],
  ...['userfield', 'system', 'uniqueid', 'linkedid', 'disposition'],
] as const;
/** Fields that are whole numbers, not below 0. */
export const numberFields = ['sequence', 'duration', 'billsec', 'amaflags'] as const;
/** Fields that are times, as `isoOf` writes them. */
export const timeFields = ['start', 'answer', 'end'] as const;
const unique = new Set<string>(['channel', 'dstchannel', 'uniqueid', 'linkedid', 'clid', 'lastdata', 'userfield']);

const fields = new Map<string, Field>([
  ...texts.map((name): [string, Field] => {
    const get: Get = ({ cdr }) => cdr[name as keyof Cdr] as string | null;
    return [name, { get, isRepeated: !unique.has(name) }];
  }),
  ...numberFields.map((name): [string, Field] => {
    const get: Get = ({ cdr }) => (cdr[name] === null ? null : String(cdr[name]));
    return [name, { get, isRepeated: true }];
  }),
  ...timeFields.map((name): [string, Field] => {
    const get: Get = ({ cdr }) => (typeof cdr[name] === 'number' ? isoOf(cdr[name]) : cdr[name]);
    return [name, { get, isRepeated: false }];
  }),
  ['channel_peer', { get: ({ peer }) => peer, isRepeated: true }],
  ['dstchannel_peer', { get: ({ dstpeer }) => dstpeer, isRepeated: true }],
  ['dialled_peer', { get: ({ dialled }) => dialled, isRepeated: false }],
]);

/** Fields of a record by the names rules have for them, without facts and custom values. */
export const fieldNames: readonly string[] = [...fields.keys()];

/** Columns and variables that PBXes are known to have: `did` in a rule is no misspelt field. */
export const customNames: readonly string[] = [
  ...['did', 'cnum', 'cnam', 'outbound_cnum', 'outbound_cnam', 'dst_cnam', 'recordingfile'],
  ...['tenantid', 'peertenantid'],
];

/** A fact, a field, `properties.x`, `userfield.x`, `custom.x`; any other name is a custom value. */
export function fieldNamed(name: string): Field {
  const place = factAt(name);
  if (place !== undefined) return { get: ({ facts }) => facts[place] ?? null, isRepeated: true };
  const field = fields.get(name);
  if (field) return field;
  const [, room, key] = /^(properties|userfield|custom)\.(.*)$/.exec(name) ?? [undefined, 'custom', name];
  if (room === 'properties') {
    const get: Get = ({ properties }) => {
      const value = properties[key as keyof Properties];
      return value === undefined ? null : String(value);
    };
    return { get, isRepeated: true };
  }
  if (room === 'userfield') return { get: ({ pairs }) => pairs[key] ?? null, isRepeated: true };
  return { get: ({ cdr }) => (Object.hasOwn(cdr.custom, key) ? cdr.custom[key]! : null), isRepeated: true };
}

/** `PJSIP/acme-101` of `PJSIP/acme-101-0000001a`, `Local/600@queue` of `Local/600@queue-0000001a;2`: whose channel it is. */
export function peerOf(channel: string | null): string | null {
  if (channel === null || channel === '') return channel;
  const at = channel.lastIndexOf('-');
  return at > 0 && isSerial(channel, at + 1) ? channel.slice(0, at) : channel;
}

/** `0000001a` or `0000001a;2`, to the end; the `1` of `DAHDI/i1/101-1` and the `3265` of `IAX2/office-3265`, as their drivers count, too. */
function isSerial(channel: string, from: number): boolean {
  let end = channel.length;
  if (channel[end - 2] === ';') end -= 2;
  if (end === from) return false;
  const isShort = end - from < 8;
  if (isShort && !channel.startsWith('DAHDI/') && !channel.startsWith('IAX2/')) return false;
  for (let at = from; at < end; at += 1) {
    const code = channel.charCodeAt(at);
    const isDigit = code >= 48 && code <= 57;
    const isHex = (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
    if (!isDigit && !isHex) return false;
  }
  return true;
}
