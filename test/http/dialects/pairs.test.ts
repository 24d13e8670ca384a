// Walks every golden pair of every dialect, and holds that each value in them counts.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Unavailable } from '../../../src/errors.ts';
import type { Store } from '../../../src/store/store.ts';
import { openHouse, type House, type HouseOptions } from '../support.ts';
import { mutantsOf } from './mutants.ts';
import { filled, misfitOf, readPairs, type Answered, type Known, type Pair } from './pairs.ts';
import { settle } from './world.ts';

const here = import.meta.dirname;
const files = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.http'));

describe.each(files.sort())('%s', (file) => {
  const { settings, pairs } = readPairs(readFileSync(join(here, file), 'utf8'));
  let house: House;
  let known: Known;
  let fault: Error | null = null;
  let later = 0;

  beforeAll(async () => {
    const failing = (store: Store) =>
      new Proxy(store, {
        get: (target, name) => {
          const own = target[name as keyof Store];
          return fault === null || typeof own !== 'function' ? own : () => Promise.reject(fault!);
        },
      });
    const options = Object.entries(settings).map(([name, value]) => [name, JSON.parse(value) as unknown]);
    house = await openHouse({
      store: failing,
      now: () => Date.now() + later,
      ...(Object.fromEntries(options) as HouseOptions),
    });
    known = await settle(house);
  });
  afterAll(() => house.close());

  const ask = async (pair: Pair): Promise<Answered> => {
    const { method, url, headers, body, settings: own } = pair;
    const faults: Record<string, Error> = { broken: new Error('broken'), away: new Unavailable('the store is away') };
    const request: InjectOptions = {
      ...{ method: method, url: filled(url, known) },
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value, known)])),
    };
    const payload = own['body'] ? JSON.stringify('x'.repeat(Number(own['body']) - 2)) : filled(body, known);
    if (payload !== '') request.payload = payload;
    if (own['made']) await house.context.reports.idle();
    fault = faults[own['fault'] ?? ''] ?? null;
    later = Number(own['later'] ?? 0) * 1000;
    try {
      const { statusCode: status, headers: answered, payload: text } = await house.app.inject(request);
      return { status, headers: answered, body: text };
    } finally {
      fault = null;
      later = 0;
    }
  };

  it.each(pairs.map((pair): [string, Pair] => [pair.title, pair]))('%s', async (_title, pair) => {
    for (let times = 1; times < Number(pair.settings['repeat'] ?? 1); times++) await ask(pair);
    const answered = await ask(pair);
    const before = new Map(known);
    expect(misfitOf(pair.expected, answered, known), `${file}:${pair.line}`).toBeNull();
    // Whatever is changed in what is expected, the pair no longer holds.
    const unseen = [...mutantsOf(pair.expected)]
      .filter(({ expected }) => misfitOf(expected, answered, new Map(before)) === null)
      .map(({ what }) => what);
    expect(unseen, 'nobody notices when these are wrong').toEqual([]);
  });
});

describe('a golden pair', () => {
  const sample = [
    '### A title',
    'GET /x',
    '',
    'HTTP 200',
    'Content-Type: text/plain',
    'Vary: (none)',
    '',
    '{"id": "{{id:number}}", "list": [1, {"a": null, "b": true}], "at": "{{at:time}}"}',
  ].join('\n');
  const answered = {
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: '{"list":[1,{"b":true,"a":null}],"id":7,"at":"2026-11-20T09:00:00.000000Z"}',
  };

  it('holds for an answer that is so, remembers what was told, and for no other', () => {
    const [pair] = readPairs(sample).pairs;
    const known: Known = new Map();
    expect(misfitOf(pair!.expected, answered, known)).toBeNull();
    expect(known.get('id')).toBe('7');
    const mutants = [...mutantsOf(pair!.expected)];
    expect(mutants.length).toBe(17);
    for (const { what, expected } of mutants)
      expect([what, misfitOf(expected, answered, new Map())]).not.toEqual([what, null]);
  });

  it.each([
    ['no answer', '### A title\nGET /x\n', 'line 1: a pair needs an answer'],
    ['no request', '### A title\nHTTP 200\n', 'line 1: a pair needs a request'],
    ['a header that is none', '### A title\nGET /x\n\nHTTP 200\nnonsense\n', '"nonsense" is no header'],
  ])('with %s is refused', (_what, text, message) => {
    expect(() => readPairs(text)).toThrow(message);
  });

  it('stands in a folder that is named as its dialect', () => {
    const folders = readdirSync('src/http/dialects');
    expect(files.filter((file) => !folders.includes(dirname(file)))).toEqual([]);
  });
});
