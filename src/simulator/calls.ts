// Calls that end where they were sent: internal, inbound, outbound, queue, IVR, originated. Each function takes the
// numbers it needs from `ids` in the order Asterisk would and returns the records in the order Asterisk posts them.
import type { Micros } from '../cdr/cdr.ts';
import type { Ids } from './ids.ts';
import { openChannel, recordOf, rung, type Call, type Party, type Times } from './leg.ts';
import type { PbxRecord } from './record.ts';

/** Extension to extension, or trunk to extension: `Dial(PJSIP/callee,timeout)`. One record, whatever the outcome. */
export function dialExtension(ids: Ids, call: Call & { callee: Party; timeoutSeconds?: number }): PbxRecord[] {
  const { callee, timeoutSeconds = 20, times } = call;
  const a = openChannel(ids, call.caller.endpoint, times.start);
  const b = openChannel(ids, callee.endpoint, times.start);
  return [
    recordOf(call, a, {
      dst: callee.number,
      ...rung(b, callee),
      lastapp: 'Dial',
      lastdata: `PJSIP/${callee.endpoint},${timeoutSeconds}`,
      peeraccount: callee.accountcode,
    }),
  ];
}

/**
 * Extension to the outside. `dialled` is what the user keyed, `number` what the trunk gets; `caller.number` what it
 * shows.
 */
export function dialTrunk(
  ids: Ids,
  call: Call & { dialled: string; number: string; trunk: string; timeoutSeconds?: number },
): PbxRecord[] {
  const { times, trunk, number, timeoutSeconds = 60 } = call;
  const a = openChannel(ids, call.caller.endpoint, times.start);
  const b = openChannel(ids, trunk, times.start);
  return [
    recordOf(call, a, {
      dst: call.dialled,
      ...rung(b, { number, name: '' }),
      lastapp: 'Dial',
      lastdata: `PJSIP/${number}@${trunk},${timeoutSeconds}`,
      // The trunk has no account of its own: its channel inherits the caller's.
      peeraccount: call.caller.accountcode,
    }),
  ];
}

/**
 * `Queue(name,,,,timeout)` that rings all members at `ring`; `winner` is the index of the one who answers (null =
 * nobody). One record per member that rang, all of the caller's channel: the first keeps its CDR, each further one
 * appends a CDR.
 */
export function queueCall(
  ids: Ids,
  call: Call & { queue: { name: string; number: string }; members: Party[]; ring: Micros; winner: number | null },
): PbxRecord[] {
  const { queue, members, ring, winner, times } = call;
  const a = openChannel(ids, call.caller.endpoint, times.start);
  const ringing = members.map((member) => openChannel(ids, member.endpoint, ring));
  return members.map((member, index) => {
    const answered = index === winner;
    return recordOf(call, index === 0 ? a : { ...a, sequence: ids.sequence() }, {
      dst: queue.number,
      ...rung(ringing[index]!, member),
      lastapp: 'Queue',
      lastdata: `${queue.name},,,,30`,
      start: index === 0 ? times.start : ring,
      answer: answered ? times.answer : null,
      end: answered ? times.end : (times.answer ?? times.end),
      peeraccount: member.accountcode,
    });
  });
}

/**
 * A menu answers; the caller then chooses `callee`, or hangs up in the menu (null). One record either way: a CDR that
 * has no party B yet moves on with its channel, so the menu shows only in an answer that is too early.
 */
export function ivrCall(
  ids: Ids,
  call: Call & { menu: { name: string; number: string; context: string }; callee: Party | null; chosen: Micros },
): PbxRecord[] {
  const { menu, callee, chosen, times } = call;
  const a = openChannel(ids, call.caller.endpoint, times.start);
  if (!callee) {
    const leg = { dst: menu.number, dcontext: menu.context, lastapp: 'BackGround', lastdata: menu.name };
    return [recordOf(call, a, leg)];
  }
  const b = openChannel(ids, callee.endpoint, chosen);
  return [
    recordOf(call, a, {
      dst: callee.number,
      ...rung(b, callee),
      lastapp: 'Dial',
      lastdata: `PJSIP/${callee.endpoint},20`,
      peeraccount: callee.accountcode,
    }),
  ];
}

/** What one half of a Local channel did: its times and its last application. */
export interface Half {
  times: Times;
  lastapp: string;
  lastdata: string;
}

/**
 * AMI `Originate` of `Local/EXTEN@context`: `near` (;1) runs the originate's application, `far` (;2) the dialplan,
 * whose record is posted first. With `fork` the dialplan ran `ForkCDR()`: two records equal in everything but
 * sequence.
 */
export function originatedCall(
  ids: Ids,
  call: Omit<Call, 'times'> & { exten: string; near: Half; far: Half; fork: boolean },
): PbxRecord[] {
  const { caller, exten, near, far } = call;
  const names = ids.local(exten, caller.context);
  const half = (name: string, born: Micros) => ({ name, uniqueid: ids.uniqueid(born), sequence: ids.sequence(), born });
  const one = half(names.near, near.times.start);
  const two = half(names.far, far.times.start);
  const record = ({ times, ...app }: Half, channel: typeof one): PbxRecord =>
    recordOf({ ...call, times }, channel, { dst: exten, linkedid: one.uniqueid, ...app });
  const records = [record(far, two)];
  if (call.fork) records.push(record(far, { ...two, sequence: ids.sequence() }));
  records.push(record(near, one));
  return records;
}
