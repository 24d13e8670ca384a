// Calls that end elsewhere than they were sent: transfers and voicemail. Like calls.ts: numbers from `ids` in
// Asterisk's order, records in the order Asterisk posts them (a channel's records together, when it hangs up).
import type { Micros } from '../cdr/cdr.ts';
import type { Ids } from './ids.ts';
import { openChannel, recordOf, rung, type Call, type Channel, type Party } from './leg.ts';
import type { PbxRecord } from './record.ts';

/**
 * The callee does not answer until `givenUp`; `VoiceMail()` then answers, and appends a CDR to the caller's channel.
 * The first record is unanswered, the second has no party B.
 */
export function voicemailCall(ids: Ids, call: Call & { callee: Party; givenUp: Micros; mailbox: string }): PbxRecord[] {
  const { callee, givenUp, mailbox, times } = call;
  const a = openChannel(ids, call.caller.endpoint, times.start);
  const b = openChannel(ids, callee.endpoint, times.start);
  const missed = recordOf(call, a, {
    ...dialled(callee, b),
    answer: null,
    end: givenUp,
  });
  const left = recordOf(call, appended(ids, a), {
    dst: callee.number,
    lastapp: 'VoiceMail',
    lastdata: `${mailbox},u`,
    start: givenUp,
  });
  return [missed, left];
}

/**
 * The callee answers and at `transferred` sends the caller on to `target` without asking (REFER). The caller's channel
 * goes back into the dialplan and gets a second CDR; it was answered already, so that CDR is answered from its start.
 */
export function blindTransfer(
  ids: Ids,
  call: Call & { callee: Party; target: Party; transferred: Micros },
): PbxRecord[] {
  const { callee, target, transferred, times } = call;
  const a = openChannel(ids, call.caller.endpoint, times.start);
  const b = openChannel(ids, callee.endpoint, times.start);
  const c = openChannel(ids, target.endpoint, transferred);
  const first = recordOf(call, a, { ...dialled(callee, b), end: transferred });
  const second = recordOf(call, appended(ids, a), {
    ...dialled(target, c),
    start: transferred,
    answer: transferred,
  });
  return [first, second];
}

/**
 * The callee answers, calls `target` on a second channel at `asked` (answered at `agreed`), and at `transferred` joins
 * the two. Three records: the callee's question, with a linkedid of its own, posted at once; then the caller's two.
 */
export function attendedTransfer(
  ids: Ids,
  call: Call & { callee: Party; target: Party; asked: Micros; agreed: Micros; transferred: Micros },
): PbxRecord[] {
  const { callee, target, asked, agreed, transferred, times } = call;
  // The number dialled from outside belongs to the caller's channel only.
  const variables = Object.fromEntries(Object.entries(call.variables ?? {}).filter(([name]) => name !== 'did'));
  const a = openChannel(ids, call.caller.endpoint, times.start);
  const b = openChannel(ids, callee.endpoint, times.start);
  const b2 = openChannel(ids, callee.endpoint, asked);
  const c = openChannel(ids, target.endpoint, asked);
  const question = recordOf(
    { ...call, caller: callee, variables, times: { start: asked, answer: agreed, end: transferred } },
    b2,
    dialled(target, c),
  );
  const first = recordOf(call, a, { ...dialled(callee, b), end: transferred });
  const second = recordOf(call, appended(ids, a), {
    ...dialled(callee, c),
    start: transferred,
    answer: transferred,
    peeraccount: target.accountcode,
  });
  return [question, first, second];
}

/** The same channel with the next CDR of its chain. */
function appended<T extends { sequence: number }>(ids: Ids, channel: T): T {
  return { ...channel, sequence: ids.sequence() };
}

function dialled(callee: Party, channel: Channel) {
  return {
    dst: callee.number,
    ...rung(channel, callee),
    lastapp: 'Dial',
    lastdata: `PJSIP/${callee.endpoint},20`,
    peeraccount: callee.accountcode,
  };
}
