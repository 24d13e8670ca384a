// A button that opens a sheet below it; Escape or a click elsewhere closes it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { h, type ComponentChildren, type VNode } from '../h.ts';

interface Props {
  /** On the button. */
  label: ComponentChildren;
  /** What the button is called where that is not what stands on it. */
  name?: string;
  children?: ComponentChildren;
}

export function Popover({ label, name, children }: Props): VNode {
  const box = useRef<HTMLDetailsElement>(null);
  // What nobody sees is not there.
  const [isOpen, setOpen] = useState(false);
  useEffect(() => closeElsewhere(box.current!), []);
  return h(
    'details',
    { class: 'menu', ref: box, onToggle: () => setOpen(box.current!.open) },
    h('summary', { 'aria-label': name }, h('span', { class: 'who' }, label)),
    h('div', { class: 'menu-body' }, isOpen ? children : null),
  );
}

function closeElsewhere(box: HTMLDetailsElement): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !box.open) return;
    // Whatever lies under it stays open.
    event.stopPropagation();
    box.open = false;
    box.querySelector('summary')!.focus();
  };
  const onClick = ({ target }: MouseEvent) => {
    if (!box.contains(target as Node)) box.open = false;
  };
  box.addEventListener('keydown', onKey);
  addEventListener('click', onClick);
  return () => {
    box.removeEventListener('keydown', onKey);
    removeEventListener('click', onClick);
  };
}
