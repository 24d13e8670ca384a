// Is a file's zone right? A uniqueid begins with the channel's birth in epoch seconds, so the starts tell. Pure.
import type { RawRow } from '../../cdr/normalise.ts';
import { birthOf, instantsOf, nearest, parseWall, sinceBirth } from '../../cdr/time.ts';
import { dayMs } from '../../cdr/wallclock.ts';
import type { Item } from './item.ts';

const quarterMicros = 15 * 60 * 1_000_000;
/** A record begins at its channel's birth, or while the channel lives; a clock set by hand jumps by other steps. */
const slackMicros = 60 * 1_000_000;
/** A channel's first record begins with it; births are told in whole seconds. */
const exactMicros = 2 * 1_000_000;
/** Zones are no further apart; a number that is further away is no birth. */
const awayMax = 26 * 4 * quarterMicros;
/** So many channels that say the same, one after the other, are no chance. */
const enoughChannels = 10;
/** Rows of a run that are remembered. */
const runMax = 100;

/** What one row tells: `quarters` of an hour off, and what is left over. */
interface Told {
  uniqueid: string;
  quarters: number;
  rest: number;
  /** Its day, and how its zone stood to UTC. */
  day: string;
  line: number;
}

/** Where a file's times contradict its epochs: by how many minutes, and the first line that does. */
export interface Contradiction {
  minutes: number;
  line: number;
}

/**
 * Reads along a file, whose times may be right in winter and wrong in summer: a row that fits its epoch speaks for its
 * own day only, as the clock of that day stood to UTC.
 */
export class ZoneWatch {
  /** Rows that do not fit, since the last one that did. */
  #run: Told[] = [];
  #fit: string | null = null;

  /** Whether the last rows are doubtful: the next ones will tell. */
  get isOpen(): boolean {
    return this.#run.length > 0;
  }

  /** What the rows up to this one prove; null: nothing. */
  see(item: Item): Contradiction | null {
    const told = toldBy(item);
    if (!told) return null;
    if (told.quarters === 0) {
      const found = this.#judge(told.day);
      [this.#run, this.#fit] = [[], told.day];
      return found;
    }
    this.#run = [...this.#run.slice(-runMax + 1), told];
    const { minutes, channels } = mostOf(this.#run);
    return channels >= enoughChannels ? { minutes, line: this.#run[0]!.line } : null;
  }

  /** The same at the end of the file. */
  end(): Contradiction | null {
    return this.#judge(null);
  }

  /** A short run, when no row of its days fits: what begins before its channel, or two channels alike. */
  #judge(next: string | null): Contradiction | null {
    const [first] = this.#run;
    if (!first || this.#run.some(({ day }) => day === this.#fit || day === next)) return null;
    const { minutes, channels, isExact } = mostOf(this.#run);
    const isSure = minutes < 0 || (isExact && (channels > 1 || (this.#fit === null && next === null)));
    return isSure ? { minutes, line: first.line } : null;
  }
}

/**
 * By how many minutes the local times of these rows, read in their zone, are away from the epochs in their uniqueids:
 * 0 when they agree, or when most do not say the same. Two channels are enough, since a later record of a channel begins
 * anywhere in a quarter of an hour; one is, when its record would begin before it or exactly quarters of an hour after.
 */
export function minutesOff(items: readonly Item[]): number {
  const { minutes, channels, isExact } = mostOf(items.flatMap((item) => toldBy(item) ?? []));
  return minutes < 0 || channels > 1 || isExact ? minutes : 0;
}

/** What most of them say; 0 minutes when no answer has most of them. */
function mostOf(told: readonly Told[]): { minutes: number; channels: number; isExact: boolean } {
  const early = told.filter(({ quarters }) => quarters < 0);
  // How long a channel lived before its record hides a part of the hours.
  const some = early.length * 2 > told.length ? early : told;
  const [most] = [...Map.groupBy(some, ({ quarters }) => quarters)].sort(([, a], [, b]) => b.length - a.length);
  if (!most || (some !== early && most[1].length * 2 <= told.length))
    return { minutes: 0, channels: 0, isExact: false };
  const [quarters, same] = most;
  const channels = new Set((some === early ? early : same).map(({ uniqueid }) => uniqueid)).size;
  return { minutes: quarters * 15, channels, isExact: same.some(({ rest }) => rest <= exactMicros) };
}

/** Undefined when the row cannot tell. */
function toldBy({ line, row: { fields, timezone, faults } }: { line: number; row: RawRow }): Told | undefined {
  const start = fields['start'] ?? fields['calldate'];
  const uniqueid = fields['uniqueid'];
  if (faults || typeof start !== 'string' || typeof uniqueid !== 'string') return undefined;
  const [wall, birth] = [parseWall(start.trim()), birthOf(uniqueid)];
  if (wall === undefined || birth === null) return undefined;
  const instant = nearest(sinceBirth(instantsOf(wall, timezone), birth), birth);
  const away = instant - birth;
  if (Math.abs(away) > awayMax) return undefined;
  const day = `${Math.floor(wall / 1000 / dayMs)} ${wall - instant}`;
  // Nothing begins before its channel, wherever in the hour it would.
  if (away < -slackMicros) {
    return { uniqueid, quarters: Math.floor((away + slackMicros) / quarterMicros), rest: 0, day, line };
  }
  const quarters = Math.round(away / quarterMicros);
  const rest = Math.abs(away - quarters * quarterMicros);
  return rest <= slackMicros ? { uniqueid, quarters, rest, day, line } : undefined;
}
