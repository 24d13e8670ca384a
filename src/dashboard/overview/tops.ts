// Who has most of the calls: companies, extensions, trunks, each a way into Search.
import { countText, percentText, spanText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import type { Given } from '../place.ts';
import { t } from '../texts.ts';
import { Linked } from '../parts/linked.ts';
import type { Seen } from './reader.ts';
import { lengthOf, shareOf, sides, type Side, type Sums } from './tally.ts';

interface Props {
  seen: Seen;
  linkTo: (from: number, to: number, more?: Given) => Given;
}

/** Of each. */
const most = 8;

export function Tops(props: Props): VNode[] {
  return sides.map((side) => h(Top, { key: side, side, ...props }));
}

function Top({ side, seen: { tally, frame }, linkTo }: Props & { side: Side }): VNode {
  const rows = [...tally.tops[side]]
    .filter(([, { calls }]) => calls > 0)
    .sort(([a, one], [b, other]) => other.calls - one.calls || (a < b ? -1 : 1))
    .slice(0, most);
  const highest = rows[0]?.[1].calls ?? 1;
  const line = ([name, sums]: [string, Sums]) =>
    h(
      'tr',
      { key: name },
      h(
        'th',
        { scope: 'row' },
        name === ''
          ? h('span', { class: 'quiet' }, t('overview.nobody'))
          : h(Linked, { given: linkTo(frame.from, frame.to, { [side]: name }) }, name),
      ),
      h('td', { class: 'bar-cell' }, h('meter', { min: 0, max: highest, value: sums.calls, 'aria-hidden': 'true' })),
      h('td', { class: 'number' }, countText(sums.calls)),
      h('td', { class: 'number' }, percentText(shareOf(sums) ?? 0, 0)),
      h('td', { class: 'number' }, spanText(Math.round(lengthOf(sums) ?? 0))),
    );
  const head = (text: string) => h('th', { scope: 'col', class: 'number' }, text);
  const title = t(`overview.top.${side}`);
  return h(
    'section',
    { class: 'plot third', 'data-plot': side, 'aria-label': title },
    h('h2', null, title),
    rows.length === 0
      ? h('p', { class: 'quiet' }, t(tally.tooMany.has(side) ? 'overview.many' : `overview.none.${side}`))
      : h(
          'table',
          { class: 'top' },
          h(
            'thead',
            null,
            h(
              'tr',
              null,
              h('th', { scope: 'col' }, t(`overview.side.${side}`)),
              h('td', null),
              head(t('overview.calls')),
              head(t('overview.asr')),
              head(t('overview.acd')),
            ),
          ),
          h('tbody', null, rows.map(line)),
        ),
  );
}
