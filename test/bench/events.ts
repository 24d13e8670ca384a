// Believable AMI events without end, each a record of its own, cheap enough to saturate a daemon with.
import { normalise, type RawRow } from '../../src/cdr/normalise.ts';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { openIds } from '../../src/simulator/ids.ts';
import { nextCall } from '../../src/simulator/mix.ts';
import { openRandom } from '../../src/simulator/random.ts';
import { amiEvent, recommendedMappings, type PbxRecord } from '../../src/simulator/record.ts';

/** Records told again and again, round by round, under new ids. */
export const poolSize = 5000;
/** Room for the ids of one round: the round's number is written before this many digits. */
const idDigits = 5;
const roundMark = '@@';
const roundDigits = 4;

const epochMicros = 1_795_000_000_000_000;

/** Each event of the pool, cut where the number of the round goes. */
const pool: string[][] = makePool();

/** The bytes of event `index`, from 0 on; the same index gives the same bytes. */
export function eventOf(index: number): string {
  return pool[index % poolSize]!.join(String(Math.floor(index / poolSize) + 1).padStart(roundDigits, '0'));
}

/** Its sequence is the sign by which an event is found again on the other side. */
export function indexOf(sequence: number): number {
  const round = Math.floor(sequence / 10 ** idDigits);
  return (round - 1) * poolSize + (sequence % 10 ** idDigits);
}

/** Events `from` to `from + count`, as they stand on the wire one after the other. */
export function blockOf(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => eventOf(from + at)).join('');
}

/** Event `index` as ingest hands it to the store. */
export function cdrOf(index: number): Cdr {
  const fields = Object.create(null) as RawRow['fields'];
  for (const line of eventOf(index).trim().split('\r\n')) {
    const colon = line.indexOf(':');
    fields[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return normalise({ kind: 'ami', timezone: 'UTC', fields }, 'pbx1');
}

function makePool(): string[][] {
  const random = openRandom(1);
  const ids = openIds();
  const records: PbxRecord[] = [];
  while (records.length < poolSize) {
    records.push(...nextCall(random, ids, epochMicros + records.length * 1_000_000).records);
  }
  return records.slice(0, poolSize).map((record, at) => {
    const text = amiEvent(
      { ...record, uniqueid: renumber(record.uniqueid), linkedid: renumber(record.linkedid), sequence: at },
      { timezone: 'UTC', mappings: recommendedMappings },
    );
    const sequence = String(at).padStart(idDigits, '0');
    return (
      text
        .replace(/^Sequence: .*$/m, `Sequence: ${roundMark}${sequence}\r`)
        // Names of channels are unique in one life of Asterisk, and end in eight digits.
        .replace(/-[0-9a-f]{4}([0-9a-f]{4})(?=;\d|\r|$)/gm, `-${roundMark}$1`)
        .split(roundMark)
    );
  });
}

/** `1795317329.20` → `1795317329.@@00020`. */
function renumber(uniqueid: string): string {
  const [birth, number] = uniqueid.split('.') as [string, string];
  return `${birth}.${roundMark}${number.padStart(idDigits, '0')}`;
}
