// What Asterisk's Cdr event lacks by itself, and the lines that add it. It only says so; it changes no row.
import type { RawRow } from '../../cdr/normalise.ts';

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

/** The headers an event should have and has not, in lower case. */
export function missingHeaders(fields: RawRow['fields']): string[] {
  return wanted.filter((name) => !(name in fields));
}

/** One sentence and the lines to paste. */
export function mappingAdvice(missing: string[]): string {
  return (
    `Asterisk's Cdr events carry no ${missing.join(', ')}: equal records cannot be told apart and times depend on the ` +
    `server's zone. Put this into cdr_manager.conf and run "module reload cdr_manager.so":\n${mappingLines}`
  );
}
