// Holds the form of the captured calls: whoever reads them need not ask whether a word is known or a column is missing.
// What is expected of them is held where calls are made of records.
import { readFileSync, readdirSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { columns } from '../services/capture/columns.ts';
import { scenarios } from '../services/capture/scenarios/index.ts';

const numbers = { type: 'string', pattern: '^(\\+?[0-9]+|\\*[0-9]+|anonymous)$' };
const numberOrNull = { ...numbers, type: ['string', 'null'] };
const seconds = { type: 'integer', minimum: 0 };
const call = all({
  caller: numberOrNull,
  dialled: numberOrNull,
  wanted: { type: 'array', items: numbers, uniqueItems: true },
  answered_by: numberOrNull,
  direction: { enum: ['inbound', 'outbound', 'internal', 'transit'] },
  outcome: { enum: ['answered', 'missed', 'busy', 'voicemail', 'abandoned', 'failed', 'cancelled'] },
  answered: { type: 'boolean' },
  ring_seconds: { ...seconds, type: ['integer', 'null'] },
  talk_seconds: seconds,
  transfers: {
    type: 'array',
    items: all({
      by: numbers,
      from: numbers,
      to: numberOrNull,
      kind: { enum: ['blind', 'attended', 'pickup', 'park', 'forward'] },
    }),
  },
  legs: { type: 'integer', minimum: 1 },
});
/** Only of those that waited in a queue. */
const inQueue = {
  ...call,
  properties: { ...call.properties, queue_seconds: { ...seconds, type: ['integer', 'null'] } },
};
const head = all({
  happened: { type: 'string', pattern: '\\.$' },
  asterisk: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+, unanswered=(yes|no)$' },
  extensions: { type: 'string', pattern: '^\\d+( \\d+)+$' },
  trunks: { type: 'string' },
  expected: { type: 'array', items: inQueue },
});
const withNotes = { ...head, properties: { ...head.properties, notes: { type: 'string', pattern: '\\.$' } } };
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(withNotes);

const files = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => file.slice(0, -'.txt'.length));

describe('the captured calls', () => {
  it('are those that the capture plays', () => {
    const played = scenarios.flatMap(({ name, alsoWithout }) =>
      alsoWithout ? [name, `${name}-unanswered-no`] : [name],
    );
    expect(files.toSorted()).toEqual(played.toSorted());
  });

  it.each(files)('%s says all that a reader asks for', (name) => {
    const { said, table } = read(name);
    validate(said);
    expect(validate.errors ?? []).toEqual([]);
    expect(said.asterisk.endsWith(name.endsWith('-unanswered-no') ? '=no' : '=yes')).toBe(true);
    expect(said.expected.filter(({ outcome, answered }) => answered !== (outcome === 'answered'))).toEqual([]);
    // Nobody but a machine answers a call by which nobody was wanted.
    const isUntold = ({ answered, answered_by, wanted }: Said['expected'][number]) =>
      answered && answered_by === null && wanted.length > 0;
    expect(said.expected.filter(isUntold)).toEqual([]);

    expect(table[0]).toEqual([...columns]);
    const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/;
    for (const record of table.slice(1)) {
      expect(record).toHaveLength(columns.length);
      expect([record[0], record[2]]).toEqual([expect.stringMatching(time), expect.stringMatching(time)]);
      if (record[1] !== '\\N') expect(record[1]).toMatch(time);
    }
    expect(table.length > 1 || said.expected.length === 0).toBe(true);
  });
});

interface Said {
  asterisk: string;
  expected: { outcome: string; answered: boolean; answered_by: string | null; wanted: string[] }[];
}

function read(name: string): { said: Said; table: string[][] } {
  const text = readFileSync(`${import.meta.dirname}/${name}.txt`, 'utf8');
  const [yaml = '', table = ''] = text.split('\nrecords:\n');
  const rows = table.trimEnd().split('\n');
  return { said: parse(yaml) as Said, table: rows.map((row) => row.split('\t')) };
}

/** An object with all of these and nothing else. */
function all<T extends object>(properties: T) {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}
