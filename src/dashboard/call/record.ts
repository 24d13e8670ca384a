// One record of a call: what it says, who saw it and why it is classed so, and what people may write beside it.
import { useReducer, useState } from 'preact/hooks';
import type { Cdr } from '../../http/dialects/native/answers.ts';
import type { Desk } from '../desk.ts';
import { spanText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { Disposition } from '../parts/status.ts';
import { t } from '../texts.ts';
import { draftOf } from './drafts.ts';
import { Explained } from './explained.ts';
import { Notes } from './notes.ts';
import { Raw } from './raw.ts';

export function RecordCard({ desk, cdr, isOpen }: { desk: Desk; cdr: Cdr; isOpen: boolean }): VNode {
  const [shown, setShown] = useState(cdr);
  const [, onTyped] = useReducer((count: number) => count + 1, 0);
  const isDraft = Object.keys(draftOf(desk, cdr.id)).length > 0;
  const [isFirstOpen] = useState(isOpen || isDraft);
  return h(
    'details',
    { class: 'record', open: isFirstOpen },
    h(
      'summary',
      null,
      h('b', null, t('call.record', { id: cdr.id })),
      ' ',
      h(Disposition, { disposition: cdr.disposition }),
      ' ',
      h('bdi', null, cdr.src),
      ' → ',
      h('bdi', null, cdr.dst),
      ` · ${spanText(cdr.duration)}`,
      h(
        'span',
        { class: 'tags' },
        isDraft ? [' ', h('span', { class: 'unsaved' }, t('record.unsaved'))] : null,
        shown.tags.map((tag) => h('span', { key: tag, class: 'tag' }, tag)),
      ),
    ),
    h(Notes, { desk, cdr: shown, onSaved: setShown, onTyped: () => onTyped(undefined) }),
    h(Folded, { title: t('record.explain'), body: () => h(Explained, { desk, id: cdr.id }) }),
    h(Folded, { title: t('record.raw'), body: () => h(Raw, { desk, cdr: shown }) }),
  );
}

/** Nothing is asked for before somebody wants to see it. */
function Folded({ title, body }: { title: string; body: () => VNode }): VNode {
  const [isOpen, setOpen] = useState(false);
  const onToggle = (event: Event) => {
    event.stopPropagation();
    setOpen((event.currentTarget as HTMLDetailsElement).open);
  };
  return h('details', { class: 'folded', onToggle }, h('summary', null, title), isOpen ? body() : null);
}
