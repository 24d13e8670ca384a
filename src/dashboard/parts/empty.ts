// Nothing to see here, why, and what to do next.
import { h, type ComponentChildren, type VNode } from '../h.ts';

export function Empty({ title, children }: { title: string; children?: ComponentChildren }): VNode {
  return h('div', { class: 'empty' }, h('p', { class: 'empty-title' }, title), children);
}
