// THE CALL: one conversation, made of the set of its records. Pure: the same set makes the same call, whatever order it came in.
import type { Direction, Micros, StoredCdr } from './cdr.ts';
import { byBegin, isNamed, isRightAfter, legsOf, type Leg } from './legs.ts';
import { outcomeOf, type CallOutcome } from './outcome.ts';
import { endOf, isNumber, type Party } from './parties.ts';
import { isConference } from './results.ts';
import { signalsOf, type Signals } from './signals.ts';
import { leastOf, queueOf, ringOf, talkOf } from './spans.ts';
import { transfersOf, type Transfer } from './transfers.ts';
import { trunksOf } from './trunks.ts';
import { companyKey, type Parties } from './wall.ts';

/** What a call is, beside its legs. Times in Micros, spans in microseconds; `null` = no record tells it. */
export interface Call {
  system: string;
  /** Handle of the calling company, and of the called one: the first that a leg names. */
  company: string | null;
  target: string | null;
  caller: string | null;
  /** What was dialled: the number of the outside line (`did`) where a record has it, else the first dst. */
  called: string | null;
  /** Phones that rang, extensions that forward, targets of transfers; in order, each once. */
  wanted: readonly string[];
  /** The person or device that answered first; null: nobody, or only a menu, a conference, a mailbox. */
  answeredBy: string | null;
  /** Extensions of this PBX that took part, were rung, or were meant and could not be, sorted. */
  extensions: readonly string[];
  direction: Direction | null;
  outcome: CallOutcome;
  start: Micros;
  /** When somebody answered (or, where nobody was wanted, an application). */
  answer: Micros | null;
  end: Micros;
  /** From the first ringing to the answer or the end of it. null: nothing rang, or the records do not tell. */
  ring: Micros | null;
  /** While somebody talked with somebody; where two talked at once it counts once. */
  talk: Micros;
  /** From the entry into a queue to the answer, or to the end; null without a queue, or where the records do not tell. See `queueOf`. */
  queue: Micros | null;
  transfers: readonly Transfer[];
  recordings: readonly string[];
  /** Trunks it came or went over, sorted. */
  trunks: readonly string[];
  /** What events of its channels told; null: nothing. */
  signals: Signals | null;
  linkedids: readonly string[];
  uniqueids: readonly string[];
  /** How many records it is made of, how many phones were tried and talked with; at least one. */
  records: number;
  legs: number;
}

/** A call with its legs, in the order of their beginning. */
export interface CallWithPath extends Call {
  path: readonly Leg[];
}

/** A call as the store holds it. */
export interface StoredCall extends Call {
  /** Place in the order in which calls were first seen; never reused. */
  id: number;
  /** Id of the record that was stored first. */
  firstCdr: number;
  /** The different sides of its records, as walls look at them. */
  walls: readonly Parties[];
  /** Whether its records stand behind walls of different companies. */
  isMixed: boolean;
  /** All of its records are hidden, or gone. */
  hidden: boolean;
  created: Micros;
  updated: Micros;
}

/** `records` are those everyone sees (hidden ones left out) of one conversation; at least one. */
export function callWithPath(records: readonly StoredCdr[]): CallWithPath {
  const path = legsOf(records);
  return { ...callOf(records, path), path };
}

/** As `callWithPath`, without the legs. */
export function callOf(records: readonly StoredCdr[], path: readonly Leg[] = legsOf(records)): Call {
  const talks = path.filter(({ result }) => result === 'connected');
  const outcome = outcomeOf(path);
  const first = path[0]!;
  const ordered = inOrder(records, path);
  const answer = outcome === 'answered' ? leastOf((talks.length > 0 ? talks : path).map((leg) => leg.answer)) : null;
  const people = talks.filter(({ app }) => !isConference(app));
  const answered = people.toSorted((a, b) => (a.answer ?? a.end) - (b.answer ?? b.end))[0];
  const called = dialledOf(ordered, path);
  const transfers = transfersOf(path);
  const withMailbox = path.filter(({ result }) => result === 'connected' || result === 'voicemail');
  const talksToService = outcome === 'answered' || outcome === 'voicemail';
  return {
    system: records[0]!.system,
    company: firstKnown(ordered, 'company'),
    target: firstKnown(ordered, 'target'),
    caller: first.from.number,
    called,
    wanted: wantedOf(path, transfers, called),
    answeredBy: answered?.to?.number ?? null,
    extensions: extensionsOf(path, transfers),
    direction: directionOf(ordered, path),
    outcome,
    start: Math.min(...records.map(({ start }) => start)),
    answer,
    end: Math.max(...records.map(endOf)),
    ring: ringOf(path, answered, transfers),
    talk: talkOf(talks.length > 0 ? withMailbox : path.filter(({ answer: at }) => at !== null && talksToService)),
    queue: queueOf(path, transfers),
    transfers,
    trunks: sortedOf(records.flatMap(trunksOf)),
    signals: signalsOf(records),
    recordings: sortedOf(records.map(({ custom }) => custom['recordingfile'])),
    linkedids: sortedOf(records.map(({ linkedid }) => linkedid)),
    uniqueids: sortedOf(records.map(({ uniqueid }) => uniqueid)),
    records: records.length,
    legs: Math.max(1, path.filter((leg) => (leg.to !== null && !leg.isHandedOn) || leg.result === 'voicemail').length),
  };
}

