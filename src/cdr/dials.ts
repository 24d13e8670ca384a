// Which of several numbers that one Dial sent down one line (`PJSIP/1@telco&PJSIP/2@telco`) each of its channels has. Pure.
// Dial asks for the channels in the order of its list, before any of them rings (app_dial.c, dial_exec_full), and drivers count those
// they make in their names. So where each target has left a channel, and nothing but this Dial has, the first has the first number.
// Where one is missing (a target that could not be reached leaves no record) nobody knows which, and no number is said.
import type { StoredCdr } from './cdr.ts';
import { deviceOf, endOf, hasOwnName, partyOf, sentNumbers, targetsOf, type Party } from './parties.ts';

/** By channel; none for those of which one record alone tells the number, or nothing does. `records` are of one conversation. */
export function partiesByOrder(records: readonly StoredCdr[]): [string, Party][] {
  const listed = records.filter(
    ({ dstchannel, lastdata }) => lastdata?.includes('&') && hasOwnName(dstchannel) && dstchannel !== '',
  );
  const dials = Map.groupBy(listed, ({ uniqueid, lastdata, dstchannel }) =>
    JSON.stringify([uniqueid, lastdata, technologyOf(dstchannel!), deviceOf(dstchannel!)]),
  );
  return [...dials.values()].flatMap(partiesOfDial);
}

/** `records` of one list, channel and device. */
function partiesOfDial(records: readonly StoredCdr[]): [string, Party][] {
  const numbers = sentNumbers(records[0]!);
  if (new Set(numbers).size < 2) return [];
  const byChannel = new Map(records.map((record) => [record.dstchannel!, record]));
  const inOrder = [...byChannel.values()].sort((one, other) => serialOf(one) - serialOf(other));
  if (inOrder.length !== numbers.length || !isOneDial(records, inOrder)) return [];
  return inOrder.flatMap((record, at): [string, Party][] => {
    const number = numbers[at]!;
    return number === null ? [] : [[record.dstchannel!, partyOf(record, number)]];
  });
}

/**
 * A channel dials one list at a time, so what overlaps is of one Dial. A phone that was busy at once may have ended in the very second
 * in which the others began: then there is no room between their channels for any that is not of the list.
 */
function isOneDial(records: readonly StoredCdr[], inOrder: readonly StoredCdr[]): boolean {
  const begin = Math.max(...records.map(({ start }) => start));
  const end = Math.min(...records.map(endOf));
  const technology = technologyOf(inOrder[0]!.dstchannel!);
  const alike = targetsOf(inOrder[0]!).filter((target) => technologyOf(target) === technology);
  const room = serialOf(inOrder.at(-1)!) - serialOf(inOrder[0]!);
  return begin < end || (begin === end && room < alike.length);
}

function serialOf({ dstchannel }: StoredCdr): number {
  return Number.parseInt(dstchannel!.slice(-8), 16);
}

function technologyOf(name: string): string {
  return name.slice(0, name.indexOf('/')).toLowerCase();
}
