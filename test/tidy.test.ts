// The house rules, held by a test: who may import whom, how long a file may be, what must never be in it.
import { describe, expect, it } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => /\.(ts|cjs|js)$/.test(file));

/** Rooms from left to right; a room imports from its own and from rooms before it. Same number: neighbours, strangers to each other. */
const order: [room: RegExp, rank: number][] = [
  [/^src\/(errors|log|closers|failpoint|memory)\.ts$/, 0],
  [/^src\/cdr\//, 1],
  [/^src\/rules\//, 1.5],
  [/^src\/store\//, 2],
  [/^src\/feed\//, 3],
  [/^src\/live\//, 3.5],
  [/^src\/ingest\//, 4],
  [/^src\/completeness\//, 4.5],
  [/^src\/(sources|jobs|http|simulator|client|dashboard)\//, 5],
  [/^src\/webhooks\//, 5.3],
  [/^src\/doctor\//, 5.5],
  [/^src\/(config|configfile|configrules|configschema|configsense)\.ts$/, 6],
  [/^src\/(app|openrooms)\.ts$/, 7],
  [/^src\/commands\//, 8],
  [/^src\/main\.ts$/, 9],
];
const rankOf = (file: string) => order.find(([room]) => room.test(file))?.[1];
const roomOf = (file: string) => /^src\/([^/]+)\//.exec(file)?.[1] ?? file;

/** Libraries that only one room may know. */
const owners: Record<string, RegExp> = {
  knex: /^src\/(store|sources\/table)\//,
  'better-sqlite3': /^src\/(store|sources\/table|simulator)\//,
  mysql2: /^src\/(store|sources\/table|simulator)\//,
  fastify: /^src\/http\//,
  ws: /^src\/http\//,
  'asterisk-manager': /^src\/sources\/ami\//,
  'node-cron': /^src\/jobs\//,
  commander: /^src\/(main\.ts|commands\/)/,
  'prom-client': /^src\/http\//,
  'csv-stringify': /^src\/http\/export\/render\.ts$/,
  pino: /^src\/log\.ts$/,
  'csv-parse': /^src\/(sources\/import|http|rules)\//,
  re2js: /^src\/rules\/pattern\.ts$/,
  yaml: /^src\/(configfile\.ts|rules\/presets\.ts|commands\/)/,
  luxon: /^src\/cdr\/time\.ts$/,
  preact: /^src\/dashboard\//,
  uplot: /^src\/dashboard\//,
};

interface Import {
  from: string;
  to: string;
  isType: boolean;
}

const imports: Import[] = files('src').flatMap((from) =>
  [
    ...readFileSync(from, 'utf8').matchAll(/^(?:import|export) (type )?[^;]*?from '([^']+)'|import\('([^']+)'\)/gms),
  ].map((match) => ({
    from,
    to: match[2] ?? match[3]!,
    isType: match[1] !== undefined,
  })),
);
const inside = imports
  .filter(({ to }) => to.startsWith('.'))
  .map((one) => ({ ...one, to: relative('.', resolve(dirname(one.from), one.to)) }));

describe('the house', () => {
  it('has a place for every file', () => {
    expect(
      files('src').filter((file) => file.endsWith('.ts') && !/\.d\.ts$/.test(file) && rankOf(file) === undefined),
    ).toEqual([]);
  });

  it('imports point left only', () => {
    const wrong = inside.filter(({ from, to }) => rankOf(to) !== undefined && rankOf(from)! < rankOf(to)!);
    expect(wrong).toEqual([]);
  });

  it('neighbours never import each other', () => {
    const wrong = inside.filter(
      ({ from, to, isType }) =>
        rankOf(from) === 5 &&
        rankOf(to) === 5 &&
        roomOf(from) !== roomOf(to) &&
        !(['client', 'dashboard'].includes(roomOf(from)) && isType) &&
        !(roomOf(from) === 'dashboard' && roomOf(to) === 'client'),
    );
    const sources = inside.filter(({ from, to }) => {
      const [, one] = /^src\/sources\/(\w+)\//.exec(from) ?? [];
      const [, other] = /^src\/sources\/(\w+)\//.exec(to) ?? [];
      return one && other && one !== other;
    });
    expect([...wrong, ...sources]).toEqual([]);
  });

  it('the client is its own files and nothing else: what it has of others is types, which vanish where it runs', () => {
    const wrong = imports.filter(
      ({ from, to, isType }) => roomOf(from) === 'client' && !isType && !/^\.\/\w+\.ts$/.test(to),
    );
    expect(wrong).toEqual([]);
    const users = inside.filter(({ to }) => roomOf(to) === 'client').map(({ from }) => roomOf(from));
    expect([...new Set(users)].sort()).toEqual(['client', 'dashboard']);
  });

  it('the page is its own files, our client, Preact and uPlot: nothing else reaches the browser', () => {
    const known = /^(\.\.?\/.*|preact|preact\/hooks|uplot)$/;
    const wrong = imports.filter(
      ({ from, to, isType }) =>
        roomOf(from) === 'dashboard' &&
        !isType &&
        (!known.test(to) ||
          (to.startsWith('.') && !/^src\/(dashboard|client)\//.test(relative('.', resolve(dirname(from), to))))),
    );
    expect(wrong).toEqual([]);
    expect(inside.filter(({ from, to }) => roomOf(to) === 'dashboard' && roomOf(from) !== 'dashboard')).toEqual([]);
  });

  it('each library stays in its room', () => {
    const wrong = imports.filter(({ from, to }) => {
      const owner = owners[to.split('/')[0]!];
      return owner && !owner.test(from);
    });
    expect(wrong).toEqual([]);
  });

  it('no file of src is longer than 250 lines', () => {
    const long = files('src').filter((file) => readFileSync(file, 'utf8').split('\n').length - 1 > 250);
    expect(long).toEqual([]);
  });

  it('no line of the log gives a field the name of one that each line has: JSON would have the key twice', () => {
    const call = /[lL]og\.(?:child|trace|debug|info|warn|error|fatal)\(\s*\{((?:[^{}]|\{[^{}]*\})*)\}/g;
    const fields = files('src').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(call)].map(([, given]) => ({ file, given: given! })),
    );
    expect(fields.length).toBeGreaterThan(50);
    expect(fields.filter(({ given }) => /(?:^|[,{])\s*(?:level|time|pid|msg)\s*(?:[:,}]|$)/.test(given))).toEqual([]);
  });

  it('every file begins by saying what it is for', () => {
    const mute = [...files('src'), ...files('migrations')].filter(
      (file) => !/^(#!.*\n)?\/\/ \S/.test(readFileSync(file, 'utf8')),
    );
    expect(mute).toEqual([]);
  });

  it('nobody writes to the console, sleeps for a fixed time in a test, or leaves work for later', () => {
    const marks = [...files('src'), ...files('test')].filter((file) => {
      const text = readFileSync(file, 'utf8');
      return (
        file !== join('test', 'tidy.test.ts') &&
        /\b(TODO|FIXME|XXX)\b|\bit\.(skip|only|todo)\(|describe\.(skip|only)\(/.test(text)
      );
    });
    expect(marks).toEqual([]);
  });
});
