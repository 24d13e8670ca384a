// What a line of the view Live says of a call, whether it goes on or is over; and whether it fits the filter. Pure.
import { isAny, isId, isOneOf, type Rules } from '../leftout.ts';
import { directions, outcomes, states } from '../words.ts';
import { isLive, nameOf, type Row } from './board.ts';

export interface Line {
  key: string;
  /** Of the call made of its records, to open it; null: there is none yet. */
  id: number | null;
  /** Of the call while its channels are told (`nameOf` of board.ts); null: they never were. */
  name: string | null;
  isLive: boolean;
  /** How it stands while it lives, else null. */
  state: string | null;
  /** What became of it; null: not told yet. */
  outcome: string | null;
  /** The line to its PBX was away when it ended. */
  isUnknown: boolean;
  direction: string | null;
  caller: string | null;
  called: string | null;
  answeredBy: string | null;
  companies: readonly string[];
  extensions: readonly string[];
  /** RFC 3339. */
  start: string;
  /** Seconds when it is over; null: it goes on since `start`, or nobody knows when it ended. */
  seconds: number | null;
  /** Seconds of talk when it is over. */
  talk: number | null;
}

export interface LiveFilter {
  q: string;
  direction: string;
  /** An outcome, a state, `now` or `ended`; empty: all. */
  status: string;
}

/** What the view reads from the address. */
export const rules: Rules = {
  ...{ q: isAny, direction: isOneOf(directions), status: isOneOf(['now', 'ended', ...states, ...outcomes]) },
  call: isId,
  going: (value) => / \S+$/.test(value),
};

export function lineOf(row: Row): Line {
  const { key, live, call, reason, over } = row;
  const going = isLive(row);
  const known = call ?? live!;
  const shown = going ? live! : known;
  return {
    key,
    id: call?.id ?? null,
    name: live && nameOf(live),
    isLive: going,
    state: going ? live!.state : null,
    outcome: going ? null : (call?.outcome ?? null),
    isUnknown: !call && reason === 'unknown',
    direction: shown.direction,
    caller: shown.caller,
    called: shown.called,
    answeredBy: !going && call ? call.answered_by : row.answeredBy,
    companies: call?.companies ?? unique([live!.company, live!.target]),
    extensions: shown.extensions,
    start: shown.start,
    seconds: going ? null : call ? call.duration : over === null ? null : (over - Date.parse(shown.start)) / 1000,
    talk: going ? null : (call?.talk_seconds ?? null),
  };
}

function unique(names: readonly (string | null)[]): string[] {
  return [...new Set(names.filter((name) => name !== null))];
}

/** Every word must be in one of its numbers and names. */
export function fits(line: Line, { q, direction, status }: LiveFilter): boolean {
  if (direction !== '' && line.direction !== direction) return false;
  if (status === 'now' ? !line.isLive : status === 'ended' ? line.isLive : false) return false;
  if (!['', 'now', 'ended'].includes(status) && line.state !== status && line.outcome !== status) return false;
  if (q === '') return true;
  const hay = [line.caller, line.called, line.answeredBy, ...line.companies, ...line.extensions]
    .join(' ')
    .toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((part) => hay.includes(part));
}
