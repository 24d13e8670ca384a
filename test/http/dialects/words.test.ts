// Every word of a vendor's enumerations that cdrd can say is said in a golden pair of that vendor.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { directions, dispositions } from '../../../src/cdr/cdr.ts';
import { dispositionWords } from '../../../src/http/dialects/ipcortex/shape.ts';
import {
  directionWords,
  endReasons,
  handedWords,
  rerouteReasons,
  toldStatus,
} from '../../../src/http/dialects/portsip/words.ts';
import { recordTypes } from '../../../src/http/dialects/telnyx/ask.ts';
import { states } from '../../../src/http/dialects/telnyx/shape.ts';
import { recordsOf } from '../../../src/http/dialects/voipstudio/words.ts';
import { readPairs } from './pairs.ts';

const here = import.meta.dirname;
/** `field word`, as answers of the vendor's pairs have them: JSON's keys and CSV's columns. */
function saidOf(vendor: string): Set<string> {
  const files = readdirSync(join(here, vendor)).filter((file) => file.endsWith('.http'));
  const pairs = files.flatMap((file) => readPairs(readFileSync(join(here, vendor, file), 'utf8')).pairs);
  const said = new Set<string>();
  for (const { expected } of pairs) {
    const isCsv = expected.headers['content-type']?.startsWith('text/csv') === true;
    const told: unknown = isCsv ? parse(expected.body, { columns: true, bom: true }) : parsed(expected.body);
    gather(told, said);
  }
  return said;
}

function parsed(body: string): unknown {
  return /^[[{]/.test(body) ? JSON.parse(body) : null;
}

function gather(value: unknown, said: Set<string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [field, own] of Object.entries(value)) {
    if (typeof own === 'object') gather(own, said);
    else said.add(`${field} ${own as string | number}`);
  }
}

const causes = Array.from({ length: 128 }, (_, cause) => toldStatus(null, cause)).filter((status) => status !== null);
const words: Record<string, Record<string, readonly (string | number | null)[]>> = {
  ipcortex: { disposition: Object.values(dispositionWords), amaflags: [1, 2, 3] },
  laracopilot: { direction: directions, disposition: dispositions },
  portsip: {
    direction: Object.values(directionWords),
    end_reason: [...Object.values(endReasons), ...Object.values(handedWords)],
    reroute_reason: Object.values(rerouteReasons),
    status_code: causes,
  },
  telnyx: {
    direction: ['inbound', 'outbound'],
    disposition: dispositions,
    record_status: Object.values(recordTypes),
    source: ['calls', 'call-control'],
    status: Object.values(states),
  },
  voipstudio: Object.fromEntries(Object.entries(recordsOf).map(([field, of]) => [field, Object.keys(of)])),
};

it.each(Object.entries(words))('%s: no word without a pair', (vendor, fields) => {
  const said = saidOf(vendor);
  const missing = Object.entries(fields).flatMap(([field, own]) =>
    own.filter((word) => word !== null && !said.has(`${field} ${word}`)).map((word) => `${field} ${word}`),
  );
  expect(missing).toEqual([]);
});
