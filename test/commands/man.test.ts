// The manual pages: all of the commands and all of the configuration, in roff that says it as it is.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { isMap, isSeq, parseDocument } from 'yaml';
import { commandPageOf, exitCodes } from '../../src/commands/man.ts';
import { configPageOf, keysOf } from '../../src/commands/manconfig.ts';
import { roff } from '../../src/commands/roff.ts';
import { openProgram } from '../support/program.ts';

const edition = { date: '2026-11-22', version: '1.2.3' };
const sample = readFileSync('config/cdrd.yaml', 'utf8');

describe('cdrd(1)', () => {
  it('has every command with each of its options', async () => {
    const program = await openProgram('config/cdrd.yaml');
    const page = commandPageOf(program, edition);
    const missing: string[] = [];
    const walk = (command: Command, path: string) => {
      if (path !== '' && !page.includes(`\n.SS ${roff(path)}`)) missing.push(path);
      const from = path === '' ? 0 : page.indexOf(`\n.SS ${roff(path)}`);
      for (const { flags } of command.options)
        if (page.indexOf(`.B "${roff(flags)}"`, from) < 0) missing.push(`${path} ${flags}`);
      for (const one of command.commands) walk(one, `${path} ${one.name()}`.trim());
    };
    walk(program, '');
    expect(missing).toEqual([]);
    expect(page.split('\n')[0]).toBe('.TH CDRD 1 "2026\\-11\\-22" "cdrd 1.2.3"');
  });

  it('has what --help says below the options', async () => {
    const page = commandPageOf(await openProgram('config/cdrd.yaml'), edition);
    expect(page).toContain(roff('The file is checked first: format, checksum, counts.'));
  });

  it('names the exit codes that the README names', () => {
    const [, line] = /^\*\*Exit codes\*\*: (.*)$/m.exec(readFileSync('README.md', 'utf8')) ?? [];
    const named = [...line!.matchAll(/(?:^|, )(\d+)\b/g)].map(([, code]) => Number(code));
    expect(exitCodes.map(([code]) => code)).toEqual(named);
  });
});

describe('cdrd.yaml(5)', () => {
  it('has every key of the configuration once, with what is said of it', () => {
    const expected = new Set<string>();
    const walk = (node: unknown, path: string): void => {
      if (isMap(node))
        for (const { key, value } of node.items) {
          const name = path === '' ? String(key) : `${path}.${String(key)}`;
          if (!isSeq(value) || value.items.every(isMap)) walk(value, name);
          expected.add(isSeq(value) && !value.flow ? `${name}[]` : name);
        }
      else if (isSeq(node)) for (const one of node.items) walk(one, `${path}[]`);
    };
    const on = sample.replace(/^(\s*)#((?: {2})?[a-z_]+:)/gm, '$1$2');
    walk(parseDocument(on).contents, '');
    const keys = keysOf(sample);
    const inOneLine = (path: string) => /\.(backfill|reconcile)\.|^retention\.companies\[\]/.test(path);
    const wanted = [...expected].filter((path) => !inOneLine(path)).map((path) => path.replace(/\[\]$/, ''));
    expect(new Set(keys.map(({ path }) => path.replace(/\[\]$/, '')))).toEqual(new Set(wanted));
    const mute = keys.filter(({ about }) => about.length === 0).map(({ path }) => path);
    expect(mute).toEqual(['auth', 'log', 'limits']);
  });

  it('tells a key that is commented out from one that is set', () => {
    const keys = new Map(keysOf(sample).map((key) => [key.path, key]));
    expect(keys.get('systems[].timezone')).toMatchObject({ isOff: true, value: 'Europe/London' });
    expect(keys.get('systems[].table.max_rows')).toMatchObject({ isOff: true, value: '500' });
    expect(keys.get('listeners[].port')).toMatchObject({
      ...{ isOff: false, value: '8080', about: ['TCP port; 0 takes a free one.'] },
    });
    expect(configPageOf(sample, edition)).toContain('.B "[systems[].timezone: Europe/London]"');
  });
});

it('lets no text speak to roff', () => {
  expect(roff(".SH x\n'br \\fB-o^~`")).toBe("\\&.SH x\n\\&'br \\efB\\-o\\(ha\\(ti\\(ga");
});
