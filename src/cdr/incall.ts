// What records are in their call and none of them says by itself: IPCortex's properties `xfer`, `bill_to`, `is_bounce` and `is_pick`,
// read off the transfers of the whole call. Pure; no order of the records matters.
//
//   xfer       who sent the call on (blind or attended), for the records of the channel that was sent, from then on
//   bill_to    the same extension; and the extension that forwards, for the records of the forwarded leg
//   is_bounce  a channel that was sent on, or parked, and not taken, rings who had sent it
//   is_pick    the leg by which somebody took a call that rang elsewhere
//
// Each company that sees the record must see a record that tells it, too: no number goes through a wall. So it is with the numbers of
// others that events of channels told (`ami_transferrer`, `ami_pickup`): `told` names those whose phone is in a record that each sees,
// be it this very one.
import type { InCall, Properties, StoredCdr } from './cdr.ts';
import { legsOf, type Leg } from './legs.ts';
import { localHalf } from './parties.ts';
import { isQueue } from './outcome.ts';
import { isConference } from './results.ts';
import { handoversOf, type Handover } from './transfers.ts';
import { ofOthers } from './properties.ts';
import { companyKey } from './wall.ts';

/** Of a record of which its call says nothing. */
export const nothingInCall: InCall = Object.freeze({});

/** By record id; records of which the call says nothing are not in it. `records` are those of one call that everyone sees. */
export function inCallOf(records: readonly StoredCdr[], path: readonly Leg[] = legsOf(records)): Map<number, InCall> {
  const found = new Map<number, InCall>();
  const byId = new Map(records.map((record) => [record.id, record]));
  const recordsOf = (legs: readonly Leg[]) => legs.flatMap(({ cdrs }) => cdrs.map((id) => byId.get(id)!));
  const handovers = handoversOf(path);
  for (const handover of handovers) {
    const told = withBehind(recordsOf(handover.told), records);
    for (const [record, properties] of factsOf(handover, handovers, { records, path, recordsOf })) {
      if (isTold(record, told)) found.set(record.id, { ...found.get(record.id), ...properties });
    }
  }
  for (const record of records) {
    const told = ofOthers.filter((name) => isTold(record, partakers(records, record.custom[name])));
    if (namesOthers(record) && told.length > 0) found.set(record.id, { ...found.get(record.id), told: told.join(' ') });
  }
  return found;
}

interface Around {
  records: readonly StoredCdr[];
  path: readonly Leg[];
  recordsOf: (legs: readonly Leg[]) => StoredCdr[];
}

function factsOf(
  handover: Handover,
  handovers: readonly Handover[],
  { records, path, recordsOf }: Around,
): [StoredCdr, Properties][] {
  const { by, leg, transfer } = handover;
  const own = recordsOf([leg]);
  if (transfer.kind === 'pickup') {
    const taken = withBehind(own, records).filter(({ dstchannel }) => dstchannel === leg.dstchannel);
    return [...new Set([...own, ...taken])].map((record) => [record, { is_pick: true }]);
  }
  const number = by?.isInside ? by.number : null;
  if (number === null) return [];
  const bounced = recordsOf(path.filter((other) => isBounce(other, handover, handovers, path)));
  const bounces = bounced.map((record): [StoredCdr, Properties] => [record, { is_bounce: true }]);
  if (transfer.kind === 'park') return bounces;
  if (transfer.kind === 'forward') return withBehind(own, records).map((record) => [record, { bill_to: number }]);
  const ends = handovers.filter((other) => other !== handover && isOfChannel(other) && other.leg.start > leg.start);
  const until = Math.min(Infinity, ...ends.map((other) => other.leg.start));
  const sent = records.filter(({ channel, start }) => channel === leg.channel && start >= leg.start && start < until);
  // The Local channel of a consultation was there before.
  const all = transfer.kind === 'blind' ? withBehind(sent, records) : sent;
  return [...all.map((record): [StoredCdr, Properties] => [record, { xfer: number, bill_to: number }]), ...bounces];

  function isOfChannel({ leg: other, transfer: { kind } }: Handover): boolean {
    return other.channel === leg.channel && (kind === 'blind' || kind === 'attended' || kind === 'park');
  }
}

/** Rings who had sent its channel away, when nobody had taken it. Who takes what he parked is connected at the place of the park. */
function isBounce(
  leg: Leg,
  { by, leg: away, transfer }: Handover,
  handovers: readonly Handover[],
  path: readonly Leg[],
) {
  if (leg === away || leg.channel !== away.channel || leg.start < away.start || isQueue(leg)) return false;
  if (isConference(leg.app)) return false;
  if (leg.to === null || leg.to.number !== by?.number || handovers.some((other) => other.leg === leg)) return false;
  if (transfer.kind === 'park' && leg.dst === away.dst) return false;
  const isBetween = (other: Leg) =>
    other.channel === away.channel && other.start >= away.start && other.start < leg.start;
  return !path.some((other) => other.result === 'connected' && isBetween(other));
}

/** Most Local channels behind each other. */
const depthMax = 10;

/** With the records of what lies behind the Local channels that they dialled. */
function withBehind(some: readonly StoredCdr[], records: readonly StoredCdr[], depth = 0): StoredCdr[] {
  const bases = new Set(some.flatMap(({ dstchannel }) => localHalf(dstchannel)?.base ?? []));
  if (bases.size === 0 || depth > depthMax) return [...some];
  const behind = records.filter(({ channel }) => bases.has(localHalf(channel)?.base ?? '') && channel!.endsWith(';2'));
  return [...some, ...withBehind(behind, records, depth + 1)];
}

/** Whether events of channels told it a number of somebody else. */
export function namesOthers({ custom }: Pick<StoredCdr, 'custom'>): boolean {
  return ofOthers.some((name) => custom[name]);
}

/** The records in which this number takes part; who reads it in the record itself knows it already. */
function partakers(records: readonly StoredCdr[], number: string | undefined): StoredCdr[] {
  if (!number) return [];
  return records.filter((other) => {
    const { extension, peerExtension, src, dst } = other;
    return [extension, peerExtension, src, dst].includes(number);
  });
}

/** Whether each company that sees the record sees one of these. */
function isTold(record: StoredCdr, told: readonly StoredCdr[]): boolean {
  const known = new Set(told.flatMap(companiesOf));
  return companiesOf(record).every((company) => known.has(company));
}

function companiesOf({ company, target }: StoredCdr): string[] {
  return [company, target].filter((handle) => handle !== null).map(companyKey);
}
