// What becomes of the calls of each company: a table of companies and outcomes, each number a way into Search.
import { countText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { Linked } from '../parts/linked.ts';
import type { Given } from '../place.ts';
import { t, word } from '../texts.ts';
import { outcomes } from '../words.ts';
import type { Seen } from './reader.ts';

interface Props {
  seen: Seen;
  linkTo: (from: number, to: number, more?: Given) => Given;
}

/** Companies that are shown, those with most calls. */
const most = 12;

export function Mix({ seen: { tally, frame }, linkTo }: Props): VNode | null {
  const companies = [...tally.tops.company]
    .filter(([, { calls }]) => calls > 0)
    .sort(([a, one], [b, other]) => other.calls - one.calls || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([name]) => name);
  const shown = outcomes.filter((outcome) => companies.some((company) => tally.mixed(company, outcome) > 0));
  // One company without a name is no news beside the plots.
  if (companies.every((company) => company === '') && !tally.tooMany.has('mix')) return null;
  const title = t('overview.mix');
  const sheet = (body: VNode) =>
    h('section', { class: 'plot wide', 'data-plot': 'mix', 'aria-label': title }, h('h2', null, title), body);
  if (tally.tooMany.has('mix')) return sheet(h('p', { class: 'quiet' }, t('overview.many')));
  const cell = (company: string, outcome: string) => {
    const calls = tally.mixed(company, outcome);
    if (calls === 0) return '–';
    // Search has no word for calls of nobody.
    return company === ''
      ? countText(calls)
      : h(Linked, { given: linkTo(frame.from, frame.to, { company, outcome }) }, countText(calls));
  };
  return sheet(
    h(
      'div',
      { class: 'scroll', tabIndex: 0, role: 'group', 'aria-label': title },
      h(
        'table',
        { class: 'mix' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('th', { scope: 'col' }, t('overview.side.company')),
            shown.map((outcome) =>
              h(
                'th',
                { key: outcome, scope: 'col', class: 'number' },
                h('i', { class: `swatch plot-${outcome}`, 'aria-hidden': 'true' }),
                word('outcome', outcome),
              ),
            ),
          ),
        ),
        h(
          'tbody',
          null,
          companies.map((company) =>
            h(
              'tr',
              { key: company },
              h('th', { scope: 'row' }, company === '' ? h('span', { class: 'quiet' }, t('overview.nobody')) : company),
              shown.map((outcome) => h('td', { key: outcome, class: 'number' }, cell(company, outcome))),
            ),
          ),
        ),
      ),
    ),
  );
}
