// What Asterisk's Cdr event lacks by itself, and the lines that add it. It only says so; it changes no row.
import type { RawRow } from '../../cdr/normalise.ts';
import type { Log } from '../../log.ts';

/** For cdr_manager.conf; `,u` gives UTC epoch seconds with microseconds (Asterisk funcs/func_cdr.c). */
export const mappingLines = `[general]
enabled = yes
[mappings]
linkedid => LinkedID
sequence => Sequence
peeraccount => PeerAccount
start,u => StartEpoch
answer,u => AnswerEpoch
end,u => EndEpoch
`;

const wanted = ['sequence', 'linkedid', 'startepoch'];

/** Asterisk cuts the added headers of a long event (1,024 bytes for all): a few short of them are no other setting. */
const eventsOfChange = 10;

/** Says what the first event lacks, and once more whenever somebody has changed cdr_manager.conf meanwhile. */
export class MappingWatch {
  readonly #log: Log;
  /** What was told last; undefined before the first event. */
  #told: string | undefined;
  #other = { missing: '', events: 0 };

  constructor(log: Log) {
    this.#log = log;
  }

  /** An event by its headers in lower case. */
  see(fields: RawRow['fields']): void {
    const missing = wanted.filter((name) => !(name in fields));
    const text = missing.join(', ');
    if (text === this.#told) {
      this.#other.events = 0;
      return;
    }
    if (this.#told !== undefined && this.#other.missing !== text) this.#other = { missing: text, events: 0 };
    this.#other.events += 1;
    if (this.#told !== undefined && this.#other.events < eventsOfChange) return;
    const isReturn = this.#told !== undefined && missing.length === 0;
    [this.#told, this.#other.events] = [text, 0];
    if (missing.length > 0) this.#log.warn({ missing }, mappingAdvice(text));
    else if (isReturn) this.#log.info(`Asterisk's Cdr events carry ${wanted.join(', ')} now`);
  }
}

/** One sentence and the lines to paste. */
function mappingAdvice(missing: string): string {
  return (
    `Asterisk's Cdr events carry no ${missing}: equal records cannot be told apart and times depend on the ` +
    `server's zone. Put this into cdr_manager.conf and run "module reload cdr_manager.so":\n${mappingLines}`
  );
}
