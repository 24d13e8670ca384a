// Why each record of a call ended, and why it came about: read off the legs and transfers of the call, and what its channels told. Pure.
import type { StoredCall } from '../../../cdr/call.ts';
import type { StoredCdr } from '../../../cdr/cdr.ts';
import { isRightAfter, type Leg } from '../../../cdr/legs.ts';
import { handoversOf } from '../../../cdr/transfers.ts';
import { endReasons, handedWords, rerouteReasons } from './words.ts';

/** Of one record; '' where nothing tells. */
export interface Reasons {
  end: string;
  reroute: string;
}

/** By the id of a record; `records` are those of the call that its reader may see, `path` their legs. */
export function reasonsOf(
  call: Pick<StoredCall, 'outcome'>,
  records: readonly StoredCdr[],
  path: readonly Leg[],
): Map<number, Reasons> {
  const handovers = handoversOf(path);
  const reasons = new Map<number, Reasons>(records.map((cdr) => [cdr.id, { end: '', reroute: '' }]));
  const tell = (leg: Leg, what: Partial<Reasons>) => {
    for (const id of leg.cdrs) Object.assign(reasons.get(id)!, what);
  };
  for (const leg of path) {
    if (path.some((next) => isLeftFor(leg, next))) tell(leg, { end: endReasons.goesOn });
    if (path.some((before) => isOverflow(before, leg))) tell(leg, { reroute: rerouteReasons.overflow });
  }
  for (const { transfer, leg, told } of handovers) {
    const end = handedWords[transfer.kind];
    if (end !== null) for (const one of told) tell(one, { end });
    if (isTransfer(transfer.kind)) tell(leg, { reroute: rerouteReasons.transfer });
    else if (transfer.kind !== 'park') tell(leg, { reroute: '' });
  }
  const lastEnd = Math.max(...path.map(({ end }) => end));
  for (const cdr of records) {
    const own = reasons.get(cdr.id)!;
    const isLast = path.some(({ cdrs, end }) => end === lastEnd && cdrs.includes(cdr.id));
    if (own.end === '') own.end = hangupOf(cdr, call.outcome === 'cancelled' && isLast);
  }
  return reasons;
}

/** Of the whole call: how it was handed on says more than who hung up in the end. */
export function endReasonOf(call: StoredCall): string {
  const handed = call.transfers.findLast(({ kind }) => handedWords[kind] !== null);
  if (handed) return handedWords[handed.kind]!;
  const side = call.signals?.hangupSide ?? null;
  const isAnswered = call.outcome === 'answered' || call.outcome === 'voicemail';
  return hungUp(side, isAnswered, call.outcome === 'cancelled');
}

/** Before an answer the caller does not disconnect, he gives up. */
function hungUp(side: string | null | undefined, isAnswered: boolean, isCancelled: boolean): string {
  if (side === 'callee') return endReasons.callee;
  if (isCancelled || (side === 'caller' && !isAnswered)) return endReasons.cancelled;
  return side === 'caller' ? endReasons.caller : '';
}

export function rerouteReasonOf(call: StoredCall, reasons: ReadonlyMap<number, Reasons>): string {
  if (call.transfers.some(({ kind }) => isTransfer(kind))) return rerouteReasons.transfer;
  return [...reasons.values()].find(({ reroute }) => reroute !== '')?.reroute ?? '';
}

function isTransfer(kind: StoredCall['transfers'][number]['kind']): boolean {
  return kind === 'blind' || kind === 'attended';
}

/** An application that let its caller go on to something else. */
function isLeftFor(leg: Leg, next: Leg): boolean {
  return leg.to === null && next.uniqueid === leg.uniqueid && isRightAfter(leg, next);
}

/** Nobody took it there, so its channel went on elsewhere; members of one queue are one place. */
function isOverflow(before: Leg, leg: Leg): boolean {
  const isUnanswered = ['rang', 'busy', 'failed', 'queued', 'cancelled'].includes(before.result);
  const isSamePlace = before.app === leg.app && before.data === leg.data;
  return (
    isUnanswered && !before.isTaken && !isSamePlace && before.uniqueid === leg.uniqueid && isRightAfter(before, leg)
  );
}

function hangupOf({ disposition, custom }: StoredCdr, isCancelled: boolean): string {
  return hungUp(custom['ami_hangup_side'], disposition === 'ANSWERED', isCancelled || disposition === 'CANCEL');
}
