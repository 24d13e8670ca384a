// A plot with its legend, that keys can walk as a pointer does, and its numbers as a table for whoever would rather read them.
import { useEffect, useRef, useState } from 'preact/hooks';
import { h, type VNode } from '../h.ts';
import { Linked } from '../parts/linked.ts';
import { go } from '../place.ts';
import type { Given } from '../place.ts';
import { t } from '../texts.ts';
import { Plot as Canvas, type Drawing, type Series } from './canvas.ts';
import { useTheme } from './colours.ts';

export interface Named extends Series {
  name: string;
  title: string;
  /** Of all steps, as the legend says it while nothing is pointed at; null: nothing to say. */
  whole: string | null;
  /** How a value is told in legend and table. */
  text: (value: number | null) => string;
}

interface Props {
  name: string;
  title: string;
  labels: readonly string[];
  series: readonly Named[];
  valueText: (value: number) => string;
  least: number;
  /** As of a drawing. */
  apart?: readonly number[];
  /** Said below the title. */
  hint?: string | null;
  /** What a step, or a series in it, is in Search; null: nothing. */
  linkTo: (at: number, series: string | null) => Given | null;
}

export function Plot(props: Props): VNode {
  const { name, title, labels, series, hint, linkTo } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<Canvas | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [at, setAt] = useState<number | null>(null);
  const theme = useTheme();
  const drawing: Drawing = props;
  const shape = `${theme} ${series.map((one) => one.name).join(' ')}`;

  useEffect(() => {
    const plot = new Canvas(box.current!, latest.current, {
      onStep: setAt,
      onPick: (step, place) => {
        const { linkTo: to, series: of } = latest.current;
        const given = to(step, place === null ? null : of[place]!.name);
        if (given !== null) go('search', given);
      },
    });
    canvas.current = plot;
    const watch = new ResizeObserver(() => plot.fit());
    watch.observe(box.current!);
    return () => {
      watch.disconnect();
      plot.close();
    };
  }, [shape]);
  useEffect(() => canvas.current?.draw(drawing), [labels, series]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === 'Enter' && at !== null) {
      const given = linkTo(at, null);
      if (given !== null) go('search', given);
    } else if (step !== undefined) canvas.current!.point(within((at ?? (step > 0 ? -1 : 0)) + step, labels.length));
    else if (event.key === 'Home') canvas.current!.point(0);
    else if (event.key === 'End') canvas.current!.point(labels.length - 1);
    else return;
    event.preventDefault();
  };
  return h(
    'section',
    { class: 'plot', 'data-plot': name, 'aria-label': title },
    h('h2', null, title),
    hint == null ? null : h('p', { class: 'quiet' }, hint),
    h(Legend, { series, at, label: at === null ? null : (labels[at] ?? null) }),
    h('div', {
      class: 'canvas',
      ref: box,
      tabIndex: 0,
      role: 'group',
      'aria-label': t('plot.keys', { title }),
      onKeyDown,
    }),
    h(Numbers, { title, labels, series, linkTo }),
  );
}

function within(at: number, count: number): number {
  return (at + count) % count;
}

function Legend({ series, at, label }: { series: readonly Named[]; at: number | null; label: string | null }): VNode {
  return h(
    'p',
    { class: 'legend', 'aria-live': 'polite' },
    h('b', { class: 'step' }, label ?? t('plot.whole')),
    series.map(({ name, title, kind, colour, values, whole, text }) => {
      const told = at === null ? whole : text(values[at] ?? null);
      if (told === null) return null;
      return h(
        'span',
        { key: name, class: 'entry', 'data-series': name },
        h('i', { class: `swatch is-${kind} ${colour}`, 'aria-hidden': 'true' }),
        `${title} `,
        h('b', null, told),
      );
    }),
  );
}

/** Drawn when it is opened. */
function Numbers({ title, labels, series, linkTo }: Omit<Props, 'name' | 'valueText' | 'least' | 'hint'>): VNode {
  const [isOpen, setOpen] = useState(false);
  const cell = (at: number, { name, text, values }: Named) => {
    const value = values[at] ?? null;
    const told = text(value);
    const given = value === null || value === 0 ? null : linkTo(at, name);
    return h('td', { key: name }, given === null ? told : h(Linked, { given }, told));
  };
  const table = () =>
    h(
      'div',
      { class: 'scroll', tabIndex: 0, role: 'group', 'aria-label': title },
      h(
        'table',
        null,
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            h('td', null),
            series.map((one) => h('th', { key: one.name, scope: 'col' }, one.title)),
          ),
        ),
        h(
          'tbody',
          null,
          labels.map((label, at) => {
            const given = linkTo(at, null);
            const head = given === null ? label : h(Linked, { given }, label);
            return h(
              'tr',
              { key: at },
              h('th', { scope: 'row' }, head),
              series.map((one) => cell(at, one)),
            );
          }),
        ),
      ),
    );
  return h(
    'details',
    { class: 'numbers', onToggle: (event: Event) => setOpen((event.currentTarget as HTMLDetailsElement).open) },
    h('summary', null, t('plot.numbers'), h('span', { class: 'unseen' }, `: ${title}`)),
    isOpen ? table() : null,
  );
}
