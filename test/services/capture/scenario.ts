// What a scenario is: what each phone of the town does when it rings, and who calls whom at which second.
// What happened and what is expected of the records stands in test/calls/NAME.txt.

/** What a phone does, as dialplan applications of the town's Asterisk, in order; it hangs up at the end. */
export type Doing = readonly string[];

export interface Act {
  /** Seconds after the scenario's begin. */
  at: number;
  /** A phone of ours (three digits) or somebody outside calls `to`. */
  call?: Calling;
  /** Something is asked of the PBX itself, over AMI; it is told the names of its channels. */
  pbx?: (channels: readonly string[]) => Readonly<Record<string, string>>;
}

export interface Calling {
  from: string;
  /** Shown as the caller's name; the number itself by default. */
  name?: string;
  to: string;
  /** What the caller does once he is answered. */
  then: Doing;
  /** After how many seconds of ringing the caller hangs up. */
  patience?: number;
}

export interface Scenario {
  /** The name of its file in test/calls. */
  name: string;
  /** By number; several doings are those of the first, second … call, the last one also of all later calls. */
  phones?: Readonly<Record<string, Doing | readonly Doing[]>>;
  acts: readonly Act[];
  /** Played with `unanswered=no` too, into NAME-unanswered-no.txt. */
  alsoWithout?: true;
}

/** Rings so many seconds, answers, does what it does. */
export function answers(ringSeconds: number, ...doing: string[]): Doing {
  return ['Ringing()', `Wait(${ringSeconds})`, 'Answer(1)', ...doing];
}

/** Rings until somebody ends it. */
export const rings: Doing = ['Ringing()', 'Wait(60)'];

/** Turns the call down after so many seconds; the cause is Q.850's (17 busy, 21 declined, 34 no line free). */
export function refuses(ringSeconds: number, cause: number): Doing {
  return ['Ringing()', `Wait(${ringSeconds})`, `Hangup(${cause})`];
}

/** Stays on the phone until the other side hangs up. */
export const stays = 'Wait(60)';

export function talks(seconds: number): string {
  return `Wait(${seconds})`;
}

/** One call from the first second on. */
export function call(from: string, to: string, then: Doing, patience?: number): Act {
  return { at: 0, call: { from, to, then, ...(patience !== undefined && { patience }) } };
}

/** The same, at a later second. */
export function later(at: number, from: string, to: string, then: Doing): Act {
  return { at, call: { from, to, then } };
}
