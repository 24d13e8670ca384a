// A call that goes on, as the feed tells it: who is in it, how each stands, and since when.
import type { NativeLiveCall } from '../../http/dialects/native/liveshape.ts';
import { momentText, spanText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { isLive, type Row } from '../live/board.ts';
import { lineOf } from '../live/line.ts';
import { Direction, LiveState } from '../parts/status.ts';
import { usePrefs } from '../prefs.ts';
import { t } from '../texts.ts';
import { clockText } from '../zone.ts';
import { Facts, Parties } from './facts.ts';

type Leg = NativeLiveCall['legs'][number];

/** `now`: the daemon's clock; a call that is over and has no record yet is shown as it was told last. */
export function Going({ row, now }: { row: Row; now: number }): VNode {
  const { zone } = usePrefs();
  const call = row.live!;
  const isGoing = isLive(row);
  const line = lineOf({ ...row, call: null });
  const since = (iso: string) => spanText((now - Date.parse(iso)) / 1000);
  const leg = ({ state, since: from, from: one, to }: Leg, at: number) =>
    h(
      'li',
      { key: at, class: 'leg' },
      h('b', null, one.number ?? '?'),
      to === null ? null : [' → ', h('b', null, to.number ?? '?')],
      ' ',
      h(LiveState, { state }),
      h('span', { class: 'quiet' }, ` ${t('going.since', { time: clockText(Date.parse(from), zone) })}`),
      isGoing ? h('span', { class: 'quiet' }, ` · ${since(from)}`) : null,
    );
  return h(
    'div',
    { class: 'whole', 'data-going': isGoing },
    h(
      'div',
      { class: 'headline' },
      h(Parties, line),
      h('p', null, h(LiveState, { state: call.state }), ' ', h(Direction, { direction: call.direction })),
    ),
    isGoing ? null : h('p', { role: 'status' }, t(row.reason === 'unknown' ? 'live.unknown' : 'going.over')),
    h(Facts, {
      facts: [
        [t('call.start'), momentText(call.start, zone)],
        [t('call.span'), isGoing ? since(call.start) : null],
        [t('call.talk'), isGoing && call.answer !== null ? since(call.answer) : null],
        [t('call.answered_by'), line.answeredBy],
        [t('column.company'), line.companies.join(', ') || null],
        [t('column.extensions'), call.extensions.join(', ') || null],
        [t('column.system'), call.system],
      ],
    }),
    h('h3', null, t('going.legs')),
    h('ul', { class: 'going' }, call.legs.map(leg)),
  );
}
