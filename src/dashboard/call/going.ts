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

/** `now`: the daemon's clock; of a call that is over and has no record yet, who was in it last. */
export function Going({ row, now }: { row: Row; now: number }): VNode {
  const { zone } = usePrefs();
  const call = row.live!;
  const isGoing = isLive(row);
  const line = lineOf({ ...row, call: null });
  const since = (iso: string) => spanText((now - Date.parse(iso)) / 1000);
  const sinceText = (iso: string) => ` ${t('going.since', { time: clockText(Date.parse(iso), zone) })} · ${since(iso)}`;
  const leg = ({ state, since: from, from: one, to }: Leg, at: number) =>
    h(
      'li',
      { key: at, class: 'leg' },
      h('b', null, one.number ?? '?'),
      to === null ? null : [' → ', h('b', null, to.number ?? '?')],
      isGoing ? [' ', h(LiveState, { state }), h('span', { class: 'quiet' }, sinceText(from))] : null,
    );
  return h(
    'div',
    { class: 'whole', 'data-going': isGoing },
    h(
      'div',
      { class: 'headline' },
      h(Parties, line),
      h(
        'p',
        null,
        isGoing ? [h(LiveState, { state: call.state }), ' '] : null,
        h(Direction, { direction: call.direction }),
      ),
    ),
    isGoing ? null : h('p', { role: 'status' }, t(row.reason === 'unknown' ? 'live.unknown' : 'going.over')),
    h(Facts, {
      facts: [
        [t('call.start'), momentText(call.start, zone)],
        [t('call.span'), isGoing ? since(call.start) : line.seconds === null ? null : spanText(line.seconds)],
        // The feed tells of the legs that there are now: what was talked on those before, only the records say.
        [t('going.talk'), isGoing && call.answer !== null ? since(call.answer) : null],
        [t('call.answered_by'), line.answeredBy],
        [t('column.company'), line.companies.join(', ') || null],
        [t('column.extensions'), call.extensions.join(', ') || null],
        [t('column.system'), call.system],
      ],
    }),
    h('h3', null, t(isGoing ? 'going.legs' : 'going.last')),
    h('ul', { class: 'going' }, call.legs.map(leg)),
  );
}
