// One believable call: which kind, whose, how long. Turns chance into the arguments of a scenario; knows no clock.
import type { Micros } from '../cdr/cdr.ts';
import { dialExtension, dialTrunk, ivrCall, originatedCall, queueCall } from './calls.ts';
import { companies, outsiders, trunk, type Company } from './companies.ts';
import type { Ids } from './ids.ts';
import type { Call, Party } from './leg.ts';
import type { Random } from './random.ts';
import type { PbxRecord } from './record.ts';
import { attendedTransfer, blindTransfer, voicemailCall } from './reroutes.ts';

/** How often each kind of call happens, in parts of the sum. Roughly an office's day. */
export const weights = {
  internal: 20,
  inbound: 20,
  outbound: 22,
  queue: 9,
  ivr: 7,
  'blind-transfer': 3,
  'attended-transfer': 2,
  busy: 4,
  missed: 5,
  voicemail: 4,
  cancelled: 4,
  congestion: 1,
  fork: 1,
} as const;
export type CallKind = keyof typeof weights;

const SECOND = 1_000_000;
const MAX_RING = 25;
const MAX_TALK = 560;
/** No call of this mix lasts longer: the longest ring, menu and transfer with the longest talk. */
export const longestCall: Micros = 600 * SECOND;

interface Stage {
  random: Random;
  ids: Ids;
  start: Micros;
  company: Company;
}

/** A call that starts at `start`: its kind and its records, ends in the future. */
export function nextCall(random: Random, ids: Ids, start: Micros): { kind: CallKind; records: PbxRecord[] } {
  const kind = pickKind(random);
  const stage = { random, ids, start, company: random.pick(companies) };
  return { kind, records: play(kind, stage) };
}

function play(kind: CallKind, stage: Stage): PbxRecord[] {
  const { random, ids, company, start } = stage;
  const [caller, callee, target] = three(stage);
  const inside = { caller, ...own(company) };
  const outside = incoming(stage);
  const answer = start + seconds(random, 2, 18);
  const end = answer + talk(random);
  const answered = { start, answer, end };
  switch (kind) {
    case 'internal':
      return dialExtension(ids, { ...inside, callee, times: answered });
    case 'inbound':
      return dialExtension(ids, { ...outside, callee, times: answered });
    case 'outbound':
      return dialTrunk(ids, { ...outgoing(stage, caller), times: answered });
    case 'queue':
      return queued(stage, outside);
    case 'ivr':
      return menu(stage, outside, random.chance(0.8) ? callee : null);
    case 'blind-transfer':
      return blindTransfer(ids, {
        ...outside,
        callee,
        target,
        times: answered,
        transferred: between(random, answer, end),
      });
    case 'attended-transfer': {
      const asked = between(random, answer, end);
      const agreed = between(random, asked, end);
      const transferred = between(random, agreed, end);
      return attendedTransfer(ids, { ...outside, callee, target, times: answered, asked, agreed, transferred });
    }
    case 'busy':
      return dialExtension(ids, { ...inside, callee, times: unanswered(stage, 1, 4), unanswered: 'BUSY' });
    case 'missed':
      return dialExtension(ids, { ...outside, callee, times: unanswered(stage, 20, 20) });
    case 'voicemail':
      return voicemail(stage, outside, callee);
    case 'cancelled':
      return dialExtension(ids, {
        ...(random.chance(0.5) ? inside : outside),
        callee,
        times: unanswered(stage, 2, 15),
      });
    case 'congestion':
      return dialTrunk(ids, { ...outgoing(stage, caller), times: unanswered(stage, 1, 5), unanswered: 'CONGESTION' });
    case 'fork':
      return announcement(stage, inside);
  }
}

/** Three different people of the company. */
function three({ random, company }: Stage): [Party, Party, Party] {
  const { people } = company;
  const from = random.whole(0, people.length - 1);
  const step = random.whole(1, Math.floor((people.length - 1) / 2));
  const at = (index: number): Party => people[index % people.length] as Party;
  return [at(from), at(from + step), at(from + 2 * step)];
}

