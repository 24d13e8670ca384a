// When the log says that records are missing, or numbers without a reason: once, again when it has become twice as bad or was worse for a day, once when it is over.
// A source that never tells some of the records (a view over two PBXs beside the AMI of one) would else be told of at every look.
import type { Micros } from '../cdr/cdr.ts';
import type { Log } from '../log.ts';

/** How many records of the last days are missing, by what says so. */
export interface Findings {
  missingInTable: number;
  missingInAmi: number;
  holesUnexplained: number;
  notUnderstood: number;
}

const dayMicros = 86_400e6;

/** What is looked at together, and the words for it. */
interface Watched {
  of: readonly (keyof Findings)[];
  worse: string;
  over: string;
}

const watched: readonly Watched[] = [
  {
    of: ['missingInTable', 'missingInAmi'],
    worse: 'records are missing in a source; cdrd completeness says which days',
    over: 'no records are missing any more',
  },
  {
    // Numbers prove no loss, so the days may be complete all the same.
    of: ['holesUnexplained'],
    worse:
      'numbers of sequence have no record and no reason: lost, or NoCDR; cdrd completeness says which, and whether any record is known to be missing',
    over: 'no numbers of sequence are without a reason any more',
  },
  {
    of: ['notUnderstood'],
    worse: 'rows were not understood, their records are not here; cdrd rejects says why',
    over: 'no rows wait to be understood any more',
  },
];

/** Of one system. */
export class Alarm {
  readonly #log: Log;
  readonly #system: string;
  readonly #watches = watched.map((one) => ({ ...one, worsening: new Worsening() }));

  constructor(log: Log, system: string) {
    this.#log = log;
    this.#system = system;
  }

  tell(findings: Findings, now: Micros): void {
    const system = this.#system;
    for (const { of, worse, over, worsening } of this.#watches) {
      const counts = Object.fromEntries(of.map((name) => [name, findings[name]]));
      const change = worsening.look(counts, now);
      if (change === 'worse') this.#log.warn({ system, ...counts }, worse);
      else if (change === 'over') this.#log.info({ system }, over);
    }
  }
}

class Worsening {
  /** As it was when it was last told, or less where it has become less. */
  #told: Readonly<Record<string, number>> = {};
  #at: Micros = 0;

  look(counts: Readonly<Record<string, number>>, now: Micros): 'worse' | 'over' | null {
    const told = this.#told;
    const isDue = now - this.#at >= dayMicros;
    const isWorse = ([name, count]: [string, number]): boolean => {
      const before = told[name] ?? 0;
      return count >= 2 * before || isDue ? count > before : false;
    };
    const entries = Object.entries(counts);
    if (entries.some(isWorse)) {
      this.#told = counts;
      this.#at = now;
      return 'worse';
    }
    this.#told = Object.fromEntries(entries.map(([name, count]) => [name, Math.min(count, told[name] ?? 0)]));
    const isOver = entries.every(([, count]) => count === 0);
    return isOver && Object.values(told).some((count) => count > 0) ? 'over' : null;
  }
}
