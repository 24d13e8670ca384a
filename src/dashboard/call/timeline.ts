// The legs of a call, one below the other, to scale: what is light rings, what is full is connected.
import type { WholeCall } from '../../http/dialects/native/callshape.ts';
import { clockText } from '../zone.ts';
import { isolated, spanText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { t, word } from '../texts.ts';
import { scaleOf, type Bar } from './scale.ts';

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

export function Timeline({ call, zone }: { call: WholeCall; zone: string }): VNode {
  const { seconds, bars, marks } = scaleOf(call);
  return h(
    'figure',
    { class: 'timeline', 'aria-label': t('call.timeline.label', { span: spanText(seconds) }) },
    h(
      'ol',
      null,
      bars.map((bar, at) =>
        h(
          'li',
          { key: at },
          h(
            'span',
            { class: 'leg' },
            h('b', null, bar.from),
            ' → ',
            h('b', null, bar.to),
            h('span', { class: 'quiet' }, ` ${word('result', bar.result)}`),
          ),
          h(
            'span',
            { class: 'track', role: 'img', 'aria-label': sayOf(bar), title: sayOf(bar) },
            h('span', { class: 'ring', style: { left: percent(bar.left), width: percent(bar.ringing) } }),
            bar.talking > 0
              ? h('span', {
                  class: `talk ${bar.result}`,
                  style: { left: percent(bar.left + bar.ringing), width: percent(bar.talking) },
                })
              : null,
          ),
        ),
      ),
    ),
    h(
      'div',
      { class: 'axis', 'aria-hidden': 'true' },
      marks.map((mark) => h('span', { key: mark.seconds, style: { left: percent(mark.at) } }, spanText(mark.seconds))),
    ),
    h(
      'figcaption',
      { class: 'quiet' },
      h('span', null, `${clockText(Date.parse(call.start), zone)} – ${clockText(Date.parse(call.end), zone)}`),
      h('span', { class: 'legend' }, h('i', { class: 'ring' }), t('call.legend.ring')),
      h('span', { class: 'legend' }, h('i', { class: 'talk' }), t('call.legend.talk')),
    ),
  );
}

function sayOf({ from, to, result, rang, talked }: Bar): string {
  const values = {
    from: isolated(from),
    to: isolated(to),
    result: word('result', result),
    ring: spanText(rang),
    talk: spanText(talked),
  };
  return t(talked > 0 ? 'call.leg.answered' : 'call.leg.unanswered', values);
}
