// What is searched for, as fields; each change is a step of the URL.
import { h, type ComponentChildren, type VNode } from '../h.ts';
import { Picker } from '../parts/picker.ts';
import { Typed } from '../parts/typed.ts';
import { ZonePicker } from '../parts/zonepicker.ts';
import { t, word, type TextKey } from '../texts.ts';
import { directions, dispositions, outcomes } from '../words.ts';
import { hourText, weekdayText } from '../format.ts';
import type { LeftOut } from '../leftout.ts';
import type { Given } from '../place.ts';
import { furtherIn, kindOf, rangeOf, ranges, spanOf, withoutOther } from './criteria.ts';
import { momentOf, pickedAt, pickerText } from '../zone.ts';
import { weekHourOf, weekHourText } from './weekhour.ts';

interface Props {
  given: Given;
  /** What stays in its field to be mended. */
  leftOut: readonly LeftOut[];
  zone: string;
  now: number;
  onSet: (more: Record<string, string>) => void;
}

export function SearchForm({ given, leftOut, zone, now, onSet }: Props): VNode {
  const kind = kindOf(given);
  const wrong = new Map(leftOut.map(({ name, value }) => [name, value]));
  const field = (name: string, label: string, more: object = {}) =>
    labelled(
      label,
      h(Typed, {
        ...{ name, value: given[name] ?? wrong.get(name) ?? '', 'aria-invalid': wrong.has(name) },
        onSet: (text) => onSet({ [name]: text }),
        ...more,
      }),
      name,
    );
  const select = (name: string, label: string, options: (readonly [string, string])[], value = given[name] ?? '') =>
    labelled(
      label,
      h(
        'select',
        {
          ...{ name, value, 'aria-invalid': wrong.has(name) },
          onChange: (event: Event) => {
            const to = (event.target as HTMLSelectElement).value;
            onSet({ [name]: to, ...(name === 'kind' ? withoutOther(to) : {}) });
          },
        },
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
    given['end_from']
      ? field('end_from', t('search.end_from'), {
          type: 'datetime-local',
          value: pickerText(momentOf(given['end_from'], zone)!, zone),
          onSet: (text: string) => {
            const at = pickedAt(text, zone);
            onSet({ end_from: at === null ? '' : new Date(at).toISOString() });
          },
        })
      : null,
    furtherIn(given).map((name) => field(name, labelOf(name))),
  );
}

const labels: Readonly<Record<string, TextKey>> = {
  ...{ kind: 'search.kind', range: 'search.range', from: 'search.from', to: 'search.until', zone: 'app.zone' },
  ...{ min: 'search.min', max: 'search.max', text: 'search.text', tag: 'search.tag', weekhour: 'search.weekhour' },
  end_from: 'search.end_from',
  ...{ outcome: 'search.outcome', disposition: 'search.outcome', extension: 'search.extension' },
  ...{ prefix: 'search.number', trunk: 'overview.side.trunk' },
};

/** What a condition is called, with or without a field. */
export function labelOf(name: string): string {
  const label = labels[name];
  return label ? t(label) : word('column', name);
}

function labelled(label: string, control: ComponentChildren, key: string): VNode {
  return h('label', { key }, h('span', null, label), control);
}
