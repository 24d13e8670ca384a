// The table of texts: every text in both languages, with the same gaps, and none that nobody uses.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { call } from '../../src/dashboard/texts/call.ts';
import { findings } from '../../src/dashboard/texts/findings.ts';
import { codes } from '../../src/doctor/finding.ts';
import { ground } from '../../src/dashboard/texts/ground.ts';
import { health } from '../../src/dashboard/texts/health.ts';
import { live } from '../../src/dashboard/texts/live.ts';
import { overview } from '../../src/dashboard/texts/overview.ts';
import { search } from '../../src/dashboard/texts/search.ts';

const parts: readonly Record<string, readonly string[]>[] = [ground, live, search, call, overview, health];
const table = Object.assign({}, ...parts) as Record<string, readonly string[]>;
const gaps = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

it('every text stands in English and in German, with the same gaps', () => {
  const faulty = Object.entries(table).filter(
    ([, texts]) => texts.length !== 2 || texts.includes('') || gaps(texts[0]!).join() !== gaps(texts[1]!).join(),
  );
  expect(faulty).toEqual([]);
});

it('every code of the doctor has a German meaning, and there is none beside them', () => {
  expect(Object.keys(findings)).toEqual(Object.keys(codes));
});

it('no key stands in two parts of the table', () => {
  expect(Object.keys(table)).toHaveLength(parts.reduce((sum, part) => sum + Object.keys(part).length, 0));
});

it('every text is used by some file of the page', () => {
  const folder = join('src', 'dashboard');
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('texts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
  // Words of the API are looked up by their kind and name.
  const isUsed = (key: string) =>
    sources.includes(`'${key}'`) || sources.includes(`\`${key.replace(/\.[^.]*$/, '.')}$`);
  const byKind = /^(outcome|direction|state|result|transfer|column|source|count|look|day|level|fault)\./;
  expect(Object.keys(table).filter((key) => !byKind.test(key) && !isUsed(key))).toEqual([]);
});
