// Calls and their records as this vendor shows them: '' and 0 for what nobody knows (its published answers, against its prose).
import type { StoredCall } from '../../../cdr/call.ts';
import type { Micros, StoredCdr } from '../../../cdr/cdr.ts';
import { isSoon } from '../../../cdr/leg.ts';
import { byBegin, legsOf, type Leg } from '../../../cdr/legs.ts';
import { callerOf, calledOf, endOf } from '../../../cdr/parties.ts';
import { shownProperties } from '../../../cdr/properties.ts';
import { ringIn } from '../../../cdr/signals.ts';
import { isoOf } from '../../../cdr/time.ts';
import { trunksOf } from '../../../cdr/trunks.ts';
import type { Book } from './book.ts';
import type { Item } from './fields.ts';
import { endReasonOf, reasonsOf, rerouteReasonOf, type Reasons } from './reasons.ts';
import { directionWords, givenUp, statusOfDisposition, statusOfOutcome, toldStatus } from './words.ts';

/** A call and those of its records that its reader may see. */
export type CallWithCdrs = StoredCall & { cdrs: readonly StoredCdr[] };

/** A record of a call: without an id, with what it cost. */
export type Part = Omit<Item, 'id'> & { cost: number; billed_account: string };

export function toItem(call: CallWithCdrs, book: Book): Item {
  const cdrs = inOrder(call.cdrs);
  const first = cdrs[0]!;
  const firstWord = (read: (cdr: StoredCdr) => string) => cdrs.map(read).find((word) => word !== '') ?? '';
  const reasons: ReadonlyMap<number, Reasons> = cdrs.length === 1 ? new Map() : reasonsOf(call, cdrs, legsOf(cdrs));
  const caller = call.caller ?? '';
  const end = endReasonOf(call);
  return {
    id: String(call.id),
    ...namesOf(first, caller, first.dst ?? '', book),
    started_at: isoOf(call.start),
    rang_at: firstWord(rangAt),
    answered_at: timeText(call.answer),
    ended_at: isoOf(call.end),
    call_id: callIdOf(first),
    direction: call.direction === null ? '' : directionWords[call.direction],
    end_reason: end,
    reroute_reason: rerouteReasonOf(call, reasons),
    status_code: statusOf(call, end, cdrs),
    destination: firstWord(destinationOf),
    outbound_caller_id: firstWord(shownNumberOf),
    did_cid: firstWord(didOf),
    trunk: firstWord((cdr) => trunkOf(cdr, book)),
    duration: call.answer === null ? 0 : Math.max(0, Math.floor((call.end - call.answer) / 1e6)),
    service_number: firstWord(serviceOf),
    user_data: firstWord(({ userfield }) => userfield ?? ''),
  };
}

/** In the order in which they began. */
export function toParts(call: CallWithCdrs & { path: readonly Leg[] }, book: Book): Part[] {
  const reasons = reasonsOf(call, call.cdrs, call.path);
  return inOrder(call.cdrs).map((cdr) => toPart(cdr, reasons.get(cdr.id)!, book));
}

function toPart(cdr: StoredCdr, reasons: Reasons, book: Book): Part {
  const { custom, disposition, direction, billsec } = cdr;
  const isAnswered = disposition === 'ANSWERED';
  return {
    ...namesOf(cdr, callerOf(cdr).number ?? '', calledOf(cdr)?.number ?? cdr.dst ?? '', book),
    started_at: isoOf(cdr.start),
    rang_at: rangAt(cdr),
    answered_at: timeText(answerOf(cdr)),
    ended_at: isoOf(endOf(cdr)),
    call_id: callIdOf(cdr),
    direction: direction === null ? '' : directionWords[direction],
    end_reason: reasons.end,
    reroute_reason: reasons.reroute,
    status_code: isAnswered
      ? 0
      : (toldStatus(custom['ami_sip_code'], numberIn(custom['ami_hangup_cause'])) ??
        givenUp(reasons.end, statusOfDisposition(disposition))),
    destination: destinationOf(cdr),
    outbound_caller_id: shownNumberOf(cdr),
    did_cid: didOf(cdr),
    trunk: trunkOf(cdr, book),
    duration: isAnswered ? billsec : 0,
    cost: book.costOf(cdr),
    billed_account: cdr.accountcode ?? '',
    service_number: serviceOf(cdr),
    user_data: cdr.userfield ?? '',
  };
}

