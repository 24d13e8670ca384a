// Stands between the peer's bytes and asterisk-manager: lets only whole Cdr events and answers through, in a form
// that its parser cannot trip over. It keeps no record of its own and decides nothing about values.
// Events of channels, where they are wanted, go to a tap and not to asterisk-manager: Cdr events never wait behind them.
import { isUtf8 } from 'node:buffer';
import type { RawRow } from '../../cdr/normalise.ts';

/** Asterisk's longest Cdr header is about 1 KiB (cdr_manager.c); VarSet, dropped here, can carry some KiB. */
export const maxLineBytes = 64 * 1024;
/** 18 fixed headers of up to 256 characters and 1 KiB of mapped ones come to 6 KiB. */
export const maxMessageChars = 256 * 1024;
export const maxMessageHeaders = 1000;

const bannerStart = 'Asterisk Call Manager';
const newline = 0x0a;

/**
 * Put before every header name of an event, and taken off in fieldsOf. Without it asterisk-manager gives `__proto__`,
 * `constructor`, `variable`, `actionid` and `response` a meaning of its own.
 */
const mark = '-';

/** Headers of an answer that client.ts reads; others never reach asterisk-manager. */
const answerHeaders = new Set(['actionid', 'message', 'events']);

/**
 *     banner ──▶ between ──Event: Cdr──▶ event  ──blank line──▶ between (the event goes out)
 *                        ──Response: ──▶ answer ──blank line──▶ between (the answer goes out)
 *                        ──of a channel─▶ tapped ─blank line──▶ between (the tap has it)
 *                        ──any other──▶  other  ──blank line──▶ between (nothing goes out)
 *
 * `Event:` or `Response:` within a message starts the next one: when Asterisk cuts the mapped headers at 1,024 bytes
 * (cdr_manager.c), the line break of the cut line is lost and there is no blank line before the next event.
 */
type Place = 'banner' | 'between' | 'event' | 'answer' | 'tapped' | 'other';

/** Who wants other events than Cdr. Nothing here may throw. */
export interface Tap {
  /** An event of this name (lower case) begins. null: it is not wanted, or dropped. */
  begin(name: string): { header(name: string, value: string): void } | null;
  /** The event that was begun last is whole. */
  finish(): void;
}

export class Guard {
  /** Why the peer must not be listened to any more: the end of a sentence that begins with its host and port. */
  fault: string | undefined;
  readonly #tap: Tap | undefined;
  #tapped: ReturnType<Tap['begin']> = null;
  #place: Place = 'banner';
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #message: string[] = [];
  #messageChars = 0;
  #answerSeen = new Set<string>();

  constructor(tap?: Tap) {
    this.#tap = tap;
  }

  /** True once the peer has shown that it speaks AMI. */
  get isGreeted(): boolean {
    return this.#place !== 'banner';
  }

  /** What has come in place of a banner so far, for people; empty when nothing came. */
  get beginning(): string {
    return this.isGreeted ? '' : Buffer.concat(this.#parts).toString('latin1');
  }

  /** Takes bytes as they come, gives back whole messages for asterisk-manager. After a fault it gives back nothing. */
  push(chunk: Buffer): string {
    if (this.fault !== undefined) return '';
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
    const line = raw.replace(/\r+$/, '');
    if (this.#place === 'banner') {
      if (line.startsWith(bannerStart)) this.#place = 'between';
      else this.fault = notAmi(line);
      return '';
    }
    if (line === '') return this.#finish();
    const start = /^(event|response)[ \t]*:[ \t]*(.*)$/is.exec(line);
    if (start !== null) {
      // Its last header may be the cut one: a `Sequence: 1` of 16 would be another record's name.
      if (this.#place === 'event' && this.#message.length > 1) this.#message.pop();
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
      if (word !== 'cdr') {
        this.#tapped = this.#tap?.begin(word) ?? null;
        if (this.#tapped !== null) this.#place = 'tapped';
        return;
      }
      this.#place = 'event';
      this.#add('Event: Cdr');
    } else if (word === 'success' || word === 'error' || word === 'goodbye') {
      // Others are dropped: "Follows" would put asterisk-manager into a mode that ends only at a Command's last line.
      this.#place = 'answer';
      this.#add(`Response: ${word}`);
    }
  }

  #header(line: string): void {
    const colon = line.indexOf(':');
    // The second line of a value with a line break in it has no colon: it is kept as a header without a value.
    const name = (colon === -1 ? line : line.slice(0, colon)).trim();
    const rest = colon === -1 ? '' : line.slice(colon + 1);
    const value = rest.startsWith(' ') ? rest.slice(1) : rest;
    if (this.#place === 'tapped') return this.#tapped!.header(name, value);
    if (this.#place === 'event') {
      this.#add(`${mark}${name}: ${value}`);
      return;
    }
    const key = name.toLowerCase();
    if (!answerHeaders.has(key) || this.#answerSeen.has(key)) return;
    // asterisk-manager emits an answer under its ActionID: "rawevent" or "error" there would reach its own listeners.
    if (key === 'actionid' && !/^\d+$/.test(value)) return;
    this.#answerSeen.add(key);
    this.#add(`${name}: ${value}`);
  }

  #add(line: string): void {
    this.#message.push(line);
    this.#messageChars += line.length;
    if (this.#messageChars > maxMessageChars) this.fault = `sent an event of more than ${maxMessageChars} characters`;
    if (this.#message.length > maxMessageHeaders)
      this.fault = `sent an event of more than ${maxMessageHeaders} headers`;
  }

  #finish(): string {
    const isWanted = this.#place === 'event' || (this.#place === 'answer' && this.#answerSeen.has('actionid'));
    const out = isWanted ? `${this.#message.join('\r\n')}\r\n\r\n` : '';
    // Begun and cut off by the next one, it is as whole as it gets.
    if (this.#place === 'tapped') this.#tap!.finish();
    this.#place = 'between';
    this.#message = [];
    this.#messageChars = 0;
    this.#answerSeen.clear();
    return out;
  }
}

/**
 * The fields of a row from an event as asterisk-manager hands it out: lower-cased header to value, a repeated header
 * as an array. `Event` and `Privilege` are left out.
 */
export function fieldsOf(event: Record<string, unknown>): RawRow['fields'] {
  const fields = Object.create(null) as RawRow['fields'];
  for (const [key, value] of Object.entries(event)) {
    if (!key.startsWith(mark)) continue;
    const name = key.slice(mark.length);
    if (name === 'privilege') continue;
    fields[name] = Array.isArray(value) ? value.map(String) : String(value);
  }
  return fields;
}

/** Why a peer is no AMI peer, with its first words; the end of a sentence that begins with its host and port. */
export function notAmi(beginning: string): string {
  const shown = beginning.length > 40 ? `${beginning.slice(0, 40)}…` : beginning;
  return `does not speak AMI: it began with ${JSON.stringify(shown)}`;
}

const tooLong = `sent a line of more than ${maxLineBytes} bytes`;

/** UTF-8 where it is that, line by line; any other line is read as latin1, in which no byte is lost. */
function linesOf(bytes: Buffer): string[] {
  if (isUtf8(bytes)) return bytes.toString('utf8').split('\n');
  return bytes
    .toString('latin1')
    .split('\n')
    .map((line) => {
      const own = Buffer.from(line, 'latin1');
      return isUtf8(own) ? own.toString('utf8') : line;
    });
}
