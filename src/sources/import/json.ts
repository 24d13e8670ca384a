// Lines of JSON: what cdr_custom writes since Asterisk 23 and what others export (jsonl), and our own records (ndjson).
import { columnNames, texts } from '../../cdr/fields.ts';
import type { RawValue } from '../../cdr/normalise.ts';
import type { Fault } from '../../errors.ts';
import { faultOf, fieldsFrom, isIdle, unread, type Item, type Reader } from './item.ts';
import { lineMax, textOf, type Line } from './lines.ts';
import { zoned } from './names.ts';

type Values = Record<string, RawValue>;

/** What a record of ours was told by its sources; all else is worked out again, or stands beside it (note, tags). */
const told = new Set<string>([...Object.keys(columnNames), ...texts.map(({ name }) => name), 'custom']);
const times = new Set<string>([...columnNames.start, ...columnNames.answer, ...columnNames.end]);

/** A record as our API, feed and exports show it. */
export function isOurs(values: object): boolean {
  return ['id', 'system', 'peer_extension', 'custom'].every((name) => name in values);
}

export class JsonReader implements Reader {
  readonly #format: 'jsonl' | 'ndjson';
  readonly #timezone: string;

  constructor(format: 'jsonl' | 'ndjson', timezone: string) {
    this.#format = format;
    this.#timezone = timezone;
  }

  take(lines: readonly Line[]): Item[] {
    return lines.filter((line) => !isIdle(line)).map((line) => this.#read(line));
  }

  end(): Item[] {
    return [];
  }

  #read(line: Line): Item {
    const fault = faultOf(line, lineMax);
    if (fault !== null) return unread(line, fault, this.#timezone);
    const values = objectOf(textOf(line.bytes));
    if (typeof values === 'string') return unread(line, values, this.#timezone);
    const at = { line: line.number, raw: line.bytes };
    return this.#format === 'ndjson' ? { ...at, ...oursOf(values) } : { ...at, ...this.#othersOf(values) };
  }

  #othersOf(values: Values): Pick<Item, 'row' | 'system'> {
    const faults: Fault[] = [];
    const entries = Object.entries(values).map(([given, value]): [string, RawValue] => {
      const name = given.toLowerCase();
      if ((name === 'uniqueid' || name === 'linkedid') && typeof value === 'number')
        faults.push({ field: name, message: `${value} is a number, expected a text like "1795317329.20"` });
      return [name, times.has(name) && typeof value === 'string' ? zoned(value) : value];
    });
    const row = { kind: 'table', timezone: this.#timezone, fields: fieldsFrom(entries) } as const;
    return { system: null, row: faults.length > 0 ? { ...row, faults } : row };
  }
}

function oursOf(values: Values): Pick<Item, 'row' | 'system'> {
  const fields = fieldsFrom(Object.entries(values).filter(([name]) => told.has(name)));
  const { system } = values;
  const row = { kind: 'api', timezone: 'UTC', fields } as const;
  if (typeof system === 'string') return { system, row };
  return {
    system: null,
    row: { ...row, faults: [{ field: 'system', message: 'is missing, expected the name of one' }] },
  };
}

/** The object of a line, or what is wrong with it. */
export function objectOf(text: string): Values | string {
  const value = parsed(numbersKept(text)) ?? parsed(numbersKept(escaped(text)));
  if (value === undefined) return 'is no JSON';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no JSON object';
  return value as Values;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `uniqueid(noquote)`, as Asterisk's sample has it, writes a number: JSON.parse would take 1795317329.20 its last zero. */
function numbersKept(text: string): string {
  return text.replace(/("(?:uniqueid|linkedid)"\s*:\s*)(\d+\.\d+)(?=\s*[,}])/gi, '$1"$2"');
}

/** Asterisk escapes quotes and nothing else (res/cdrel_custom/formatters.c): backslashes and control characters stand bare. */
function escaped(text: string): string {
  const slashed = text.replace(/\\(?!")/g, '\\\\');
  return slashed.replace(/\p{Cc}/gu, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
