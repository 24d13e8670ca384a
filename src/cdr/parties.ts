// Who stands at the ends of a record's channels: an extension of this PBX, or a number outside. Pure; what classify.ts said is believed.
import type { Micros, StoredCdr } from './cdr.ts';
import { isConference } from './results.ts';

/** A side of a conversation. */
export interface Party {
  /** null: nobody knows its number. */
  number: string | null;
  /** An extension of this PBX. */
  isInside: boolean;
}

type Sides = Pick<
  StoredCdr,
  'channel' | 'dstchannel' | 'src' | 'dst' | 'lastapp' | 'lastdata' | 'extension' | 'peerExtension' | 'direction'
>;

/** Party A: the extension whose channel it is, else the number it showed. */
export function callerOf(record: Sides): Party {
  const extension = callerExtension(record);
  return extension === null ? { number: record.src || null, isInside: false } : { number: extension, isInside: true };
}

/**
 * Party B by its channel; of a Local channel, the number it was made for. null without a party B. Of several numbers that Dial sent
 * down one line nobody knows its one by this record alone: see dials.ts.
 */
export function calledOf(record: Sides): Party | null {
  const { dstchannel, dst } = record;
  if (!dstchannel) return null;
  const extension = calledExtension(record);
  const local = localNumber(dstchannel);
  if (local !== null) return { number: local, isInside: local === extension };
  if (extension !== null && names(dstchannel, extension)) return { number: extension, isInside: true };
  const all = new Set(sentNumbers(record));
  if (all.size > 1) return { number: null, isInside: false };
  const [sent = null] = all;
  // As it was keyed: a prefix for the line is what people remember.
  if (sent !== null) return { number: dst?.endsWith(sent) ? dst : sent, isInside: sent === extension };
  // What was dialled is the conference, and nobody in it.
  if (isConference(record.lastapp)) return { number: null, isInside: false };
  // Phones may be called anything; then the extension is what was dialled.
  if (extension !== null) return { number: extension, isInside: true };
  return { number: dst || null, isInside: false };
}

function callerExtension({ extension, peerExtension, direction, channel, src }: Sides): string | null {
  if (extension === null || peerExtension !== null || direction === 'outbound') return extension;
  if (direction !== null) return null;
  return src === extension || names(channel, extension) ? extension : null;
}

/** The extension on the called side, by what the rules say of the record; null: it is none, or nobody knows. */
export function calledExtension(record: Sides): string | null {
  if (record.peerExtension !== null) return record.peerExtension;
  return callerExtension(record) === null ? record.extension : null;
}

/** Whether the channel's device has this number in its name: `PJSIP/acme-102-0000002a` has 102. */
function names(channel: string | null, number: string): boolean {
  if (!channel) return false;
  const device = deviceOf(channel);
  const at = device.indexOf(number);
  return at >= 0 && !/\d/.test(`${device[at - 1] ?? ''}${device[at + number.length] ?? ''}`);
}

/** `acme-102` of `PJSIP/acme-102-0000002a`. */
export function deviceOf(channel: string): string {
  return channel.slice(channel.indexOf('/') + 1).replace(/-[0-9a-f]+(;[12])?$/, '');
}

/** Party B, of which it is known that Dial sent this number there. */
export function partyOf(record: Sides, number: string): Party {
  return { number, isInside: number === calledExtension(record) };
}

/**
 * The numbers that Dial sent to the device of party B, `15551234567` of `PJSIP/15551234567@telco`, `SIP/telco/15551234567` and
 * `IAX2/user:secret@telco/15551234567`: in the order of its list, null for a target without one.
 */
export function sentNumbers(record: Pick<Sides, 'dstchannel' | 'lastdata'>): (string | null)[] {
  return ownTargets(record).map((target) => {
    const [, before, behind] = /^[^/]+\/(?:([^@/]+)@[^/]+|[^@/]+)(?:\/([^@/]+))?/.exec(target) ?? [];
    return [behind, before].find(isNumber) ?? null;
  });
}

/**
 * What Dial was told of the channel that it led to: `PJSIP/15551234567@telco`. Of a list of targets that of its device, or those, with `&`
 * between them. null: none of the list is.
 */
export function dialledOf(record: Pick<Sides, 'dstchannel' | 'lastdata'>): string | null {
  const targets = targetsOf(record);
  const own = targets.length > 1 ? ownTargets(record) : targets;
  return own.join('&') || null;
}

function ownTargets(record: Pick<Sides, 'dstchannel' | 'lastdata'>): string[] {
  return targetsOf(record).filter((target) => isOfDevice(target, record.dstchannel));
}

/** What Dial was told, one by one: `PJSIP/101`, `PJSIP/15551234567@telco`. */
export function targetsOf({ lastdata }: Pick<Sides, 'lastdata'>): string[] {
  return (lastdata ?? '').split(',')[0]!.split('&');
}

/** `PJSIP/telco`, `PJSIP/15551234567@telco` and `PJSIP/telco/15551234567` are of `PJSIP/telco-0000002a`. */
function isOfDevice(target: string, channel: string | null): boolean {
  const [, technology, first, at] = /^([^/]+)\/([^@/]+)(?:@([^/]+))?/.exec(target) ?? [];
  if (!channel || technology === undefined || (at ?? first) !== deviceOf(channel)) return false;
  return channel.toLowerCase().startsWith(`${technology.toLowerCase()}/`);
}

export function endOf({ start, end, duration }: Pick<StoredCdr, 'start' | 'end' | 'duration'>): Micros {
  return end ?? start + duration * 1e6;
}

/** Whether no other channel has, or had, this name in one life of Asterisk: `PJSIP/103-0000002d`, not `DAHDI/1-1`. */
export function hasOwnName(channel: string | null): boolean {
  return /-[0-9a-f]{8}$/i.test(channel ?? '');
}

export function isNumber(text: string | null | undefined): boolean {
  return typeof text === 'string' && /^\+?\d+$/.test(text);
}

const local = /^(Local\/(.+)@.+-[0-9a-f]{8});([12])$/i;

/** `Local/101@internal-0000001a` and which half of the two; null for any other channel. */
export function localHalf(channel: string | null): { base: string; half: '1' | '2' } | null {
  // Nearly all channels are none: this is asked of every one, many times.
  if (!channel || (channel[0] !== 'L' && channel[0] !== 'l')) return null;
  const found = local.exec(channel);
  return found && { base: found[1]!, half: found[3] as '1' | '2' };
}

function localNumber(channel: string): string | null {
  if (channel[0] !== 'L' && channel[0] !== 'l') return null;
  return local.exec(channel)?.[2] ?? null;
}
