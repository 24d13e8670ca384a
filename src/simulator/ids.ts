// The counters of one running Asterisk, from which channels and records get their names. They start again when it does.
import type { Micros } from '../cdr/cdr.ts';

/** Hands out names in Asterisk's shapes; every call takes the next number. */
export interface Ids {
  /** `1795317329.20`: birth of the channel in epoch seconds, and the channel's number since the start. */
  uniqueid(birth: Micros): string;
  /** The record's number since the start. */
  sequence(): number;
  /** `PJSIP/acme-101-0000001a`. */
  pjsip(endpoint: string): string;
  /** The two halves of `Local/102@internal-00000002`. */
  local(exten: string, context: string): { near: string; far: string };
}

/** Counters that continue from `next`, by default those of a fresh start. */
export function openIds(next: { uniqueid?: number; sequence?: number; pjsip?: number; local?: number } = {}): Ids {
  let { uniqueid = 0, sequence = 0, pjsip = 0, local = 0 } = next;
  const hex = (n: number): string => n.toString(16).padStart(8, '0');
  return {
    uniqueid: (birth) => `${Math.floor(birth / 1_000_000)}.${uniqueid++}`,
    sequence: () => sequence++,
    pjsip: (endpoint) => `PJSIP/${endpoint}-${hex(pjsip++)}`,
    local(exten, context) {
      const name = `Local/${exten}@${context}-${hex(local++)}`;
      return { near: `${name};1`, far: `${name};2` };
    },
  };
}
