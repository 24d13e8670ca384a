// What is searched for, as fields; each change is a step of the URL.
import { h, type ComponentChildren, type VNode } from '../h.ts';
import { directions, outcomes } from '../live/filters.ts';
import { Picker } from '../parts/picker.ts';
import { Typed } from '../parts/typed.ts';
import { ZonePicker } from '../parts/zonepicker.ts';
import { t, word } from '../texts.ts';
import { hourText, weekdayText } from '../format.ts';
import { furtherIn, kindOf, rangeOf, ranges, spanOf, type Given } from './criteria.ts';
import { weekHourOf, weekHourText } from './weekhour.ts';

interface Props {
  given: Given;
  zone: string;
  now: number;
  onSet: (more: Record<string, string>) => void;
}

const dispositions = ['ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION'] as const;

export function SearchForm({ given, zone, now, onSet }: Props): VNode {
  const kind = kindOf(given);
  const field = (name: string, label: string, more: object = {}) =>
    labelled(
      label,
      h(Typed, { name, value: given[name] ?? '', onSet: (text) => onSet({ [name]: text }), ...more }),
      name,
    );
  const select = (name: string, label: string, options: (readonly [string, string])[], value = given[name] ?? '') =>
    labelled(
      label,
      h(
        'select',
        { name, value, onChange: (event: Event) => onSet({ [name]: (event.target as HTMLSelectElement).value }) },
        options.map(([one, text]) => h('option', { key: one, value: one, selected: one === value }, text)),
      ),
      name,
    );
  const any = ['', t('live.any')] as const;
  // A click on the weekdays and hours of Overview leads here; it can be taken away.
  const weekHourField = () => {
    const weekHour = weekHourOf(given['weekhour']);
    if (!weekHour) return null;
    const text = `${weekdayText(weekHour.weekday, 'long')} ${hourText(weekHour.hour)}`;
    return select('weekhour', t('search.weekhour'), [any, [weekHourText(weekHour), text]]);
  };
  return h(
    'form',
    {
      class: 'criteria',
      role: 'search',
      'aria-label': t('search.title'),
      onSubmit: (event: Event) => event.preventDefault(),
    },
    select(
      'kind',
      t('search.kind'),
      [
        ['calls', t('search.calls')],
        ['records', t('search.records')],
      ],
      kind,
    ),
    select(
      'range',
      t('search.range'),
      ranges.map((range) => [range, t(`search.range.${range}`)] as const),
      rangeOf(given),
    ),
    rangeOf(given) === 'custom' ? h(Picker, { span: spanOf(given, now, zone), zone, onSet }) : null,
    h(ZonePicker, null),
    field('company', t('column.company')),
    field('extension', t('search.extension')),
    field('prefix', t('search.number'), { inputMode: 'tel' }),
    kind === 'calls'
      ? select('outcome', t('search.outcome'), [any, ...outcomes.map((one) => [one, word('outcome', one)] as const)])
      : select('disposition', t('search.outcome'), [any, ...dispositions.map((one) => [one, one] as const)]),
    select('direction', t('column.direction'), [
      any,
      ...directions.map((one) => [one, word('direction', one)] as const),
    ]),
    field('min', t('search.min'), { placeholder: '0:30', class: 'short' }),
    field('max', t('search.max'), { placeholder: '5:00', class: 'short' }),
    field('text', t('search.text')),
    kind === 'records' ? field('tag', t('search.tag'), { class: 'short' }) : null,
    weekHourField(),
    furtherIn(given).map((name) => field(name, name === 'trunk' ? t('overview.side.trunk') : word('column', name))),
  );
}

function labelled(label: string, control: ComponentChildren, key: string): VNode {
  return h('label', { key }, h('span', null, label), control);
}
