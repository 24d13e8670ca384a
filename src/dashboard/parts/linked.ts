// A link to Search that keeps the page.
import { h, type ComponentChildren, type VNode } from '../h.ts';
import { go, searchOf, type Given } from '../place.ts';

export function Linked({ given, children }: { given: Given; children?: ComponentChildren }): VNode {
  const onClick = (event: MouseEvent) => {
    // A new tab is the browser's.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go('search', given);
  };
  return h('a', { href: searchOf('search', given), onClick }, children);
}
