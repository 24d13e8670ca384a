// What the PBX's channels told of a conversation's records (live/facts.ts, the custom values `ami_…`), for the call made of them. Pure.
import type { Micros, StoredCdr } from './cdr.ts';
import { endOf } from './parties.ts';

/** null: not told. */
export interface Signals {
  /** Of the last record that tells it: whose phone ended it. */
  hangupSide: 'caller' | 'callee' | null;
  /** Q.850, and the SIP status beside it. */
  hangupCause: number | null;
  sipCode: string | null;
  /** While one held the other, all records together. */
  held: Micros | null;
}

/** Q.850 has seven bits. */
const causeMax = 127;
const sides = ['caller', 'callee'] as const;

/** null: no record was told anything. The order of the records makes no difference. */
export function signalsOf(records: readonly StoredCdr[]): Signals | null {
  const told = records.filter(
    ({ custom }) => custom['ami_hangup_cause'] ?? custom['ami_hangup_side'] ?? custom['ami_hold_seconds'],
  );
  if (told.length === 0) return null;
  // The last to end was ended by somebody; a record without party B is the tail of another one.
  const ends = told.toSorted(
    (one, other) =>
      endOf(other) - endOf(one) || Number(!one.dstchannel) - Number(!other.dstchannel) || compare(one, other),
  );
  const last =
    ends.find(({ custom }) => custom['ami_hangup_side']) ?? ends.find(({ custom }) => custom['ami_hangup_cause']);
  const { ami_hangup_side: side, ami_hangup_cause: cause, ami_sip_code: sip } = last?.custom ?? {};
  const holds = told.flatMap(({ custom }) => numberIn(custom['ami_hold_seconds']) ?? []);
  return {
    hangupSide: sides.find((word) => word === side) ?? null,
    hangupCause: /^[1-9]\d{0,2}$/.test(cause ?? '') && Number(cause) <= causeMax ? Number(cause) : null,
    sipCode: /^[1-6]\d\d$/.test(sip ?? '') ? sip! : null,
    held: holds.length === 0 ? null : Math.round(holds.reduce((sum, seconds) => sum + seconds, 0) * 1e6),
  };
}

/** Anybody may have mapped something to such a name. */
function numberIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : null;
}

/** How long its party B rang; null: not told. */
export function ringIn({ custom }: StoredCdr): Micros | null {
  const seconds = numberIn(custom['ami_ring_seconds']);
  return seconds === null ? null : Math.round(seconds * 1e6);
}

function compare(one: StoredCdr, other: StoredCdr): number {
  return one.uniqueid < other.uniqueid
    ? -1
    : one.uniqueid > other.uniqueid
      ? 1
      : (one.sequence ?? 0) - (other.sequence ?? 0);
}
