// What dashboard and alert rules ask for is what the daemon tells, by the table of the README, which a test holds equal to /metrics.
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { lagMax } from '../../src/doctor/daemonside.ts';
import { fullBytes, lowBytes } from '../../src/doctor/own.ts';
import { openMetrics } from '../../src/http/metrics.ts';
import { panels, rules, selectorsOf, type Selector } from './expressions.ts';

const readme = readFileSync('README.md', 'utf8');

/** Name in an expression → its labels. */
const told = new Map<string, string[]>();
for (const [, name = '', kind = '', labels = ''] of readme.matchAll(/^\| `(cdrd_\w+)` \| (\w+) \| ([^|]*) \|/gm)) {
  const own = labels.split(', ').map((label) => label.trim());
  const parts = kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  for (const part of parts) told.set(`${name}${part}`, own);
}
for (const { name } of await openMetrics('1').registry.getMetricsAsJSON())
  if (!told.has(`${name}_sum`)) told.set(name, []);

/** What Prometheus adds to each sample. */
const added = ['job', 'instance'];

const unknownIn = (selectors: Selector[]) =>
  selectors.filter(({ metric, labels }) => {
    const own = told.get(metric);
    return own === undefined || labels.some((label) => ![...own, ...added].includes(label));
  });

/** Input series of a file for "promtool test rules". */
const seriesOf = (file: string) =>
  (
    parse(readFileSync(`test/prometheus/${file}`, 'utf8')) as { tests: { input_series: { series: string }[] }[] }
  ).tests.flatMap(({ input_series: list }) => list.map(({ series }) => series));

describe('every metric and label', () => {
  it('of the dashboard is told by the daemon', () => {
    expect(panels.length).toBeGreaterThan(40);
    expect(unknownIn(panels.flatMap(({ expr }) => selectorsOf(expr)))).toEqual([]);
  });

  it('of the alert rules is told by the daemon', () => {
    expect(unknownIn(rules.flatMap(({ expr }) => selectorsOf(expr)))).toEqual([]);
  });

  it('that the tests of the rules make up is told by the daemon', () => {
    const series = [...seriesOf('alerts.yml'), ...seriesOf('hours.yml')];
    expect(unknownIn(series.flatMap(selectorsOf))).toEqual([]);
  });

  it('that does not exist is found', () => {
    const found = unknownIn(
      selectorsOf('cdrd_ready + cdrd_nothing{a="1"} + cdrd_ready{zone="x"} + cdrd_commit_seconds'),
    );
    expect(found.map(({ metric }) => metric)).toEqual(['cdrd_nothing', 'cdrd_ready', 'cdrd_commit_seconds']);
  });
});

describe('every alert', () => {
  const alerts = rules.filter(({ alert }) => alert !== undefined);

  it('says how bad it is, what happened and what to do', () => {
    const mute = alerts.filter(
      ({ labels, annotations }) =>
        !['warning', 'critical'].includes(labels?.['severity'] ?? '') ||
        !annotations?.['summary'] ||
        !annotations['description'],
    );
    expect(mute).toEqual([]);
  });

  it('has the limit of the doctor, where both look at the same', () => {
    const exprOf = (name: string) => alerts.find(({ alert }) => alert === name)!.expr;
    const free = (expr: string) => expr.replace('100 * 1024 ^ 2', `${fullBytes}`).replace('1024 ^ 3', `${lowBytes}`);
    expect(free(exprOf('CdrdDiskLow'))).toBe(`cdrd_disk_free_bytes < ${lowBytes}`);
    expect(free(exprOf('CdrdDiskFull'))).toBe(`cdrd_disk_free_bytes < ${fullBytes}`);
    expect([lowBytes, fullBytes]).toEqual([1024 ** 3, 100 * 1024 ** 2]);
    expect(exprOf('CdrdLag')).toContain(`"} > ${lagMax}\n`);
  });

  it('is fired in a test of the rules, and stands in the README', () => {
    const tests = ['alerts.yml', 'hours.yml'].map((file) => readFileSync(`test/prometheus/${file}`, 'utf8')).join('');
    const lacking = alerts.filter(
      ({ alert, labels }) =>
        !tests.includes(`alertname="${alert}"`) || !readme.includes(`| \`${alert}\` | ${labels?.['severity']} |`),
    );
    expect(lacking).toEqual([]);
  });
});
