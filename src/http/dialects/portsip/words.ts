// The vendor's words, as far as Asterisk's records can say them; which of its words are never said stands in the README.
import type { Direction, Disposition } from '../../../cdr/cdr.ts';
import type { CallOutcome } from '../../../cdr/outcome.ts';
import type { TransferKind } from '../../../cdr/transfers.ts';

export const directionWords: Record<Direction, string> = {
  inbound: 'INBOUND_CALL',
  outbound: 'OUTBOUND_CALL',
  internal: 'EXTENSION_CALL',
  transit: 'INBOUND_OUTBOUND_CALL',
};

export const endReasons = {
  caller: 'CALLER_DISCONNECTED',
  callee: 'CALLEE_DISCONNECTED',
  blind: 'BLIND_TRANSFER_COMPLETED',
  attended: 'CONSULT_TRANSFER_COMPLETED',
  pickup: 'REPLACED',
  goesOn: 'REFERRED',
  forward: 'REDIRECTED',
  cancelled: 'CANCELLED',
} as const;

/** What ends where somebody handed it on; parking is no word of this vendor. */
export const handedWords: Record<TransferKind, string | null> = {
  blind: endReasons.blind,
  attended: endReasons.attended,
  pickup: endReasons.pickup,
  forward: endReasons.forward,
  park: null,
};

export const rerouteReasons = { transfer: 'TRANSFER', overflow: 'OVERFLOW' } as const;

/** SIP status by Q.850 cause (RFC 3398 §8.2.6.1); 16 and 31 say nothing of why nobody answered. */
const byCause: Readonly<Record<number, number>> = {
  ...{ 1: 404, 17: 486, 18: 408, 19: 480, 20: 480, 21: 603, 22: 410, 27: 502, 28: 484 },
  ...{ 34: 503, 38: 503, 41: 503, 42: 503, 44: 503, 58: 488, 127: 500 },
};

/** Asterisk writes FAILED for all that is not told apart further: the status that claims least. */
const byDisposition: Record<Disposition, number> = {
  ...{ ANSWERED: 0, BUSY: 486, 'NO ANSWER': 480, CANCEL: 487, CONGESTION: 503, FAILED: 500, UNKNOWN: 500 },
};

/** Of calls nobody answered; `failed` is told by its last record. */
const byOutcome: Record<Exclude<CallOutcome, 'failed'>, number> = {
  ...{ answered: 0, voicemail: 0, busy: 486, missed: 480, abandoned: 480, cancelled: 487 },
};

/** What the channels told, null where that says nothing. */
export function toldStatus(sip: string | null | undefined, cause: number | null): number | null {
  if (/^[3-6]\d\d$/.test(sip ?? '')) return Number(sip);
  return cause === null ? null : (byCause[cause] ?? null);
}

export function statusOfDisposition(disposition: Disposition): number {
  return byDisposition[disposition];
}

export function statusOfOutcome(outcome: CallOutcome, last: Disposition): number {
  if (outcome !== 'failed') return byOutcome[outcome];
  return byDisposition[last] || byDisposition.FAILED;
}

/** Whoever did not answer in time to a caller who gave up was cancelled (RFC 3261 §15.1.2). */
export function givenUp(end: string, status: number): number {
  return end === endReasons.cancelled && status === byDisposition['NO ANSWER'] ? byDisposition.CANCEL : status;
}
