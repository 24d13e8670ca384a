// A record as this vendor shows it (its Model table, and what its clients find beyond that). What nobody knows is null.
import type { StoredCdr } from '../../../cdr/cdr.ts';
import type { Kin } from '../../../cdr/kin.ts';
import { callerOf as partyA } from '../../../cdr/parties.ts';
import { moneyUnit } from '../../../cdr/price.ts';
import { isoOf } from '../../../cdr/time.ts';
import { companyKey } from '../../../cdr/wall.ts';
import type { User } from '../../../store/users.ts';
import { causeOf } from '../causes.ts';
import type { Directory } from './directory.ts';
import { wordOf } from './words.ts';

/** In the order of the vendor's table, then what is not in it. */
export const cdrColumns = [
  ...([
    'id',
    'duration',
    'live_id',
    'parent_live_id',
    'user_id',
    'sip_endpoint_id',
    'server_id',
    'type',
    'calldate',
  ] as const),
  ...(['clid', 'src_id', 'src_name', 'src', 'src_ua', 'src_codec', 'dst_id', 'dst', 'dst_name', 'dst_ua'] as const),
  ...([
    'dst_codec',
    'billsec',
    'disposition',
    'destination',
    'context',
    'rate',
    'charge',
    't_cause',
    'info',
    'call_id',
  ] as const),
];
type Name =
  (typeof cdrColumns)[number] | 'is_root' | 'root_live_id' | 'labels' | 'metadata' | 'nb_notes' | 'nb_children';
export type Shown = Record<Name, unknown>;

/** Names of what a record shows that is one value each: what lists can be sorted by. */
export const sortables: readonly string[] = [...cdrColumns, 'is_root', 'root_live_id', 'nb_notes', 'nb_children'];

/** `viewer`: the user whose list it is; what the user was called for came in. Absent: the calling side's view. */
export function toCdr(cdr: StoredCdr, kin: Kin, directory: Directory, viewer?: User): Shown {
  const caller = callerOf(cdr);
  const called = calledOf(cdr);
  const own = viewer && isCalled(cdr, viewer) ? called : cdr.direction === 'inbound' ? called : caller;
  const user = directory.userOf(own.company, own.number);
  const words = viewer && isCalled(cdr, viewer) ? { ...cdr, direction: 'inbound' as const } : cdr;
  const price = directory.priceOf(cdr);
  const isFree = cdr.direction === 'inbound' || cdr.direction === 'internal';
  return {
    id: cdr.id,
    duration: cdr.duration,
    live_id: kin.live,
    parent_live_id: kin.parent,
    user_id: user?.id ?? null,
    sip_endpoint_id: directory.endpointOf(own === called ? cdr.dstchannel : cdr.channel)?.id ?? null,
    server_id: kin.systemId,
    type: wordOf.type(words),
    calldate: secondOf(cdr.start),
    clid: cdr.clid,
    src_id: idOf(directory.userOf(caller.company, caller.number)),
    src_name: nameIn(cdr.clid) ?? directory.nameOf(caller.company, caller.number),
    src: cdr.src,
    src_ua: null,
    src_codec: null,
    dst_id: serviceOf(cdr) ?? idOf(directory.userOf(called.company, called.number)),
    dst: cdr.dst,
    dst_name: queueOf(cdr) ?? directory.nameOf(called.company, called.number),
    dst_ua: null,
    dst_codec: null,
    billsec: cdr.billsec,
    disposition: wordOf.disposition(cdr),
    destination: wordOf.destination(words),
    context: wordOf.context(cdr),
    rate: price.rate ? price.rate.price / moneyUnit : isFree ? 0 : null,
    charge: price.cost / moneyUnit,
    t_cause: causeOf(cdr),
    info: cdr.userfield,
    call_id: cdr.id,
    is_root: kin.parent === null,
    root_live_id: kin.root,
    labels: cdr.tags,
    metadata: cdr.said?.metadata ?? {},
    nb_notes: cdr.note === null ? 0 : 1,
    nb_children: kin.children,
  };
}

/** `2026-11-22 03:15:29`, UTC. */
export function secondOf(at: number): string {
  return isoOf(at).slice(0, 19).replace('T', ' ');
}

interface Side {
  company: string | null;
  number: string | null;
}

/** The caller, as far as it is local. */
function callerOf(cdr: StoredCdr): Side {
  const { direction, company, extension } = cdr;
  if (direction === 'outbound' || direction === 'internal') return { company, number: extension };
  const party = direction === null ? partyA(cdr) : null;
  return { company, number: party?.isInside ? party.number : null };
}

/** The called party, as far as it is local. */
function calledOf({ direction, company, target, extension, peerExtension }: StoredCdr): Side {
  const number = direction === 'inbound' ? extension : peerExtension;
  return { company: target ?? company, number };
}

function isCalled(cdr: StoredCdr, { companies, extensions }: User): boolean {
  const isOf = ({ company, number }: Side) =>
    number !== null &&
    extensions.includes(number) &&
    (companies === null || (company !== null && companies.some((one) => companyKey(one) === companyKey(company))));
  return isOf(calledOf(cdr)) && !isOf(callerOf(cdr));
}

function idOf(user: User | null): string | null {
  return user && String(user.id);
}

/** The name in `"Ann" <101>`. */
function nameIn(clid: string | null): string | null {
  const [, name] = /^\s*"?(.*?)"?\s*<[^<>]*>\s*$/.exec(clid ?? '') ?? [];
  return name || null;
}

function queueOf({ lastapp, lastdata }: StoredCdr): string | null {
  return (lastapp === 'Queue' && (lastdata ?? '').split(',')[0]) || null;
}

/** A queue or a menu, where that is what was called. */
function serviceOf(cdr: StoredCdr): string | null {
  const queue = queueOf(cdr);
  if (queue !== null) return `Queue${queue}`;
  return wordOf.context(cdr) === 'IVR' && cdr.dst ? `IVR${cdr.dst}` : null;
}
