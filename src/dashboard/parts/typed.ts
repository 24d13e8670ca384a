// A field for text. What somebody is typing is theirs: a view that is drawn anew meanwhile, since a list came, takes none of it back.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { h, type VNode } from '../h.ts';

interface Props {
  name: string;
  /** Shown from the moment it changes, until somebody types. */
  value: string;
  onSet: (text: string) => void;
  [attribute: string]: unknown;
}

export function Typed({ value, onSet, ...attributes }: Props): VNode {
  const box = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    box.current!.value = value;
  }, [value]);
  const onChange = (event: Event) => onSet((event.target as HTMLInputElement).value.trim());
  return h('input', { ref: box, autocapitalize: 'none', spellcheck: false, onChange, ...attributes });
}
