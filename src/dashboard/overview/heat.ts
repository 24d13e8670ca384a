// When people call: a table of weekdays and hours, each cell with its number and the darker the more; the keys walk it.
import { useRef, useState } from 'preact/hooks';
import { countText, shortCountText, weekdayText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { go } from '../place.ts';
import type { Given } from '../place.ts';
import { t } from '../texts.ts';
import { weekHourText } from '../search/weekhour.ts';
import { lastHour } from './range.ts';
import type { Seen } from './reader.ts';

interface Props {
  seen: Seen;
  zone: string;
  linkTo: (from: number, to: number, more?: Given) => Given;
}

const weekdays = [1, 2, 3, 4, 5, 6, 7] as const;
const hours = Array.from({ length: 24 }, (_, hour) => hour);
/** In a longer time an hour of a weekday comes more than once. */
const weekMs = 7 * 86_400_000 + 3_600_000;
/** Shades, without that of nothing. */
const shades = 5;

/** How far down and right. */
const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export function Heat({ seen, zone, linkTo }: Props): VNode {
  const { hours: counts } = seen.tally;
  const most = Math.max(1, ...[...counts.values()].map(({ calls }) => calls));
  const [[day, hour], setPlace] = useState<readonly [number, number]>([1, 9]);
  const grid = useRef<HTMLTableElement>(null);
  const isLong = seen.frame.to - seen.frame.from > weekMs;
  const open = (weekday: number, at: number) => {
    if (isLong) {
      const { from, to } = seen.frame;
      return go('search', linkTo(from, to, { weekhour: weekHourText({ weekday, hour: at }) }));
    }
    const span = lastHour(seen.frame, seen.at, zone, weekday, at);
    if (span) go('search', linkTo(span.from, span.to));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const [down, right] = arrows[event.key] ?? [0, 0];
    if (event.key === 'Enter') open(day, hour);
    if (down === 0 && right === 0) return;
    event.preventDefault();
    const next = [((day - 1 + down + 7) % 7) + 1, (hour + right + 24) % 24] as const;
    setPlace(next);
    grid.current!.querySelector<HTMLElement>(`[data-cell="${next.join(' ')}"]`)?.focus();
  };
  const cell = (weekday: number, at: number) => {
    const calls = counts.get(`${weekday} ${at}`)?.calls ?? 0;
    const shade = calls === 0 ? 0 : Math.ceil((calls / most) * shades);
    return h(
      'td',
      {
        ...{ key: at, role: 'gridcell', class: `heat-${shade}`, 'data-cell': `${weekday} ${at}` },
        ...{ tabIndex: weekday === day && at === hour ? 0 : -1, onClick: () => calls > 0 && open(weekday, at) },
        onFocus: () => setPlace([weekday, at]),
        title: t('overview.heat.cell', { day: weekdayText(weekday, 'long'), hour: at, calls: countText(calls) }),
      },
      calls === 0 ? '' : shortCountText(calls),
    );
  };
  return h(
    'section',
    { class: 'plot wide', 'data-plot': 'heat', 'aria-label': t('overview.heat') },
    h('h2', null, t('overview.heat')),
    isLong ? h('p', { class: 'quiet' }, t('overview.heat.weeks')) : null,
    h(
      'div',
      { class: 'scroll' },
      h(
        'table',
        { class: 'heat', role: 'grid', 'aria-label': t('overview.heat'), ref: grid, onKeyDown },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('td', null),
            hours.map((at) => h('th', { key: at, scope: 'col' }, at)),
          ),
        ),
        h(
          'tbody',
          null,
          weekdays.map((weekday) =>
            h(
              'tr',
              { key: weekday },
              h('th', { scope: 'row' }, weekdayText(weekday, 'short')),
              hours.map((at) => cell(weekday, at)),
            ),
          ),
        ),
      ),
    ),
  );
}
