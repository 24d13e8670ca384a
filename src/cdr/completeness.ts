// One day of one system, counted: which source has shown each record, which are missing on one side, how late they came,
// which numbers nobody has. Pure: rows go in in the order of their start, a report comes out.
import type { Cdr, Micros } from './cdr.ts';
import type { Numbered } from './life.ts';
import { atOnce, reasons, sizeOf, uptimeOf, type Hole, type Reason, type Uptime } from './sequence.ts';
import type { Sight } from './sight.ts';
import { Uptimes } from './uptimes.ts';

/** Of a record, what is counted. */
export type DayRow = Pick<
  Cdr,
  'start' | 'timeOrigin' | 'end' | 'duration' | 'sequence' | 'channel' | 'dstchannel' | 'disposition' | 'uniqueid'
> & { id: number; sights: readonly Sight[] };

/** From when to when, and what may be expected by now. */
export interface Frame {
  from: Micros;
  until: Micros;
  /** Records that ended before cannot be compared; null when there is only one source. */
  comparedFrom: Micros | null;
  /** Records that ended before, and were here before, had their chance to be shown by AMI, by the table. */
  due: { ami: Micros; table: Micros };
  /** Calls that began since may still run. */
  openFrom: Micros;
  /** When AMI and the table were first opened, by name: records that ended before are history to them, and not late. */
  opened: ReadonlyMap<string, Micros>;
}

/** Records that one side should have shown and has not. */
export interface Missing {
  count: number;
  /** Ends of the first and the last of them. */
  first: Micros | null;
  last: Micros | null;
  /** Some of them. */
  ids: number[];
}

export interface Lag {
  records: number;
  /** Seconds from the end of a record to the commit of its first sight; of the past that a source first reads there is none. */
  max: number;
  p95: number;
}

export interface DayReport {
  records: number;
  ami: number;
  table: number;
  both: number;
  other: number;
  /** Of those with one source: from before both were heard. */
  uncompared: number;
  /** Shown by one source, and the other may still show it. */
  waiting: number;
  missing: { ami: Missing; table: Missing };
  lag: Record<string, Lag>;
  numbers: Numbers | null;
}

/** null in a report: no record has a number, or there are more than can be looked at. */
export interface Numbers {
  unnumbered: number;
  /** Numbers that no record has, by what can explain it. */
  missing: Record<Reason, number>;
  uptimes: (Omit<Uptime, 'holes'> & { missing: number })[];
  /** Those that dialed channels do not explain whole, at most `holesMax`. */
  holes: Hole[];
  more: boolean;
}

const idsMax = 10;
const holesMax = 100;
const uptimesMax = 50;
/** More numbered records in one look are not kept in memory; 100,000 a day are a busy PBX. */
const numbersMax = 1_000_000;
/** So many lives in one look are no restarts but several Asterisks under one name, whose numbers say nothing: each would be memory of its own. */
const livesMax = 1000;

export class DayCount {
  readonly #frame: Frame;
  readonly #uptimes = new Uptimes();
  readonly #lags = new Map<string, number[]>();
  readonly #report: Omit<DayReport, 'lag' | 'numbers'>;
  #numbered = 0;
  #unnumbered = 0;

  /** `before`: the last record before the rows, when it is known. */
  constructor(frame: Frame, before: Numbered | undefined) {
    this.#frame = frame;
    const none = (): Missing => ({ count: 0, first: null, last: null, ids: [] });
    const counts = { records: 0, ami: 0, table: 0, both: 0, other: 0, uncompared: 0, waiting: 0 };
    this.#report = { ...counts, missing: { ami: none(), table: none() } };
    if (before) this.#uptimes.feed(before);
  }

