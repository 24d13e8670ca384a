// Plays calls on a running Asterisk: one situation after the other, all at once, or a load of short ones.
// Each resolves when its calls have ended and their records are in the table.
import { setTimeout as pause } from 'node:timers/promises';
import { connectAmi } from './ami.ts';
import type { Ami } from './ami.ts';
import type { Pbx } from './asterisk.ts';
import { query } from './mariadb.ts';
import type { SipCall } from './phones.ts';
import { waitFor } from './wait.ts';

const CALLS_LIMIT_MS = 30_000;

/** A load is bounded: more than this is a mistake in a test. */
const LOAD_LIMIT_CALLS = 50_000;
const LOAD_TICK_MS = 10;
/** Actions that Asterisk has not answered yet; above it the load waits and falls behind its pace. */
const LOAD_UNANSWERED = 100;
/** A saturated Asterisk was seen to write 800 records a second; below this one it counts as stuck. */
const LOAD_SLOWEST_RECORDS_PER_SECOND = 100;
const RECORDS_PER_LOAD_CALL = 2;

export interface Situation {
  name: string;
  /** How many records it leaves; Asterisk 16 and 22 agree. */
  records: number;
  /** Plays it alone: several at once, and their records are counted together; `playAll` is for that. */
  play: (pbx: Pbx) => Promise<void>;
}

/** Places one call; may return while it is still talking. */
type Placing = (pbx: Pbx, ami: Ami) => Promise<unknown>;

interface Script {
  name: string;
  records: number;
  place: Placing;
}

const local =
  (exten: string): Placing =>
  (_pbx, ami) =>
    originate(ami, exten, 2);

const phone =
  (call: SipCall): Placing =>
  (pbx) =>
    pbx.phones.call(call);

const ALICE = { endpoint: 'acme-101', name: 'Alice', number: '101' };
const BOB = { endpoint: 'acme-102', name: 'Bob', number: '102' };
const TELCO = { endpoint: 'trunk-telco', name: 'Caller', number: '+441632960111' };

/** The 17 calls of the samples and two more; what each extension does is in asterisk/extensions.conf. */
const SCRIPTS: readonly Script[] = [
  { name: 'phone to phone, answered', records: 1, place: phone({ ...ALICE, exten: '102', talkMs: 2000 }) },
  {
    name: 'inbound over the trunk, with a company',
    records: 1,
    place: phone({ ...TELCO, exten: '441632960000', talkMs: 3000 }),
  },
  { name: 'phone into a queue', records: 2, place: phone({ ...ALICE, exten: '600', talkMs: null }) },
  { name: 'outbound over the trunk', records: 1, place: phone({ ...BOB, exten: '915551234567', talkMs: 1200 }) },
  { name: 'internal, answered, userfield k=v', records: 2, place: local('101') },
  { name: 'busy', records: 2, place: local('102') },
  { name: 'no answer', records: 2, place: local('103') },
  { name: 'congestion', records: 2, place: local('104') },
  { name: 'dial', records: 3, place: local('110') },
  { name: 'dial of two, one busy, one answers', records: 5, place: local('111') },
  { name: 'dial after dial', records: 5, place: local('112') },
  { name: 'queue', records: 3, place: local('120') },
  { name: 'voice menu', records: 2, place: local('130') },
  { name: 'park', records: 2, place: local('140') },
  { name: 'fork', records: 3, place: local('150') },
  { name: 'hostile caller name and userfield', records: 2, place: local('160') },
  { name: 'failed, no such application', records: 2, place: local('170') },
  { name: 'failed, no such extension', records: 2, place: local('171') },
  { name: 'dial that times out', records: 4, place: local('113') },
];

export const situations: readonly Situation[] = SCRIPTS.map((script) => ({
  name: script.name,
  records: script.records,
  play: (pbx) => playTogether(pbx, [script]),
}));

/** Plays all situations at the same time. */
export async function playAll(pbx: Pbx): Promise<void> {
  await playTogether(pbx, SCRIPTS);
}

export interface Load {
  calls: number;
  records: number;
  /** From the first call to the last one placed. */
  placingSeconds: number;
  /** From the first call to the last record in the table. */
  totalSeconds: number;
}

/** Places many calls of some milliseconds each, so many a second or as many as Asterisk takes; two records a call. */
export async function playLoad(pbx: Pbx, calls: number, perSecond: number): Promise<Load> {
  if (calls > LOAD_LIMIT_CALLS) throw new RangeError(`calls: ${calls} is above ${LOAD_LIMIT_CALLS}`);
  const records = calls * RECORDS_PER_LOAD_CALL;
  const expected = (await countRecords(pbx)) + records;
  const ami = await connectAmi(pbx.tester);
  const started = performance.now();
  const secondsSoFar = (): number => (performance.now() - started) / 1000;
  try {
    await placePaced(calls, perSecond, () => originate(ami, '199', 1));
    const placingSeconds = secondsSoFar();
    const limitMs = CALLS_LIMIT_MS + (records / LOAD_SLOWEST_RECORDS_PER_SECOND) * 1000;
    await recordsWritten(pbx, ami, expected, limitMs);
    return { calls, records, placingSeconds, totalSeconds: secondsSoFar() };
  } finally {
    ami.close();
  }
}

/** Calls `place` so many times at an even pace; throws the first fault of any. */
async function placePaced(calls: number, perSecond: number, place: () => Promise<void>): Promise<void> {
  const started = performance.now();
  const faults: unknown[] = [];
  let [placed, answered] = [0, 0];
  while (answered < calls) {
    const due = Math.min(calls, Math.ceil(((performance.now() - started) / 1000) * perSecond));
    for (; placed < due && placed - answered < LOAD_UNANSWERED; placed++) {
      place()
        .catch((fault: unknown) => faults.push(fault))
        .finally(() => answered++);
    }
    if (faults.length > 0) throw faults[0];
    await pause(LOAD_TICK_MS);
  }
}

async function playTogether(pbx: Pbx, scripts: readonly Script[]): Promise<void> {
  const expected = scripts.reduce((sum, { records }) => sum + records, await countRecords(pbx));
  const ami = await connectAmi(pbx.tester);
  try {
    await Promise.all(scripts.map(({ place }) => place(pbx, ami)));
    await recordsWritten(pbx, ami, expected, CALLS_LIMIT_MS);
  } finally {
    ami.close();
  }
}

/** Waits until nobody talks and the table holds at least so many records. */
async function recordsWritten(pbx: Pbx, ami: Ami, expected: number, limitMs: number): Promise<void> {
  let [found, talking] = [0, ''];
  try {
    await waitFor(`${expected} records`, limitMs, async () => {
      [found, talking] = [await countRecords(pbx), await ami.command('core show channels count')];
      return found >= expected && /(^|\D)0 active channels/.test(talking) ? true : null;
    });
  } catch (cause) {
    throw new Error(`expected ${expected} records in the cdr table, found ${found}; Asterisk has ${talking}`, {
      cause,
    });
  }
}

/** Calls an extension of `internal` from nowhere: a Local channel, whose near end waits for `seconds`. */
async function originate(ami: Ami, exten: string, seconds: number): Promise<void> {
  await ami.send({
    Action: 'Originate',
    Channel: `Local/${exten}@internal/n`,
    Application: 'Wait',
    Data: String(seconds),
    CallerID: '"Alice A" <101>',
    Account: 'ACME',
    Timeout: '15000',
    Async: 'true',
  });
}

async function countRecords(pbx: Pbx): Promise<number> {
  const [row] = await query(pbx.tableUrl, 'SELECT COUNT(*) AS records FROM cdr');
  return Number(row?.records);
}
