// What the channels of a simulated call do, moment by moment: the events of Asterisk's class `call` behind its records, in the order in
// which a real Asterisk 22 raised them (test/fixtures/channels). Pure; what an event looks like on the wire is said in channelevent.ts.
import type { Micros } from '../cdr/cdr.ts';
import { headersOf, type Seat, type State, type Told } from './channelevent.ts';
import type { Peer, PbxRecord } from './record.ts';

const SECOND: Micros = 1_000_000;
const MILLI: Micros = 1000;
/** `Dial(…,20)`: nobody hung up when it was over. */
const dialTime = 20 * SECOND;
/** Talks of at least this are put on hold for a while, one in so many. */
const holdFrom = 40 * SECOND;
const holdEvery = 5;

type Answered = PbxRecord & { peer: Peer };

/** The events of a call, the earliest first. */
export function storyOf(records: readonly PbxRecord[]): Told[] {
  const channels = [...Map.groupBy(records, ({ uniqueid }) => uniqueid).values()];
  const told = channels.flatMap((own) => new Channel(own, records).told);
  return told.sort((one, other) => one.at - other.at);
}

/** Party A's channel with all whom it dialled. */
class Channel {
  readonly told: Told[] = [];
  readonly #own: readonly PbxRecord[];
  readonly #all: readonly PbxRecord[];
  readonly #seat: Seat;
  #isUp = false;
  #hasAsked = false;

  constructor(own: readonly PbxRecord[], all: readonly PbxRecord[]) {
    this.#own = own.toSorted((one, other) => one.start - other.start || one.sequence - other.sequence);
    this.#all = all;
    const [first] = this.#own as [PbxRecord];
    this.#seat = seatOf(first);
    this.#say(first.start, 'Newchannel');
    for (const record of this.#own) this.#play(record);
    const end = Math.max(...own.map((record) => record.end));
    this.#say(end + MILLI, 'Hangup', causeOf(this.#own.at(-1)!, this.#hasAsked));
  }

  #play(record: PbxRecord): void {
    const { answer, end, peer } = record;
    if (answer !== null && (!peer || answer < peer.born)) this.#up(answer);
    if (peer) return this.#dial({ ...record, peer });
    if (this.#isLast(record) && !record.channel.startsWith('Local/')) this.#ask(end - MILLI, 16);
  }

  #dial(record: Answered): void {
    const { peer, end, disposition } = record;
    const question = this.#questionBefore(record);
    const picked = question ? record.start : pickedUp(record);
    if (!question) {
      this.#tellOf(record, peer.born + MILLI, 'Newchannel', 'Down');
      this.#pair(record, peer.born + 2 * MILLI, 'DialBegin', 'Down', [
        ['DialString', record.lastdata.split(/[/,]/)[1] ?? ''],
      ]);
      const rings = Math.min(peer.born + 150 * MILLI, (picked ?? end) - MILLI);
      if (disposition !== 'CONGESTION') {
        this.#tellOf(record, rings, 'Newstate', 'Ringing');
        this.#pair(record, rings, 'DialState', 'Ringing', [['DialStatus', 'RINGING']]);
      }
    }
    if (picked === null) return this.#fail(record);
    if (!question) {
      this.#tellOf(record, picked, 'Newstate', 'Up');
      this.#pair(record, picked, 'DialEnd', 'Up', [['DialStatus', 'ANSWER']]);
      this.#up(picked);
      this.#tellOf(record, picked, 'BridgeEnter', 'Up', inBridge(peer));
    }
    this.#say(picked, 'BridgeEnter', inBridge(peer));
    if (question) this.#say(picked, 'AttendedTransfer', joining(question, record));
    this.#hold(record, picked);
    this.#part(record);
  }

  /** Party B did not answer. */
  #fail(record: Answered): void {
    const { disposition, end, start } = record;
    const isTaken = this.#own.some((other) => other.answer !== null && other !== record && other.answer === end);
    const isOver = !isTaken && (!this.#isLast(record) || end - start >= dialTime);
    const turned = { BUSY: [17, '486'], CONGESTION: [34, '503'] }[disposition as string] as
      [number, string] | undefined;
    if (turned) this.#tellOf(record, end - 2 * MILLI, 'HangupRequest', 'Ringing', cleared(...turned));
    else if (!isTaken && !isOver) this.#ask(end - 2 * MILLI, 19, '487');
    const status = turned ? disposition : isOver ? 'NOANSWER' : 'CANCEL';
    this.#pair(record, end - MILLI, 'DialEnd', 'Ringing', [['DialStatus', status]]);
    const cause = turned ?? (isTaken ? [26] : isOver ? [0] : ([19, '480'] as const));
    this.#tellOf(record, end - MILLI, 'Hangup', 'Ringing', cleared(...(cause as [number, string?])));
  }

  /** Both talked, and part: one hangs up, or the channel goes on elsewhere. */
  #part(record: Answered): void {
    const { peer, end, sequence } = record;
    const isAsked = this.#all.some((other) => isQuestion(record, other));
    const next = this.#own.find((other) => other.start >= end && other !== record);
    if (this.#isLast(record) && !isAsked) {
      if (sequence % 2 === 0) this.#ask(end - MILLI, 16);
      else this.#tellOf(record, end - MILLI, 'HangupRequest', 'Up', cleared(16));
    } else if (next?.peer && !this.#questionBefore(next)) {
      this.#say(end - MILLI, 'BlindTransfer', [
        ...[['Result', 'Success'] as const, ...headersOf('Transferer', peerSeat(record))],
        ...[...headersOf('Transferee', this.#seat), ['Extension', next.dst] as const],
      ]);
    }
    this.#say(end, 'BridgeLeave', inBridge(peer));
    // Whom the consultation was with goes on with who was transferred.
    if (isAsked) return;
    this.#tellOf(record, end, 'BridgeLeave', 'Up', inBridge(peer));
    this.#tellOf(record, end + MILLI, 'Hangup', 'Up', cleared(16));
  }

  #hold(record: Answered, picked: Micros): void {
    const talk = record.end - picked;
    if (talk < holdFrom || record.sequence % holdEvery !== 0) return;
    this.#tellOf(record, picked + Math.round(talk / 3), 'Hold', 'Up');
    this.#tellOf(record, picked + Math.round(talk / 2), 'Unhold', 'Up');
  }

  #up(at: Micros): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#say(at, 'Newstate');
  }

  #ask(at: Micros, cause: number, sip?: string): void {
    if (!this.#hasAsked) this.#say(at, 'HangupRequest', cleared(cause, sip));
    this.#hasAsked = true;
  }

  #isLast(record: PbxRecord): boolean {
    return this.#own.every((other) => other.end <= record.end);
  }

  /** The record of the consultation whose party B this one is joined with. */
  #questionBefore(record: PbxRecord): PbxRecord | undefined {
    return this.#all.find((other) => isQuestion(other, record));
  }

  #say(at: Micros, event: string, more: Told['more'] = []): void {
    this.told.push({ at, event, a: this.#seat, state: this.#isUp ? 'Up' : 'Ring', more });
  }

  #tellOf(record: Answered, at: Micros, event: string, state: State, more: Told['more'] = []): void {
    this.told.push({ at, event, a: peerSeat(record), state, more });
  }

  #pair(record: Answered, at: Micros, event: string, state: State, more: Told['more']): void {
    const dest = headersOf('Dest', peerSeat(record), state);
    this.told.push({ at, event, a: this.#seat, state: this.#isUp ? 'Up' : 'Ring', more: [...dest, ...more] });
  }
}

