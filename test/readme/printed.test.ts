// What counts as a command of the README, and that the settings and messages it shows beside them are good ones.
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { readFilter } from '../../src/http/filter.ts';
import { ListenerConfig } from '../../src/http/listenerconfig.ts';
import { listenerFaults } from '../../src/http/listenerfaults.ts';
import { bare, printedIn } from './printed.ts';

describe('commands are found', () => {
  it('in code blocks, whole with continued lines and here-documents, also in lists', () => {
    const text = [
      'Do:',
      '',
      '    curl a \\',
      '      -d b',
      "    cat > x <<'END'",
      '    a \\',
      '    END',
      '    npx cdrd c',
      '',
    ];
    expect(printedIn([...text, '1. So:', '', '        npm ci', ''].join('\n')).commands).toEqual([
      { line: 3, text: 'curl a \\\n  -d b' },
      { line: 5, text: "cat > x <<'END'\na \\\nEND" },
      { line: 8, text: 'npx cdrd c' },
      { line: 12, text: 'npm ci' },
    ]);
  });

  it('within sentences, but not where a part is left out, nor names that look like one', () => {
    const { commands } = printedIn(
      'Run `npx cdrd jobs` or `npx cdrd …`; `node_modules`, `mysql://…`, `CDRD_CONFIG`, `cdrd check`.\n`npm test`\n',
    );
    expect(commands.map(({ text }) => text)).toEqual(['npx cdrd jobs', 'npm test']);
  });

  it('without what is said of them, and not in fences', () => {
    expect(printedIn('```\nnpm ci\n    npm ci\n```\n').commands).toEqual([]);
    expect(bare('npx cdrd purge     # for good')).toBe('npx cdrd purge');
    expect(bare("sed 's#a#b#' c")).toBe("sed 's#a#b#' c");
  });

  it('apart from samples, which are given whole', () => {
    const { commands, samples } = printedIn('    rules:\n      - {}\n\n    zypper install x\n');
    expect([commands, samples.map(({ text }) => text)]).toEqual([[], ['rules:\n  - {}', 'zypper install x']]);
  });
});

describe('the README shows', () => {
  const { samples } = printedIn(readFileSync('README.md', 'utf8'));
  const sample = (begins: string) => samples.find(({ text }) => text.startsWith(begins))!.text;

  it('a filter that is one', () => {
    expect(() => readFilter(JSON.parse(sample('{"and"')))).not.toThrow();
    expect(() => readFilter({ and: [{ compny: 'acme' }] })).toThrow('compny');
  });

  it('listeners that can be together', () => {
    const { listeners } = parse(sample('listeners:')) as { listeners: Record<string, unknown>[] };
    // Its certificate is the reader's.
    const entries = listeners.map(({ tls: _, ...entry }) => entry);
    expect(listenerFaults(entries)).toEqual([]);
    for (const entry of entries)
      expect([...Value.Errors(ListenerConfig, Value.Default(ListenerConfig, entry))]).toEqual([]);
  });
});
