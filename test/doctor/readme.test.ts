// The codes that the README explains are those there are, with their levels and their words.
import { expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { codes, finding, reportOf, sentence } from '../../src/doctor/finding.ts';

it('the README explains every code, in order', () => {
  const chapter = readFileSync('README.md', 'utf8').split('## Is all well?')[1]!.split('\n## ')[0]!;
  const rows = [...chapter.matchAll(/^\| `([a-z-]+)` \| (\w+) \| (.*) \|$/gm)].map(([, ...row]) => row);
  expect(rows).toEqual(Object.entries(codes).map(([code, [level, about]]) => [code, level, about]));
});

it('a report begins with its faults, and its verdict is the worst of them', () => {
  const told = { what: 'x.' };
  const all = [
    finding('ami-ok', told),
    finding('cdr-batch', told),
    finding('ami-login', told),
    finding('cdr-off', told),
  ];
  const { verdict, findings } = reportOf(all);
  expect(verdict).toBe('fault');
  expect(findings.map(({ code }) => code)).toEqual(['ami-login', 'cdr-off', 'cdr-batch', 'ami-ok']);
  expect(reportOf(all.slice(0, 2)).verdict).toBe('warning');
  expect(reportOf([]).verdict).toBe('ok');
});

it.each([
  ['no line', 'No line.'],
  ['is it up?', 'Is it up?'],
  ['systems.pbx1 is wrong', 'systems.pbx1 is wrong.'],
  ['cdrd: x.', 'cdrd: x.'],
])('%s becomes a sentence', (text, told) => expect(sentence(text)).toBe(told));
