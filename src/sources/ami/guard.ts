// Reads the peer's bytes: hands out whole Cdr events, gives events of channels to a tap where they are wanted, and lets answers
// through to asterisk-manager in a form that its parser cannot trip over. Events never get there: read twice, they would cost
// twice. It decides nothing about values.
import type { RawRow } from '../../cdr/normalise.ts';
import { linesOf, newline } from './lines.ts';

/** Asterisk's longest Cdr header is about 1 KiB (cdr_manager.c); VarSet, dropped here, can carry some KiB. */
export const maxLineBytes = 64 * 1024;
/** 18 fixed headers of up to 256 characters and 1 KiB of mapped ones come to 6 KiB. */
export const maxMessageChars = 256 * 1024;
export const maxMessageHeaders = 1000;

const bannerStart = 'Asterisk Call Manager';
const carriageReturn = 0x0d;

/** Names of headers whose keys are remembered; a PBX has a few dozen. */
const keysMax = 1000;

/** Headers of an answer that client.ts reads; others never reach asterisk-manager. */
const answerHeaders = new Set(['actionid', 'message', 'events']);

/**
 *     banner ──▶ between ──Event: Cdr──▶ event  ──blank line──▶ between (to onCdr)
 *                        ──Response: ──▶ answer ──blank line──▶ between (to asterisk-manager)
 *                        ──of a channel─▶ tapped ─blank line──▶ between (the tap has it)
 *                        ──any other──▶  other  ──blank line──▶ between (to nobody)
 *
 * `Event:` or `Response:` within a message starts the next one: when Asterisk cuts the mapped headers at 1,024 bytes
 * (cdr_manager.c), the line break of the cut line is lost and there is no blank line before the next event.
 */
type Place = 'banner' | 'between' | 'event' | 'answer' | 'tapped' | 'other';

/** Who wants other events than Cdr. */
export interface Tap {
  /** An event of this name (lower case) begins. null: it is not wanted, or dropped. */
  begin(name: string): { header(name: string, value: string): void } | null;
  /** The event that was begun last is whole. */
  finish(): void;
}

/** Whom the guard hands events to, within `push`. Nothing here may throw. */
export interface Wanted {
  /** Called for every Cdr event that has come whole. */
  onCdr: (fields: RawRow['fields']) => void;
  /** undefined: no other events are wanted. */
  tap?: Tap | undefined;
  /** Headers of answers, in lower case, that are let through beside those that every login needs. */
  answers?: ReadonlySet<string> | undefined;
}

interface Header {
  name: string;
  value: string;
}

export class Guard {
  /** Why the peer must not be listened to any more: the end of a sentence that begins with its host and port. */
  fault: string | undefined;
  readonly #onCdr: Wanted['onCdr'];
  readonly #tap: Tap | undefined;
  readonly #answers: ReadonlySet<string>;
  #tapped: ReturnType<Tap['begin']> = null;
  #place: Place = 'banner';
  #parts: Buffer[] = [];
  #partsBytes = 0;
  readonly #keys = new Map<string, string>();
  /** Records go out at the end of `push`: the tap has heard by then what the same bytes tell of their channels, Hangup above all. */
  #records: RawRow['fields'][] = [];
  #headers: Header[] = [];
  #messageChars = 0;

  constructor({ onCdr, tap, answers = answerHeaders }: Wanted) {
    this.#onCdr = onCdr;
    this.#tap = tap;
    this.#answers = answers;
  }

  /** True once the peer has shown that it speaks AMI. */
  get isGreeted(): boolean {
    return this.#place !== 'banner';
  }

