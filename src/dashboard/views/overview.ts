// Overview: how much is called, how it ends, when, and by whom; every number leads to its calls.
import { useEffect, useState } from 'preact/hooks';
import { faultText, reasonText } from '../faults.ts';
import { h, type VNode } from '../h.ts';
import { readBy } from '../leftout.ts';
import { Figures } from '../overview/figures.ts';
import { Heat } from '../overview/heat.ts';
import { Mix } from '../overview/mix.ts';
import { Plots } from '../overview/plots.ts';
import { daysMax, pickedSpan, rangeOf, ranges, rulesOf, spanFault } from '../overview/range.ts';
import { Reader, type Seen } from '../overview/reader.ts';
import type { Split } from '../overview/tally.ts';
import { Tops } from '../overview/tops.ts';
import { Empty } from '../parts/empty.ts';
import { LeftOutLine } from '../parts/leftout.ts';
import { Picker } from '../parts/picker.ts';
import { Typed } from '../parts/typed.ts';
import { ZonePicker } from '../parts/zonepicker.ts';
import { givenNow, go, type Given } from '../place.ts';
import type { ViewProps } from '../registry.ts';
import { useViewZone } from '../viewzone.ts';
import { t, type TextKey } from '../texts.ts';

export function View({ desk, given: address }: ViewProps): VNode {
  const { zone, isSettled } = useViewZone('overview', address['zone']);
  const { given, leftOut } = readBy(rulesOf(zone), address);
  const range = rangeOf(given);
  const company = given['company'] ?? '';
  // The ends of a picked time stay while the day goes on.
  const [now] = useState(() => Date.now() + desk.offsetMs);
  const picked = range === 'custom' ? pickedSpan(given, now, zone) : null;
  const wrong = picked === null ? null : spanFault(picked);
  const split: Split = given['by'] === 'direction' ? 'direction' : 'outcome';
  const [seen, setSeen] = useState<Seen | null>(null);
  const [fault, setFault] = useState<Error | null>(null);
  useEffect(() => {
    if (!isSettled || wrong !== null) return undefined;
    setSeen(null);
    setFault(null);
    const reader = new Reader(desk, { range, picked, zone, company }, (told, why) => {
      setFault(why);
      if (told) setSeen(told);
    });
    reader.run();
    return () => reader.stop();
  }, [desk, range, picked?.from, picked?.to, zone, company, isSettled]);
  const set = (more: Record<string, string>) => go('overview', { ...givenNow(), zone, ...more });
  const linkTo = (from: number, to: number, more: Given = {}): Given => ({
    ...{ kind: 'calls', range: 'custom', zone, company },
    ...{ from: new Date(from).toISOString(), to: new Date(to).toISOString() },
    ...more,
  });
  return h(
    'section',
    { class: 'view sheets', 'data-added': seen?.added ?? '' },
    h('h1', { class: 'unseen' }, t('nav.overview')),
    h(
      'div',
      { class: 'tools' },
      h(
        'form',
        { class: 'criteria', 'aria-label': t('overview.choose'), onSubmit: (event: Event) => event.preventDefault() },
        choice(
          'range',
          t('search.range'),
          range,
          ranges.map((one) => [one, t(`search.range.${one}`)] as const),
          (to) => set(to === 'custom' ? { range: to } : { range: to, from: '', to: '' }),
        ),
        picked === null ? null : h(Picker, { span: picked, zone, step: 900, onSet: (more) => set(more) }),
        choice(
          'by',
          t('overview.split'),
          split,
          [
            ['outcome', t('search.outcome')],
            ['direction', t('column.direction')],
          ],
          (to) => set({ by: to }),
        ),
        h(
          'label',
          null,
          h('span', null, t('column.company')),
          h(Typed, { name: 'company', value: company, onSet: (text) => set({ company: text }) }),
        ),
        h(ZonePicker, null),
      ),
      h(LeftOutLine, { leftOut, labelOf }),
    ),
    h('div', { class: 'body' }, bodyOf()),
  );

  function bodyOf(): VNode | (VNode | null)[] {
    if (wrong !== null) return h(Empty, { title: t(`overview.span.${wrong}`, { days: daysMax }) });
    if (fault && !seen) return h(Empty, { title: faultText(fault) });
    if (!seen) return h('p', { class: 'loading' }, t('app.loading'));
    const failed = fault
      ? h('p', { class: 'fault', role: 'status' }, t('overview.stale', { reason: reasonText(fault) }))
      : null;
    const figures = h(Figures, { seen, desk, zone, company });
    if (seen.tally.total.calls === 0) return [failed, figures, h(Nothing, { set, range, company })];
    const parts = { seen, zone, linkTo };
    return [
      failed,
      figures,
      h('div', { class: 'plots' }, h(Plots, { ...parts, split }), h(Heat, parts), h(Tops, parts), h(Mix, parts)),
    ];
  }
}

const labels: Readonly<Record<string, TextKey>> = {
  ...{ range: 'search.range', from: 'search.from', to: 'search.until', zone: 'app.zone', by: 'overview.split' },
};
const labelOf = (name: string) => (labels[name] ? t(labels[name]) : name);

function Nothing({
  set,
  range,
  company,
}: {
  set: (more: Record<string, string>) => void;
  range: string;
  company: string;
}): VNode {
  const button = (text: string, more: Record<string, string>) =>
    h('button', { type: 'button', onClick: () => set(more) }, text);
  return h(
    Empty,
    { title: t('overview.none') },
    h('p', { class: 'quiet' }, t(company === '' ? 'overview.none.hint' : 'overview.none.of', { company })),
    company === '' ? null : button(t('overview.none.all'), { company: '' }),
    range === '30d' ? null : button(t('overview.none.longer'), { range: '30d' }),
  );
}

function choice(
  name: string,
  label: string,
  value: string,
  options: (readonly [string, string])[],
  set: (to: string) => void,
): VNode {
  return h(
    'label',
    null,
    h('span', null, label),
    h(
      'select',
      { name, value, onChange: (event: Event) => set((event.target as HTMLSelectElement).value) },
      options.map(([one, text]) => h('option', { key: one, value: one, selected: one === value }, text)),
    ),
  );
}
