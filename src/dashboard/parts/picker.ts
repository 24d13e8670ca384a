// From and to on the clock of the zone, as a browser lets one pick them.
import { h, type VNode } from '../h.ts';
import { t } from '../texts.ts';
import { pickedAt, pickerText } from '../zone.ts';
import { Typed } from './typed.ts';

interface Props {
  /** Milliseconds; null: open. */
  span: { from: number | null; to: number | null };
  zone: string;
  /** Seconds between what can be picked; a minute when absent. */
  step?: number;
  /** RFC 3339; empty: open. */
  onSet: (more: { from?: string; to?: string }) => void;
}

export function Picker({ span, zone, step = 60, onSet }: Props): VNode {
  const end = (name: 'from' | 'to', label: string) =>
    h(
      'label',
      { key: name },
      h('span', null, label),
      h(Typed, {
        ...{ type: 'datetime-local', name, step },
        value: span[name] === null ? '' : pickerText(span[name], zone),
        onSet: (text) => {
          const at = pickedAt(text, zone);
          onSet({ [name]: at === null ? '' : new Date(at).toISOString() });
        },
      }),
    );
  return h('span', { class: 'picker' }, end('from', t('search.from')), end('to', t('search.to')));
}