  /** Rows a little before and after the day are looked at for their numbers only. */
  add(row: DayRow): void {
    const { sequence, start } = row;
    const ended = row.end ?? start + row.duration * 1e6;
    if (sequence !== null && this.#areNumbersFew) {
      const { channel, dstchannel, disposition, timeOrigin } = row;
      this.#uptimes.feed({ sequence, start, ended, channel, dstchannel, disposition, timeOrigin });
    }
    if (sequence !== null) this.#numbered += 1;
    if (start < this.#frame.from || start >= this.#frame.until) return;
    if (sequence === null) this.#unnumbered += 1;
    this.#report.records += 1;
    this.#compare(row, ended);
    for (const { source, at } of row.sights) {
      if (at === 0 || ended < (this.#frame.opened.get(source) ?? 0)) continue;
      const lags = this.#lags.get(source) ?? [];
      if (lags.length === 0) this.#lags.set(source, lags);
      lags.push(Math.max(0, at - ended) / 1e6);
    }
  }

  #compare({ id, sights }: DayRow, ended: Micros): void {
    const report = this.#report;
    const { comparedFrom, due } = this.#frame;
    const by = (kind: string) => sights.find(({ source }) => source.endsWith(`/${kind}`));
    const [ami, table] = [by('ami'), by('table')];
    report[ami && table ? 'both' : ami ? 'ami' : table ? 'table' : 'other'] += 1;
    const only = ami && table ? undefined : (ami ?? table);
    if (only === undefined) return;
    const other = ami ? 'table' : 'ami';
    // What was stored late, or comes from a clock that is behind, has its time from here on; 0: not known.
    const since = Math.max(ended, only.at);
    if (comparedFrom === null || ended < comparedFrom) report.uncompared += 1;
    else if (since >= due[other]) report.waiting += 1;
    else {
      const missing = report.missing[other];
      missing.count += 1;
      missing.first = Math.min(missing.first ?? ended, ended);
      missing.last = Math.max(missing.last ?? ended, ended);
      if (missing.ids.length < idsMax) missing.ids.push(id);
    }
  }

  get #areNumbersFew(): boolean {
    return this.#numbered <= numbersMax && this.#uptimes.lives.length <= livesMax;
  }

  /** In steps, between which others may have their turn. */
  *reporting(): Generator<undefined, DayReport> {
    const lag = Object.fromEntries([...this.#lags].map(([source, lags]) => [source, lagOf(lags)]));
    return { ...this.#report, lag, numbers: yield* this.#numbers() };
  }

  report(): DayReport {
    return atOnce(this.reporting());
  }

  *#numbers(): Generator<undefined, Numbers | null> {
    if (this.#numbered === 0 || !this.#areNumbersFew) return null;
    this.#uptimes.end();
    const { from, until, openFrom } = this.#frame;
    const isNumbered = this.#unnumbered === 0;
    const { lives } = this.#uptimes;
    const isToday = (micros: Micros) => micros >= from && micros < until;
    const missing = Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;
    const uptimes: Numbers['uptimes'] = [];
    const holes: Hole[] = [];
    for (const [at, life] of lives.entries()) {
      // No call outlives its Asterisk: with the next life, those of this one are over.
      const judging = { openFrom: at < lives.length - 1 ? Infinity : openFrom, isNumbered };
      const { holes: all, ...uptime } = yield* uptimeOf(life, lives[at - 1]?.of('start').at(-1), judging);
      // A hole is of the day on which the numbers went on.
      const ours = all.filter(({ before }) => isToday(before));
      for (const hole of ours) {
        missing.dialed += hole.dialed;
        if (hole.reason !== null) missing[hole.reason] += sizeOf(hole) - hole.dialed;
      }
      if (!life.of('start').some(isToday)) continue;
      uptimes.push({ ...uptime, missing: ours.reduce((sum, hole) => sum + sizeOf(hole), 0) });
      for (const hole of ours) if (hole.reason !== null) holes.push(hole);
    }
    const more = holes.length > holesMax || uptimes.length > uptimesMax;
    const told = { uptimes: uptimes.slice(0, uptimesMax), holes: holes.slice(0, holesMax), more };
    return { unnumbered: this.#unnumbered, missing, ...told };
  }
}

function lagOf(lags: number[]): Lag {
  const sorted = Float64Array.from(lags).sort();
  const place = Math.max(0, Math.ceil(sorted.length * 0.95) - 1);
  return { records: sorted.length, max: sorted.at(-1)!, p95: sorted[place]! };
}