/** Each once, in the order of their characters. */
function sortedOf(texts: readonly (string | null | undefined)[]): string[] {
  const known = texts.filter((text) => typeof text === 'string' && text !== '') as string[];
  return known.length < 2 ? known : [...new Set(known)].sort();
}

/** In the order of the path, then by id: which of equal records came first makes no difference. */
function inOrder(records: readonly StoredCdr[], path: readonly Leg[]): readonly StoredCdr[] {
  if (records.length === 1) return records;
  const places = new Map(path.flatMap(({ cdrs }, at) => cdrs.map((id) => [id, at] as const)));
  const placeOf = ({ id }: StoredCdr) => places.get(id) ?? path.length;
  return records.toSorted((a, b) => placeOf(a) - placeOf(b) || byBegin(a, b));
}

function firstKnown(ordered: readonly StoredCdr[], name: 'company' | 'target'): string | null {
  return ordered.find((record) => record[name] !== null)?.[name] ?? null;
}

/** Extensions of the dialplan itself, which nobody dials. */
const special = /^([sithoaTe]|fax|failed)$/;

function dialledOf(ordered: readonly StoredCdr[], path: readonly Leg[]): string | null {
  const first = path[0]!;
  // Of a conference that one of us began, others' records may have the number of ours that they called.
  const isOurs = isConference(first.app) && first.from.isInside;
  const did = isOurs ? null : ordered.find(({ custom }) => custom['did'])?.custom['did'];
  if (did) return did;
  // A blind transfer writes its target into the dst of the record before it, too.
  const isRewritten = path.some(
    (leg) => leg.uniqueid === first.uniqueid && leg.dst === first.dst && isRightAfter(first, leg),
  );
  if (first.result === 'connected' && isRewritten && isNamed(first)) return first.to!.number;
  return path.find(({ dst }) => dst && !special.test(dst))?.dst ?? null;
}

/**
 * Phones that rang, extensions that forward, targets of transfers; not who picked the call up or took it out of a park.
 * Without a party B, the extensions that were meant, else the number that was dialled, if anybody was meant by it.
 */
function wantedOf(path: readonly Leg[], transfers: readonly Transfer[], called: string | null): string[] {
  const takers = new Set(transfers.flatMap(({ kind, to }) => (kind === 'pickup' || kind === 'park' ? to : [])));
  const forwards = new Map(transfers.flatMap(({ kind, by, to }) => (kind === 'forward' ? [[to, by] as const] : [])));
  const rung = path.flatMap((leg) => leg.wanted.filter(({ number }) => isNamed(leg) || !takers.has(number)));
  const names = rung.flatMap(({ number }) => [forwards.get(number) ?? null, number]);
  const numbers = [...new Set(names.filter((number) => number !== null))];
  if (numbers.length > 0) return numbers;
  const meant = path.flatMap((leg) => leg.meant ?? []);
  if (meant.length > 0) return [...new Set(meant)];
  const isDialled = path.some((leg) => !['system', 'voicemail', 'queued'].includes(leg.result) && isMeant(leg));
  return isDialled && called !== null && isNumber(called) ? [called] : [];
}

/**
 * Whether anybody was to be called: somebody of ours, or by Dial, or by a number too long to be one of the dialplan. Any
 * other number is one at which a dialplan says something.
 */
function isMeant({ app, dst, isToExtension }: Leg): boolean {
  if (isConference(app)) return false;
  return isToExtension || /^dial$/i.test(app ?? '') || /^\+?\d{7,}$/.test(dst ?? '');
}

/** Who forwards takes part, though his phone never rang; who could not be rung may ask for the call he missed. */
function extensionsOf(path: readonly Leg[], transfers: readonly Transfer[]): string[] {
  const forwarders = transfers.map(({ kind, by }) => (kind === 'forward' ? by : null));
  const parties = path.flatMap(({ from, to, wanted }): (Party | null)[] => [from, to, ...wanted]);
  const meant = path.map((leg) => leg.meant);
  return sortedOf([...forwarders, ...meant, ...parties.map((party) => (party?.isInside ? party.number : null))]);
}

/** Of the first leg that knows it; what came in and met an extension is inbound, wherever it went on to. */
function directionOf(ordered: readonly StoredCdr[], path: readonly Leg[]): Direction | null {
  const told = ordered.map(({ direction }) => direction);
  const first = told.find((direction) => direction !== null) ?? null;
  const { from, to } = path[0]!;
  if (from.isInside && first === null) return to === null ? 'internal' : null;
  if (from.isInside && first === 'inbound') return to === null || to.isInside ? 'internal' : 'outbound';
  // A number of the dialplan at which nobody is.
  if (first === 'outbound' && path.every((leg) => leg.to === null && !isMeant(leg))) return 'internal';
  // A number of the dialplan that leads to phones of ours.
  if (first === 'outbound' && path.some((leg) => leg.to?.isInside) && path.every((leg) => leg.to?.isInside !== false))
    return 'internal';
  return first === 'transit' && told.includes('inbound') ? 'inbound' : first;
}

/** The different sides that its records have, in the order of their text; companies as they are compared. */
export function wallsOf(records: readonly Parties[]): Parties[] {
  const all = records.map(({ company, target, extension, peerExtension }) => ({
    company: company && companyKey(company),
    target: target && companyKey(target),
    extension,
    peerExtension,
  }));
  if (all.length === 1) return all;
  const walls = new Map(all.map((wall) => [JSON.stringify(wall), wall]));
  return [...walls].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, wall]) => wall);
}
