// Every way in: how it stands, how late its records come, what became of its rows.
import { countText, decimalText, momentText, spanText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import type { Report } from '../live/watch.ts';
import { badge } from '../parts/status.ts';
import { t, word } from '../texts.ts';

type Source = Report['sources'][number];

const looks: Readonly<Record<string, readonly [sign: string, tone: string]>> = {
  up: ['✓', 'good'],
  idle: ['○', 'note'],
  connecting: ['…', 'wait'],
  down: ['✕', 'bad'],
  refused: ['✕', 'bad'],
  stopped: ['‖', 'wait'],
};

const counts = ['received', 'stored', 'duplicate', 'rejected', 'expired', 'lost'] as const;

export function Sources({ report, zone }: { report: Report | null; zone: string }): VNode {
  if (!report) return h('p', { class: 'quiet' }, t('health.sources.unknown'));
  const head = (text: string, isNumber = false) =>
    h('th', { key: text, scope: 'col', class: isNumber ? 'number' : '' }, text);
  const warnings = report.completeness.filter(({ zone_warning: warning }) => warning !== null);
  return h(
    'div',
    { class: 'stack' },
    report.store.state === 'up'
      ? null
      : h('p', { class: 'fault' }, t('health.store.down', { reason: report.store.detail ?? '' })),
    report.sources.length === 0 ? h('p', null, t('health.sources.none')) : null,
    h(
      'div',
      { class: 'scroll', tabIndex: 0, role: 'group', 'aria-label': t('health.sources') },
      h(
        'table',
        { class: 'sources' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            head(t('health.source')),
            head(t('health.state')),
            head(t('health.last')),
            head(t('health.lag'), true),
            counts.map((name) => head(word('count', name), true)),
          ),
        ),
        h(
          'tbody',
          null,
          report.sources.map((source) => h(Line, { key: source.name, source, zone })),
        ),
      ),
    ),
    warnings.map(({ system, zone_warning: warning }) =>
      h('p', { key: system, class: 'fault' }, `${system}: ${warning}`),
    ),
  );
}

function Line({ source, zone }: { source: Source; zone: string }): VNode {
  const { name, state, detail, last_record: last, lag_seconds: lag, progress } = source;
  const read = progress
    ? t('health.progress', {
        rows: countText(progress.rows),
        total: progress.total === null ? '?' : countText(progress.total),
      })
    : null;
  return h(
    'tr',
    { 'data-source': name },
    h('th', { scope: 'row' }, name),
    h(
      'td',
      { class: 'state' },
      badge(looks[state] ?? ['?', 'wait'], word('source', state)),
      detail === null ? null : h('p', { class: 'detail' }, detail),
      read === null ? null : h('p', { class: 'quiet' }, read),
    ),
    h('td', { 'data-label': t('health.last') }, last === null ? t('health.never') : momentText(last, zone)),
    h('td', { class: 'number', 'data-label': t('health.lag') }, lagText(lag)),
    counts.map((count) =>
      h(
        'td',
        {
          key: count,
          'data-label': word('count', count),
          class: `number ${['rejected', 'lost'].includes(count) && source[count] > 0 ? 'worse' : ''}`,
        },
        countText(source[count]),
      ),
    ),
  );
}

/** Of a history that was read in, hours; else what matters is below a minute. */
function lagText(lag: number | null): string {
  if (lag === null) return '–';
  return lag < 60 ? `${decimalText(lag, 1)} s` : spanText(lag);
}
