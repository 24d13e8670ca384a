// What the view Live shows: typed and chosen, in place, without asking anybody.
import { h, type VNode } from '../h.ts';
import { t, word } from '../texts.ts';
import { directions, outcomes, states } from '../words.ts';
import type { LiveFilter } from './line.ts';

interface Props {
  filter: LiveFilter;
  onSet: (more: Partial<Record<keyof LiveFilter, string>>) => void;
}

export function LiveFilters({ filter, onSet }: Props): VNode {
  const select = (name: 'direction' | 'status', label: string, groups: (readonly [string, string])[]) =>
    h(
      'label',
      { class: 'pick' },
      h('span', null, label),
      h(
        'select',
        {
          value: filter[name],
          onChange: (event: Event) => onSet({ [name]: (event.target as HTMLSelectElement).value }),
        },
        [['', t('live.any')] as const, ...groups].map(([value, text]) =>
          h('option', { key: value, value, selected: value === filter[name] }, text),
        ),
      ),
    );
  return h(
    'form',
    {
      class: 'filters',
      role: 'search',
      'aria-label': t('live.filter'),
      onSubmit: (event: Event) => event.preventDefault(),
    },
    h('input', {
      type: 'search',
      'aria-label': t('live.filter'),
      placeholder: t('live.filter.hint'),
      value: filter.q,
      onInput: (event: Event) => onSet({ q: (event.target as HTMLInputElement).value }),
    }),
    select('status', t('live.status'), [
      ['now', t('live.now')],
      ['ended', t('live.ended')],
      ...states.map((state) => [state, word('state', state)] as const),
      ...outcomes.map((outcome) => [outcome, word('outcome', outcome)] as const),
    ]),
    select(
      'direction',
      t('live.direction'),
      directions.map((direction) => [direction, word('direction', direction)] as const),
    ),
  );
}