  /** What has come in place of a banner so far, for people; empty when nothing came. */
  get beginning(): string {
    return this.isGreeted ? '' : Buffer.concat(this.#parts).toString('latin1');
  }

  /** Takes bytes as they come, gives back whole answers for asterisk-manager. After a fault it gives back nothing. */
  push(chunk: Buffer): string {
    if (this.fault !== undefined) return '';
    const out = this.#take(chunk);
    const records = this.#records;
    this.#records = [];
    for (const fields of records) this.#onCdr(fields);
    return out;
  }

  #take(chunk: Buffer): string {
    const end = chunk.lastIndexOf(newline);
    if (end === -1) {
      this.#keep(chunk);
      return '';
    }
    const whole = Buffer.concat([...this.#parts, chunk.subarray(0, end)]);
    this.#parts = [];
    this.#partsBytes = 0;
    let out = '';
    for (const line of linesOf(whole)) {
      out += this.#line(line);
      if (this.fault !== undefined) return out;
    }
    if (end + 1 < chunk.length) this.#keep(chunk.subarray(end + 1));
    return out;
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#partsBytes += part.length;
    if (this.#partsBytes <= maxLineBytes) return;
    this.fault = this.isGreeted ? tooLong : notAmi(this.beginning);
    this.#parts = [];
  }

  #line(raw: string): string {
    if (raw.length > maxLineBytes) {
      this.fault = this.isGreeted ? tooLong : notAmi(raw);
      return '';
    }
    let end = raw.length;
    while (raw.charCodeAt(end - 1) === carriageReturn) end -= 1;
    const line = raw.slice(0, end);
    if (this.#place === 'banner') {
      if (line.startsWith(bannerStart)) this.#place = 'between';
      else this.fault = notAmi(line);
      return '';
    }
    if (line === '') return this.#finish();
    // One look at the first letter spares nearly all lines the pattern.
    const start = 'eErR'.includes(line[0]!) ? /^(event|response)[ \t]*:[ \t]*(.*)$/is.exec(line) : null;
    if (start !== null) {
      // Its last header may be the cut one: a `Sequence: 1` of 16 would be another record's name.
      if (this.#place === 'event') this.#headers.pop();
      const out = this.#finish();
      this.#begin(start[1] ?? '', start[2] ?? '');
      return out;
    }
    if (this.#place === 'between') this.#place = 'other';
    else if (this.#place !== 'other') this.#header(line);
    return '';
  }

  #begin(name: string, value: string): void {
    const word = value.trim().toLowerCase();
    this.#place = 'other';
    if (name.toLowerCase() === 'event') {
      if (word === 'cdr') {
        this.#place = 'event';
        return;
      }
      this.#tapped = this.#tap?.begin(word) ?? null;
      if (this.#tapped !== null) this.#place = 'tapped';
    } else if (word === 'success' || word === 'error' || word === 'goodbye') {
      // Others are dropped: "Follows" would put asterisk-manager into a mode that ends only at a Command's last line.
      this.#place = 'answer';
      this.#add('Response', word);
    }
  }

  #header(line: string): void {
    const colon = line.indexOf(':');
    // The second line of a value with a line break in it has no colon: it is kept as a header without a value.
    const name = (colon === -1 ? line : line.slice(0, colon)).trim();
    const rest = colon === -1 ? '' : line.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    if (this.#place === 'tapped') return this.#tapped!.header(name, value);
    if (this.#place === 'event') return this.#add(name, value);
    const key = this.#keyOf(name);
    const isWanted = answerHeaders.has(key) || this.#answers.has(key);
    if (!isWanted || this.#headers.some((header) => this.#keyOf(header.name) === key)) return;
    // asterisk-manager emits an answer under its ActionID: "rawevent" or "error" there would reach its own listeners.
    if (key === 'actionid' && !/^\d+$/.test(value)) return;
    this.#add(name, value);
  }

  #add(name: string, value: string): void {
    this.#headers.push({ name, value });
    this.#messageChars += name.length + value.length;
    if (this.#messageChars > maxMessageChars) this.fault = `sent an event of more than ${maxMessageChars} characters`;
    if (this.#headers.length > maxMessageHeaders)
      this.fault = `sent an event of more than ${maxMessageHeaders} headers`;
  }

  /** In lower case; the same few names come with every event. */
  #keyOf(name: string): string {
    let key = this.#keys.get(name);
    if (key === undefined) {
      if (this.#keys.size === keysMax) this.#keys.clear();
      this.#keys.set(name, (key = name.toLowerCase()));
    }
    return key;
  }

  #finish(): string {
    const [place, headers] = [this.#place, this.#headers];
    this.#place = 'between';
    this.#headers = [];
    this.#messageChars = 0;
    if (place === 'event') this.#records.push(this.#fieldsOf(headers));
    // Begun and cut off by the next one, it is as whole as it gets.
    if (place === 'tapped') this.#tap!.finish();
    if (place !== 'answer' || !headers.some(({ name }) => this.#keyOf(name) === 'actionid')) return '';
    return `${headers.map(({ name, value }) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`;
  }

  /** Of a repeated header, all values; `Privilege` says nothing of the record. */
  #fieldsOf(headers: readonly Header[]): RawRow['fields'] {
    const fields = Object.create(null) as RawRow['fields'];
    for (const { name, value } of headers) {
      const key = this.#keyOf(name);
      if (key === 'privilege') continue;
      const before = fields[key];
      if (Array.isArray(before)) before.push(value);
      else fields[key] = before === undefined ? value : [before, value];
    }
    return fields;
  }
}

/** Why a peer is no AMI peer, with its first words; the end of a sentence that begins with its host and port. */
export function notAmi(beginning: string): string {
  const shown = beginning.length > 40 ? `${beginning.slice(0, 40)}…` : beginning;
  return `does not speak AMI: it began with ${JSON.stringify(shown)}`;
}

const tooLong = `sent a line of more than ${maxLineBytes} bytes`;
