// Whether every record is here: a calendar of the last weeks for each system; a day opens its numbers.
import { useEffect, useState } from 'preact/hooks';
import type { Day, DayPage } from '../../http/dialects/native/dayshape.ts';
import type { Requests } from '../../client/request.ts';
import { countText, momentText, weekdayText } from '../format.ts';
import { faultText, useAgain } from '../faults.ts';
import { h, type VNode } from '../h.ts';
import { Linked } from '../parts/linked.ts';
import { t, word } from '../texts.ts';
import { dateText } from '../zone.ts';
import { lookOf, signs, weeksUpTo, type Look } from './days.ts';

interface Props {
  requests: Requests;
  zone: string;
  /** Read anew when either changes. */
  now: number;
  changes: number;
}

export function Calendar({ requests, zone, now, changes }: Props): VNode {
  const [days, setDays] = useState<readonly Day[]>([]);
  const [isRead, setRead] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const [open, setOpen] = useState<string | null>(null);
  const spans = weeksUpTo(dateText(now, zone));

  const again = useAgain(fault);
  useEffect(() => {
    const stop = new AbortController();
    // The newest week first: it is the one that people look for, and old days may have to be counted.
    const read = async () => {
      const { signal } = stop;
      for (const span of spans) {
        const page = await requests.ask<DayPage>('GET', '/api/v1/completeness', { query: span, signal });
        setDays((known) => [...known.filter(({ day }) => day < span.from || day > span.to), ...page.days]);
      }
      setRead(true);
    };
    setFault(null);
    read().catch((error: unknown) => stop.signal.aborted || setFault(error));
    return () => stop.abort();
  }, [now, changes, again]);

  const systems = [...new Set(days.map(({ system }) => system))].sort();
  const shown = days.find((day) => keyOf(day) === open);
  return h(
    'div',
    { class: 'stack' },
    fault === null ? null : h('p', { class: 'fault' }, faultText(fault)),
    !isRead && fault === null ? h('p', { class: 'quiet', role: 'status' }, t('health.days.counting')) : null,
    isRead && systems.length === 0 ? h('p', null, t('health.days.none')) : null,
    h(
      'div',
      { class: 'calendars' },
      systems.map((system) =>
        h(Weeks, {
          key: system,
          system,
          spans,
          days: days.filter((day) => day.system === system),
          open,
          onOpen: setOpen,
        }),
      ),
      shown ? h(DayCard, { day: shown, zone }) : null,
    ),
    h(
      'p',
      { class: 'legend' },
      (Object.keys(signs) as Look[]).map((look) =>
        h(
          'span',
          { key: look, class: 'entry' },
          h('span', { class: `mark-${look} sign`, 'aria-hidden': 'true' }, signs[look]),
          ` ${word('look', look)}`,
        ),
      ),
    ),
  );
}

function keyOf({ system, day }: Day): string {
  return `${system} ${day}`;
}

interface WeeksProps {
  system: string;
  spans: readonly { from: string; to: string }[];
  days: readonly Day[];
  open: string | null;
  onOpen: (key: string | null) => void;
}

function Weeks({ system, spans, days, open, onOpen }: WeeksProps): VNode {
  const cell = (day: Day) => {
    const look = lookOf(day);
    const key = keyOf(day);
    const [, month, of] = day.day.split('-');
    return h(
      'button',
      {
        ...{ key, type: 'button', class: `day mark-${look}`, 'data-day': day.day, 'data-look': look },
        'aria-pressed': open === key,
        onClick: () => onOpen(open === key ? null : key),
      },
      h('span', { class: 'date' }, of === '01' ? `${month}-${of}` : of),
      h('span', { class: 'sign', 'aria-hidden': 'true' }, signs[look]),
      h('span', { class: 'unseen' }, ` ${day.day}: ${word('look', look)}`),
    );
  };
  return h(
    'div',
    { class: 'calendar', role: 'group', 'aria-label': t('health.days.of', { system }) },
    h('h3', null, system),
    h(
      'div',
      { class: 'week quiet', 'aria-hidden': 'true' },
      [1, 2, 3, 4, 5, 6, 7].map((weekday) => h('span', { key: weekday }, weekdayText(weekday, 'short'))),
    ),
    [...spans].reverse().map(({ from, to }) =>
      h(
        'div',
        { key: from, class: 'week' },
        days
          .filter(({ day }) => day >= from && day <= to)
          .sort((a, b) => (a.day < b.day ? -1 : 1))
          .map(cell),
      ),
    ),
  );
}

function DayCard({ day, zone }: { day: Day; zone: string }): VNode {
  const look = lookOf(day);
  const numbers = [
    ...(['records', 'both', 'ami_only', 'table_only', 'waiting', 'rejected', 'let_go', 'lost', 'healed'] as const),
  ].map((name) => [word('day', name), day[name]] as const);
  const missing = [
    [word('day', 'missing_in_table'), day.missing_in_table?.count ?? null],
    [word('day', 'missing_in_ami'), day.missing_in_ami?.count ?? null],
    [word('day', 'unexplained'), day.sequence === null ? null : (day.sequence.missing['unexplained'] ?? 0)],
  ] as const;
  const given = { kind: 'records', range: 'custom', from: day.from, to: day.until, system: day.system, zone };
  const dashIfNull = (value: number | null) => (value === null ? '–' : countText(value));
  return h(
    'section',
    { class: 'day-card', 'aria-label': day.day, 'aria-live': 'polite' },
    h('h3', null, `${day.system}, ${day.day}`),
    h(
      'p',
      { class: `mark-${look} verdict` },
      h('span', { class: 'sign', 'aria-hidden': 'true' }, signs[look]),
      ` ${t(`look.${look}.long`)}`,
    ),
    h(
      'dl',
      { class: 'facts' },
      [...numbers, ...missing].map(([name, value]) =>
        h('div', { key: name }, h('dt', null, name), h('dd', null, dashIfNull(value))),
      ),
    ),
    h(
      'p',
      { class: 'quiet' },
      day.at === null ? t('health.day.uncounted') : t('health.day.counted', { time: momentText(day.at, zone) }),
    ),
    h('p', null, h(Linked, { given }, t('health.day.records'))),
  );
}