/** Whether `question` is the consultation that became `joined`: another channel had asked that party B before. */
function isQuestion(question: PbxRecord, joined: PbxRecord): boolean {
  const isSame = question.peer !== undefined && question.peer.uniqueid === joined.peer?.uniqueid;
  return isSame && question.uniqueid !== joined.uniqueid && question.end <= joined.start;
}

/** Behind a menu, or after a transfer, the record does not say when party B answered: it was answered before. */
function pickedUp({ answer, end, peer }: Answered): Micros | null {
  if (answer === null || answer > peer.born) return answer;
  return peer.born + Math.min(4 * SECOND, Math.round((end - peer.born) / 3));
}

function seatOf({ channel, uniqueid, linkedid, src, clid, dst, dcontext, accountcode }: PbxRecord): Seat {
  const name = /^"(.*)" </.exec(clid)?.[1] ?? '';
  return { channel, uniqueid, linkedid, number: src, name, exten: dst, context: dcontext, accountcode };
}

function peerSeat({ peer, dstchannel, linkedid, dcontext, peeraccount }: Answered): Seat {
  const { uniqueid, number, name } = peer;
  const place = { exten: '', context: dcontext, accountcode: peeraccount };
  return { channel: dstchannel, uniqueid, linkedid, number, name, ...place };
}

function causeOf({ disposition }: PbxRecord, hasAsked: boolean): Told['more'] {
  if (disposition === 'BUSY') return cleared(17, '486');
  if (disposition === 'CONGESTION') return cleared(34, '503');
  return disposition === 'NO ANSWER' && hasAsked ? cleared(19, '487') : cleared(16);
}

/** Q.850, and the SIP status beside it. */
function cleared(cause: number, sip?: string): Told['more'] {
  return [['Cause', String(cause)], ...(sip === undefined ? [] : [['TechCause', sip] as const])];
}

function inBridge({ uniqueid }: Peer): Told['more'] {
  return [['BridgeUniqueid', `bridge-${uniqueid}`]];
}

function joining(question: PbxRecord, record: Answered): Told['more'] {
  return [
    ['Result', 'Success'],
    ...headersOf('OrigTransferer', seatOf(question)),
    ...headersOf('Transferee', seatOf(record)),
    ...headersOf('TransferTarget', peerSeat(record)),
  ];
}
