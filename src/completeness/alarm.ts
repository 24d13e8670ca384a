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

/** Of one system. */
export class Alarm {
  readonly #log: Log;
  readonly #system: string;
  readonly #missing = new Worsening();
  readonly #holes = new Worsening();
  readonly #unread = new Worsening();

  constructor(log: Log, system: string) {
    this.#log = log;
    this.#system = system;
  }

  tell({ missingInTable, missingInAmi, holesUnexplained, notUnderstood }: Findings, now: Micros): void {
    const system = this.#system;
    const findings = { missingInTable, missingInAmi };
    const missing = this.#missing.look(findings, now);
    if (missing === 'worse')
      this.#log.warn({ system, ...findings }, 'records are missing in a source; cdrd completeness says which days');
    else if (missing === 'over') this.#log.info({ system }, 'no records are missing any more');
    // Numbers prove no loss, so the days may be complete all the same.
    const holes = this.#holes.look({ holesUnexplained }, now);
    if (holes === 'worse')
      this.#log.warn(
        { system, holesUnexplained },
        'numbers of sequence have no record and no reason: lost, or NoCDR; cdrd completeness says which, and whether any record is known to be missing',
      );
    else if (holes === 'over') this.#log.info({ system }, 'no numbers of sequence are without a reason any more');
    const unread = this.#unread.look({ notUnderstood }, now);
    if (unread === 'worse')
      this.#log.warn(
        { system, notUnderstood },
        'rows were not understood, their records are not here; cdrd rejects says why',
      );
    else if (unread === 'over') this.#log.info({ system }, 'no rows wait to be understood any more');
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