/** By `sequence`, the order in which Asterisk began them, where all have one. */
function inOrder(cdrs: readonly StoredCdr[]): StoredCdr[] {
  const isNumbered = cdrs.every(({ sequence }) => sequence !== null);
  return cdrs.toSorted((a, b) => (isNumbered ? a.sequence! - b.sequence! : 0) || byBegin(a, b));
}

type Names = Pick<
  Item,
  'caller' | 'caller_domain' | 'caller_display_name' | 'callee' | 'callee_domain' | 'callee_display_name'
>;

function namesOf({ clid, custom, company, target }: StoredCdr, caller: string, callee: string, book: Book): Names {
  return {
    caller,
    caller_domain: '',
    caller_display_name: nameIn(clid) || custom['cnam'] || book.nameOf(caller, [company]),
    callee,
    callee_domain: '',
    callee_display_name: custom['dst_cnam'] || book.nameOf(callee, [target, company]),
  };
}

/** `Zoë` of `"Zoë" <441632960001>`. */
function nameIn(clid: string | null): string {
  const [, quoted, plain] = /^\s*(?:"(.*)"|([^"<]*?))\s*<[^<>]*>\s*$/.exec(clid ?? '') ?? [];
  return quoted ?? plain ?? '';
}

function timeText(at: Micros | null): string {
  return at === null ? '' : isoOf(at);
}

function answerOf(cdr: StoredCdr): Micros | null {
  if (cdr.disposition !== 'ANSWERED') return null;
  return cdr.answer ?? endOf(cdr) - cdr.billsec * 1e6;
}

/**
 * Asterisk's records have no time of ringing; what events of the channels told counts back from its end. A channel that a
 * menu or a queue had answered before does not tell when that was.
 */
function rangAt(cdr: StoredCdr): string {
  const told = ringIn(cdr);
  const answer = answerOf(cdr);
  return told === null || isSoon(cdr.start, answer) ? '' : isoOf((answer ?? endOf(cdr)) - told);
}

function callIdOf({ custom, uniqueid }: StoredCdr): string {
  return custom['sip_call_id'] || uniqueid;
}

/** Of what went out over a trunk: the number as it was sent. */
function destinationOf(cdr: StoredCdr): string {
  if (!isOut(cdr)) return '';
  const full = shownProperties(cdr).dial_full;
  const [, before, after] = /^[^/,]+\/(?:([+\d]+)@|[^/@,]+\/([+\d]+))/.exec(cdr.lastdata ?? '') ?? [];
  return (typeof full === 'string' && full) || before || after || (cdr.dst ?? '');
}

/** The number that was shown to the other side, where it is not the extension's own. */
function shownNumberOf(cdr: StoredCdr): string {
  if (!isOut(cdr)) return '';
  const { custom, src, extension } = cdr;
  return custom['outbound_cnum'] || (src && extension !== null && src !== extension ? src : '');
}

function isOut({ direction }: StoredCdr): boolean {
  return direction === 'outbound' || direction === 'transit';
}

function didOf({ custom, direction, dst }: StoredCdr): string {
  return custom['did'] || (direction === 'inbound' ? (dst ?? '') : '');
}

function trunkOf(cdr: StoredCdr, book: Book): string {
  const [peer] = trunksOf(cdr);
  return peer === undefined ? '' : book.trunkNamed(peer);
}

function serviceOf({ lastapp, dst }: StoredCdr): string {
  return /^(queue|background|waitexten|read)$/i.test(lastapp ?? '') ? (dst ?? '') : '';
}

function statusOf({ outcome, signals }: StoredCall, end: string, cdrs: readonly StoredCdr[]): number {
  const status = statusOfOutcome(outcome, cdrs.at(-1)!.disposition);
  if (status === 0) return 0;
  const told = signals === null ? null : toldStatus(signals.sipCode, signals.hangupCause);
  return told ?? givenUp(end, status);
}

/** Anybody may have mapped something to such a name. */
function numberIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : null;
}
