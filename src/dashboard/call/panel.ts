// A call in full, beside the list it was opened from.
import type { Desk } from '../desk.ts';
import { h, type VNode } from '../h.ts';
import { t } from '../texts.ts';

export function CallPanel({ id, onClose }: { desk: Desk; id: number; onClose: () => void }): VNode {
  return h(
    'aside',
    { class: 'panel' },
    t('call.title', { id }),
    h('button', { type: 'button', onClick: onClose }, t('app.close')),
  );
}
