// The note and the tags of a record: what people write beside it; what is not saved yet stays (drafts.ts).
import { useRef, useState } from 'preact/hooks';
import type { Cdr } from '../../http/dialects/native/answers.ts';
import type { Desk } from '../desk.ts';
import { h, type VNode } from '../h.ts';
import { faultText } from '../faults.ts';
import { t } from '../texts.ts';
import { draftOf, fields, keepDraft, tagsIn, type Draft } from './drafts.ts';

interface Props {
  desk: Desk;
  cdr: Cdr;
  onSaved: (cdr: Cdr) => void;
  /** What is not saved has changed. */
  onTyped: () => void;
}

export function Notes({ desk, cdr, onSaved, onTyped }: Props): VNode {
  const [told, setTold] = useState<{ kind: 'quiet' | 'fault'; text: string } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const shown = fieldsOf(cdr);
  const draft = draftOf(desk, cdr.id);
  const isDraft = Object.keys(draft).length > 0;
  const mayWrite = desk.who.scope !== 'read';
  const keep = (kept: Draft) => {
    keepDraft(desk, cdr.id, kept);
    onTyped();
  };
  const boxOf = (name: string) =>
    form.current!.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[name=${name}]`)!;
  const onInput = () => {
    setTold(null);
    const typed: Partial<Record<Field, string>> = {};
    for (const name of fields) if (boxOf(name).value !== shown[name]) typed[name] = boxOf(name).value;
    keep(typed);
  };
  const discard = () => {
    keep({});
    for (const name of fields) boxOf(name).value = shown[name];
    boxOf('note').focus();
  };

  const save = async () => {
    const { note, tags } = draft;
    // What is as it was shown may have been written by somebody else since.
    const body = {
      ...(note === undefined ? {} : { note: note.trim() || null }),
      ...(tags === undefined ? {} : { tags: tagsIn(tags, cdr.tags) }),
    };
    setBusy(true);
    setTold(null);
    try {
      const saved = await desk.requests.ask<Cdr>('PATCH', `/api/v1/cdrs/${cdr.id}`, { body });
      const now = fieldsOf(saved);
      const typed = draftOf(desk, cdr.id);
      // What was typed meanwhile stays.
      keep(Object.fromEntries(Object.entries(typed).filter(([name, text]) => text !== draft[name as Field])));
      for (const name of form.current ? fields : []) {
        if (typed[name] === draft[name]) boxOf(name).value = now[name];
      }
      onSaved(saved);
      setTold({ kind: 'quiet', text: t('record.saved') });
    } catch (error) {
      setTold({ kind: 'fault', text: faultText(error) });
    }
    setBusy(false);
  };

  if (!mayWrite) {
    return h(
      'div',
      { class: 'notes' },
      cdr.note === null ? null : h('p', { class: 'note' }, cdr.note),
      h('p', { class: 'quiet' }, t('record.readonly')),
    );
  }
  return h(
    'form',
    {
      ...{ class: 'notes', ref: form, onInput },
      onSubmit: (event: SubmitEvent) => {
        event.preventDefault();
        if (!isBusy) void save();
      },
    },
    h(
      'label',
      null,
      t('record.note'),
      h('textarea', { name: 'note', rows: 2, defaultValue: draft.note ?? shown.note }),
    ),
    h('label', null, t('record.tags'), h('input', { name: 'tags', defaultValue: draft.tags ?? shown.tags })),
    h(
      'div',
      { class: 'save' },
      h('button', { type: 'submit', 'aria-disabled': isBusy }, t('record.save')),
      isDraft ? h('button', { type: 'button', onClick: discard }, t('record.discard')) : null,
      h('p', { class: told?.kind ?? 'quiet', role: 'status' }, told?.text),
    ),
  );
}

type Field = (typeof fields)[number];

/** As the form has them: a browser knows one kind of line end. */
function fieldsOf({ note, tags }: Cdr): Record<Field, string> {
  return { note: (note ?? '').replace(/\r\n?/g, '\n'), tags: tags.join(', ') };
}
