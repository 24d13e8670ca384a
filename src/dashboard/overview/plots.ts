// The four plots of the view Overview: calls by outcome or direction, the answered share, the length of talks, and calls at once.
import { countText, percentText, spanText } from '../format.ts';
import { Fragment, h, type VNode } from '../h.ts';
import type { Given } from '../place.ts';
import { t, word } from '../texts.ts';
import { directions, outcomes } from '../words.ts';
import { clockText, dateText, wallOf } from '../zone.ts';
import { ongoing } from '../search/criteria.ts';
import { Plot, type Named } from './plot.ts';
import { daysBack } from './range.ts';
import type { Seen } from './reader.ts';
import { lengthOf, noDirection, shareOf, type Split } from './tally.ts';

/** Seconds that are round on a clock. */
const roundSpans = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];

interface Props {
  seen: Seen;
  split: Split;
  zone: string;
  /** Search of this time, with all that is asked for here. */
  linkTo: (from: number, to: number, more?: Given) => Given;
}

const number = (value: number | null) => (value === null ? '–' : countText(value));
const percent = (value: number | null) => (value === null ? '–' : percentText(value, 0));
const span = (value: number | null) => (value === null ? '–' : spanText(Math.round(value)));

export function Plots({ seen, split, zone, linkTo }: Props): VNode {
  const { tally, frame } = seen;
  const labels = frame.buckets.map(({ label }) => label);
  const link = (more: (series: string | null) => Given) => (at: number, series: string | null) => {
    const bucket = frame.buckets[at];
    return bucket ? linkTo(bucket.from, bucket.to, more(series)) : null;
  };
  const sums = tally.sums();
  const line = (
    name: string,
    title: string,
    colour: string,
    values: (number | null)[],
    text: Named['text'],
  ): Named => ({
    ...{ name, title, colour, values, text, kind: 'line', whole: null },
  });
  // What has not come yet is not nothing.
  const isPast = (at: number) => frame.buckets[at]!.from <= seen.at;
  const past = (values: (number | null)[]) => values.map((value, at) => (isPast(at) ? value : null));
  return h(
    Fragment,
    null,
    h(Plot, {
      ...{ name: 'calls', title: t(frame.step === 'hour' ? 'overview.calls.hour' : 'overview.calls.day'), labels },
      hint: split === 'direction' && tally.tooMany.has('direction') ? t('overview.many') : null,
      ...{ series: [...barsOf(seen, split), ...beforeOf(seen, zone)], valueText: countText, least: 5 },
      linkTo: (at, series) => {
        const bucket = frame.buckets[at];
        if (!bucket) return null;
        if (series === 'before') return linkTo(daysBack(bucket.from, zone, 7), daysBack(bucket.to, zone, 7));
        return linkTo(bucket.from, bucket.to, series === null || series === noDirection ? {} : { [split]: series });
      },
    }),
    h(Plot, {
      ...{ name: 'share', title: t('overview.share'), labels, valueText: percent, least: 1 },
      series: [
        {
          ...line('share', t('overview.asr'), 'plot-answered', past(sums.map(shareOf)), percent),
          whole: percent(shareOf(tally.total)),
        },
      ],
      linkTo: link((series) => (series === null ? {} : { outcome: 'answered' })),
    }),
    h(Plot, {
      ...{ name: 'length', title: t('overview.length'), labels, valueText: span, least: 10, apart: roundSpans },
      series: [
        {
          ...line('length', t('overview.acd'), 'plot-inbound', past(sums.map(lengthOf)), span),
          whole: span(lengthOf(tally.total)),
        },
      ],
      linkTo: link((series) => (series === null ? {} : { outcome: 'answered' })),
    }),
    h(Running, { seen, zone, linkTo }),
  );
}

/** Only those there are: a legend of what did not happen helps nobody. */
function barsOf({ tally }: Seen, split: Split): Named[] {
  if (split === 'direction' && tally.tooMany.has('direction')) return [];
  const names = split === 'outcome' ? outcomes : [...directions, noDirection];
  const bars = names.map((name): Named => {
    const values = tally.column(split, name);
    const whole = values.reduce((sum, value) => sum + value, 0);
    const title = name === noDirection ? t('direction.unknown') : word(split, name);
    return {
      name,
      title,
      colour: `plot-${name}`,
      values,
      kind: 'bar',
      whole: whole === 0 ? null : countText(whole),
      text: number,
    };
  });
  return bars.filter(({ whole }) => whole !== null);
}

/** The same weekday a week before, hour by hour of its clock. */
function beforeOf({ frame, earlier }: Seen, zone: string): Named[] {
  if (!frame.isDay) return [];
  const byHour = earlier.hours();
  const calls = [...byHour.values()].reduce((sum, some) => sum + some, 0);
  if (calls === 0) return [];
  const values = frame.buckets.map(({ from }) => byHour.get(wallOf(from, zone).hour) ?? 0);
  const title = dateText(frame.before.from, zone);
  const whole = countText(calls);
  return [{ name: 'before', title, colour: 'quiet', values, kind: 'dashed', whole, text: number }];
}

/** Its points are closer than the bars. */
function Running({ seen, zone, linkTo }: Omit<Props, 'split'>): VNode {
  const { frame, curve } = seen;
  const steps = curve.steps();
  const labels = steps.map(({ from }) => {
    const [date, clock] = [dateText(from, zone).slice(5), clockText(from, zone).slice(0, 5)];
    return frame.curve === 'quarter' ? clock : frame.curve === 'day' ? date : `${date} ${clock}`;
  });
  const values = steps.map(({ from, peak }) => (from <= seen.at ? peak : null));
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  const series: Named[] = [
    {
      name: 'peak',
      title: t('overview.peak'),
      colour: 'plot-internal',
      values,
      kind: 'line',
      whole: countText(most),
      text: number,
    },
  ];
  return h(Plot, {
    ...{ name: 'running', title: t('overview.running'), labels, series, valueText: countText, least: 3 },
    hint: t('overview.running.ended'),
    linkTo: (at) => {
      if (!steps[at]) return null;
      const { from, to, more } = ongoing(steps[at]);
      return linkTo(from, to, more);
    },
  });
}
