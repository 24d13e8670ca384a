// A call between two phones of acme, as the PBX of the tests plays it.
import { dialExtension } from '../../src/simulator/calls.ts';
import { openIds } from '../../src/simulator/ids.ts';

const ids = openIds({ uniqueid: 500_000, sequence: 500_000, pjsip: 500_000 });
const party = (number: string) => ({
  ...{ endpoint: `acme-${number}`, number, name: '', accountcode: 'acme', context: 'internal' },
});

/** It began so many seconds `ago`. */
export function talk(from: string, to: string, { ago = 10, rang = 3, talked = 7 } = {}) {
  const start = (Date.now() - ago * 1000) * 1000;
  const times = { start, answer: start + rang * 1e6, end: start + (rang + talked) * 1e6 };
  return dialExtension(ids, { caller: party(from), callee: party(to), times });
}
