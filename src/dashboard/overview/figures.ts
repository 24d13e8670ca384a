// The few numbers that say how it goes, each beside what it was as long a time before.
import { useEffect, useState } from 'preact/hooks';
import type { Desk } from '../desk.ts';
import { countText, percentText, spanText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { isLive, type Board } from '../live/board.ts';
import { lineOf } from '../live/line.ts';
import { t } from '../texts.ts';
import { clockText, dateText } from '../zone.ts';
import { concerns } from './change.ts';
import type { Seen } from './reader.ts';
import { lengthOf, shareOf, type Sums } from './tally.ts';

interface Props {
  seen: Seen;
  desk: Desk;
  zone: string;
  /** Handle; empty: all. */
  company: string;
}

export function Figures({ seen, desk, zone, company }: Props): VNode {
  const { tally } = seen;
  const before = seen.earlier.upTo(seen.at);
  const live = useLive(desk.board, company);
  const peak = Math.max(0, ...seen.curve.steps().map((step) => step.peak));
  const percent = (sums: Sums) => {
    const share = shareOf(sums);
    return share === null ? '–' : percentText(share, 1);
  };
  const length = (sums: Sums) => {
    const seconds = lengthOf(sums);
    return seconds === null ? '–' : spanText(Math.round(seconds));
  };
  const figure = (name: string, title: string, now: string, below: string | null) =>
    h(
      'div',
      { key: name, class: 'figure', 'data-figure': name },
      h('dt', null, title),
      h('dd', { class: 'value' }, now),
      h('dd', { class: 'quiet' }, below ?? ''),
    );
  const of = (told: (sums: Sums) => string) =>
    before === null ? null : t('overview.before', { value: told(before.sums) });
  return h(
    'div',
    { class: 'figures' },
    h(
      'dl',
      null,
      figure(
        'calls',
        t('overview.calls'),
        countText(tally.total.calls),
        of(({ calls }) => countText(calls)),
      ),
      figure('asr', t('overview.asr.long'), percent(tally.total), of(percent)),
      figure('acd', t('overview.acd.long'), length(tally.total), of(length)),
      figure(
        'talk',
        t('overview.talk'),
        spanText(tally.total.talk),
        of(({ talk }) => spanText(talk)),
      ),
      figure('peak', t('overview.peak'), countText(peak), t('overview.peak.ended')),
      desk.board.tellsLive ? figure('live', t('overview.live'), countText(live), null) : null,
    ),
    before
      ? h(
          'p',
          { class: 'quiet' },
          t(seen.at < seen.frame.to ? 'overview.before.open' : 'overview.before.is', {
            ...{ from: momentOf(before.span.from, zone), to: momentOf(before.span.to, zone) },
            now: clockText(seen.at, zone).slice(0, 5),
          }),
        )
      : null,
  );
}

function momentOf(ms: number, zone: string): string {
  return `${dateText(ms, zone)} ${clockText(ms, zone).slice(0, 5)}`;
}

/** Calls that go on now and concern the company. */
function useLive(board: Board, company: string): number {
  const count = () => board.rows.filter((row) => isLive(row) && concerns(lineOf(row), company)).length;
  const [live, setLive] = useState(count);
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      frame = 0;
      setLive(count());
    };
    draw();
    const stop = board.watch(() => (frame ||= requestAnimationFrame(draw)));
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [board, company]);
  return live;
}
