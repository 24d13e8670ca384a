// What the channels of a call are told to listeners of the class `call` while it goes on: made from its records, so it is what they say.
// As an Asterisk 22 tells it, as far as ringing, answer, bridge and end go; transfers are told as calls of their own.
import type { Micros } from '../cdr/cdr.ts';
import { epochText } from './clock.ts';
import type { PbxRecord } from './record.ts';

export interface Step {
  at: Micros;
  /** The bytes of one event. */
  event: string;
}

/** From Dial to the first ringing. */
const untilRinging: Micros = 400_000;

interface Side {
  name: string;
  uniqueid: string;
  linkedid: string;
  number: string;
  exten: string;
}

/** In the order of their times. */
export function stepsOf(records: readonly PbxRecord[]): Step[] {
  const steps: Step[] = [];
  for (const own of Map.groupBy(records, ({ uniqueid }) => uniqueid).values()) {
    const [first] = own as [PbxRecord, ...PbxRecord[]];
    const a = { ...sideOf(first), number: first.src, exten: first.dst };
    const end = Math.max(...own.map((record) => record.end));
    const tell = (at: Micros, name: string, side: Side, more: Record<string, string> = {}) =>
      steps.push({ at, event: eventOf(name, { ...headersOf(side), ...more }) });
    tell(first.start, 'Newchannel', a, { ChannelStateDesc: 'Ring' });
    const answered = own.map(({ answer }) => answer).filter((answer) => answer !== null);
    if (answered.length > 0) tell(Math.min(...answered), 'Newstate', a, { ChannelStateDesc: 'Up' });
    for (const record of own) if (record.dstchannel !== '') steps.push(...dialSteps(a, record, records));
    tell(end, 'HangupRequest', a, { Cause: '16' });
    tell(end, 'Hangup', a, { Cause: causeOf(first), 'Cause-txt': 'Cleared' });
  }
  // As with `timestampevents = yes`: of a call that is under way when somebody begins to listen, the times are right.
  const stamped = ({ at, event }: Step) => ({
    at,
    event: event.replace('\r\n', `\r\nTimestamp: ${epochText(at)}\r\n`),
  });
  return steps.sort((one, other) => one.at - other.at).map(stamped);
}

/** One party B: dialled, ringing, perhaps answered, gone. */
function dialSteps(a: Side, record: PbxRecord, records: readonly PbxRecord[]): Step[] {
  const { start, answer, end, dstchannel, dst, linkedid } = record;
  const known = records.find(({ channel }) => channel === dstchannel);
  const birth = `${Math.floor(start / 1_000_000)}.9${parseInt(dstchannel.slice(-8), 16)}`;
  const b = {
    name: dstchannel,
    uniqueid: known?.uniqueid ?? birth,
    linkedid,
    number: numberOf(dstchannel, dst),
    exten: '',
  };
  const both = { ...headersOf(a), ...prefixed(headersOf(b)), DialString: dstchannel.replace(/^\w+\/|-[^-]*$/g, '') };
  const steps = [
    { at: start, event: eventOf('Newchannel', { ...headersOf(b), ChannelStateDesc: 'Down' }) },
    { at: start, event: eventOf('DialBegin', both) },
  ];
  const over = answer ?? end;
  if (start + untilRinging < over) {
    steps.push({ at: start + untilRinging, event: eventOf('DialState', { ...both, DialStatus: 'RINGING' }) });
  }
  steps.push({ at: over, event: eventOf('DialEnd', { ...both, DialStatus: answer === null ? 'CANCEL' : 'ANSWER' }) });
  if (answer !== null) {
    const bridge = { BridgeUniqueid: `bridge-${record.uniqueid}-${record.sequence}` };
    for (const side of [b, a]) {
      steps.push({ at: answer, event: eventOf('BridgeEnter', { ...headersOf(side), ...bridge }) });
      steps.push({ at: end, event: eventOf('BridgeLeave', { ...headersOf(side), ...bridge }) });
    }
  }
  if (!known) steps.push({ at: end, event: eventOf('Hangup', { ...headersOf(b), Cause: causeOf(record) }) });
  return steps;
}

function sideOf({ channel, uniqueid, linkedid }: PbxRecord): Pick<Side, 'name' | 'uniqueid' | 'linkedid'> {
  return { name: channel, uniqueid, linkedid };
}

/** A phone has the number in its name; a line that which was dialled. */
function numberOf(channel: string, dst: string): string {
  return /-(\d+)-[0-9a-f]+$/.exec(channel)?.[1] ?? dst;
}

function causeOf({ disposition }: PbxRecord): string {
  const causes: Record<string, string> = { BUSY: '17', 'NO ANSWER': '19', CONGESTION: '34', FAILED: '38' };
  return causes[disposition] ?? '16';
}

function headersOf({ name, uniqueid, linkedid, number, exten }: Side): Record<string, string> {
  return { Channel: name, CallerIDNum: number, Exten: exten, Uniqueid: uniqueid, Linkedid: linkedid };
}

function prefixed(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [`Dest${name}`, value]));
}

function eventOf(name: string, headers: Record<string, string>): string {
  const lines = Object.entries({ Event: name, Privilege: 'call,all', ...headers });
  return `${lines.map(([header, value]) => `${header}: ${value}\r\n`).join('')}\r\n`;
}