/** What the dialplan sets on every call of a company. */
function own(company: Company): Pick<Call, 'variables'> {
  return { variables: { company: company.handle } };
}

/** A caller from outside, on the trunk, put into the company's dialplan by its DID. */
function incoming({ random, company }: Stage): Pick<Call, 'caller' | 'variables'> {
  const person = random.pick(outsiders);
  const caller = { ...person, endpoint: trunk, accountcode: company.handle, context: `${company.handle}-internal` };
  return { caller, variables: { company: company.handle, did: company.did } };
}

/** A colleague who keys 9 and a number, and shows the company's number instead of the extension. */
function outgoing({ random, company }: Stage, caller: Party) {
  const reachable = outsiders.filter((person) => person.number.startsWith('+'));
  const number = random.pick(reachable).number.slice(1);
  return { caller: { ...caller, number: company.did }, ...own(company), dialled: `9${number}`, number, trunk };
}

function queued({ random, ids, company, start }: Stage, outside: Pick<Call, 'caller' | 'variables'>): PbxRecord[] {
  const members = company.people.slice(0, random.whole(2, Math.min(4, company.people.length)));
  const ring = start + seconds(random, 0.1, 1);
  const winner = random.chance(0.85) ? random.whole(0, members.length - 1) : null;
  const answer = winner === null ? null : ring + seconds(random, 2, 20);
  const end = answer === null ? ring + seconds(random, 5, 30) : answer + talk(random);
  const { queue } = company;
  const times = { start, answer, end };
  return queueCall(ids, { ...outside, userfield: `queue=${queue.name}`, times, queue, members, ring, winner });
}

function menu(stage: Stage, outside: Pick<Call, 'caller' | 'variables'>, callee: Party | null): PbxRecord[] {
  const { random, ids, company, start } = stage;
  const answer = start + seconds(random, 0.01, 0.2);
  const chosen = answer + seconds(random, 3, 15);
  const end = callee ? chosen + seconds(random, 2, 15) + talk(random) : chosen;
  return ivrCall(ids, { ...outside, times: { start, answer, end }, menu: company.menu, callee, chosen });
}

function voicemail(stage: Stage, outside: Pick<Call, 'caller' | 'variables'>, callee: Party): PbxRecord[] {
  const { random, ids, company, start } = stage;
  const givenUp = start + seconds(random, 20, 20.01);
  const answer = givenUp + seconds(random, 0.001, 0.02);
  const times = { start, answer, end: answer + seconds(random, 5, 60) };
  return voicemailCall(ids, { ...outside, times, callee, givenUp, mailbox: `${callee.number}@${company.handle}` });
}

/** An alarm the CRM originates: it plays to the dialplan, which forks the CDR. */
function announcement({ random, ids, start }: Stage, inside: Pick<Call, 'caller' | 'variables'>): PbxRecord[] {
  const born = start + random.whole(40, 90);
  const answer = born + random.whole(300, 900);
  const end = answer + seconds(random, 3, 20);
  const near = { times: { start, answer: answer + 200, end: end + 130 }, lastapp: 'Wait', lastdata: '2' };
  const far = { times: { start: born, answer, end }, lastapp: 'Hangup', lastdata: '' };
  return originatedCall(ids, { ...inside, exten: '150', near, far, fork: true });
}

function unanswered({ random, start }: Stage, least: number, most: number) {
  return { start, answer: null, end: start + seconds(random, least, Math.min(most, MAX_RING) + 0.02) };
}

function pickKind(random: Random): CallKind {
  const kinds = Object.entries(weights) as [CallKind, number][];
  let left = random.next() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
  return kinds.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'internal';
}

function talk(random: Random): Micros {
  return Math.round(Math.min(random.around(75, 0.9), MAX_TALK) * SECOND);
}

function seconds(random: Random, least: number, most: number): Micros {
  return Math.round((least + random.next() * (most - least)) * SECOND);
}

function between(random: Random, from: Micros, to: Micros): Micros {
  return Math.round(from + (to - from) * (0.1 + 0.8 * random.next()));
}
