// What readers may ask of calls, and the one predicate that says whether a call is part of an answer. Its twin in SQL is store/callwhere.ts.
import type { StoredCall } from './call.ts';
import type { Direction, Micros } from './cdr.ts';
import { holds, type Readings } from './filtertree.ts';
import type { CallOutcome } from './outcome.ts';
import { companyKey, isVisible, type Within } from './wall.ts';

/** Conditions that all must hold. */
export interface CallConditions {
  /** A company that any of its records concerns, without case. */
  company?: string;
  /** An extension that took part, was rung, or was meant and could not be. */
  extension?: string;
  /** A trunk it came or went over. */
  trunk?: string;
  system?: string;
  outcome?: CallOutcome;
  direction?: Direction;
  caller?: string;
  called?: string;
  answeredBy?: string;
  /** Whether a person or device answered; `no`: nobody, or only a menu, a conference, a mailbox. */
  person?: 'yes' | 'no';
  /** What caller or called begins with. */
  prefix?: string;
  /** Of any of its records. */
  linkedid?: string;
  uniqueid?: string;
  /** Start of the call, `from` inclusive, `until` exclusive. */
  from?: Micros;
  until?: Micros;
  /** End of the call, inclusive: with `until` those that went on at some moment between the two. */
  endFrom?: Micros;
  /** Whole seconds from start to end, both inclusive. */
  minDuration?: number;
  maxDuration?: number;
}

/** A tree as CdrFilter is one. */
export interface CallFilter extends CallConditions {
  and?: readonly CallFilter[];
  or?: readonly CallFilter[];
  not?: CallFilter;
}

/** The facts by which calls are filtered and walled; a change that moves them is kept with the change. */
export type CallFacts = Pick<StoredCall, (typeof factNames)[number]> & {
  /** As of a record's facts (query.ts). */
  erased?: true;
};
const factNames = [
  'system',
  'caller',
  'called',
  'answeredBy',
  'extensions',
  'trunks',
  'direction',
  'outcome',
  'start',
  'end',
  'linkedids',
  'uniqueids',
  'walls',
  'hidden',
] as const satisfies readonly (keyof StoredCall)[];

export function callFactsOf(call: CallFacts): CallFacts {
  return Object.fromEntries(factNames.map((name) => [name, call[name]])) as unknown as CallFacts;
}

/** As `erasedFacts` of a record; whether somebody answered stays. */
export function erasedCallFacts(facts: CallFacts): CallFacts {
  return { ...facts, caller: null, called: null, answeredBy: facts.answeredBy && '', erased: true };
}

const forgotten = new Set<keyof CallConditions>(['caller', 'called', 'answeredBy', 'prefix']);

/** Equal for facts that no filter can tell apart. */
export function callKeyOf(call: CallFacts): string {
  return JSON.stringify(callFactsOf(call));
}

/** Whether one of its records is before this wall. */
export function isCallVisible({ walls, hidden }: Pick<CallFacts, 'walls' | 'hidden'>, within: Within): boolean {
  return !hidden && walls.some((wall) => isVisible(wall, within));
}

/** Whether a call, as this reader sees it, is part of what it asked for. */
export function callMatches(facts: CallFacts, filter: CallFilter, within: Within): boolean {
  return isCallVisible(facts, within) && holds(facts, filter, readings, forgotten);
}

const secondsOf = ({ start, end }: CallFacts): number => Math.floor((end - start) / 1e6);

/** The compiler asks for every condition; so does its twin in store/callwhere.ts. */
const readings: Readings<CallFacts, CallConditions> = {
  company: ({ walls }, handle) =>
    walls.some(({ company, target }) => [company, target].some((side) => side !== null && side === companyKey(handle))),
  extension: ({ extensions }, extension) => extensions.includes(extension),
  trunk: ({ trunks = [] }, trunk) => trunks.includes(trunk),
  system: (facts, system) => facts.system === system,
  outcome: (facts, outcome) => facts.outcome === outcome,
  direction: (facts, direction) => facts.direction === direction,
  caller: (facts, caller) => facts.caller === caller,
  called: (facts, called) => facts.called === called,
  answeredBy: (facts, answeredBy) => facts.answeredBy === answeredBy,
  person: (facts, person) => (facts.answeredBy !== null) === (person === 'yes'),
  prefix: ({ caller, called }, prefix) => [caller, called].some((number) => number?.startsWith(prefix)),
  linkedid: ({ linkedids }, linkedid) => linkedids.includes(linkedid),
  uniqueid: ({ uniqueids }, uniqueid) => uniqueids.includes(uniqueid),
  from: (facts, from) => facts.start >= from,
  until: (facts, until) => facts.start < until,
  endFrom: (facts, from) => facts.end >= from,
  minDuration: (facts, seconds) => secondsOf(facts) >= seconds,
  maxDuration: (facts, seconds) => secondsOf(facts) <= seconds,
};

export const callConditionNames = Object.keys(readings) as (keyof CallConditions)[];
