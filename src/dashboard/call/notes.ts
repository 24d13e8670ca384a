// The note and the tags of a record: what people write beside it.
import { useState } from 'preact/hooks';
import type { Cdr } from '../../http/dialects/native/answers.ts';
import type { Desk } from '../desk.ts';
import { h, type VNode } from '../h.ts';
import { t } from '../texts.ts';

export function Notes({ desk, cdr, onSaved }: { desk: Desk; cdr: Cdr; onSaved: (cdr: Cdr) => void }): VNode {
  const [told, setTold] = useState<{ kind: 'quiet' | 'fault'; text: string } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const mayWrite = desk.who.scope !== 'read';

  const save = async (form: HTMLFormElement) => {
    const given = new FormData(form);
    const note = textOf(given.get('note')).trim();
    const tags = textOf(given.get('tags'))
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '');
    setBusy(true);
    setTold(null);
    try {
      const body = { note: note === '' ? null : note, tags };
      onSaved(await desk.requests.ask<Cdr>('PATCH', `/api/v1/cdrs/${cdr.id}`, { body }));
      setTold({ kind: 'quiet', text: t('record.saved') });
    } catch (error) {
      setTold({ kind: 'fault', text: (error as Error).message });
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
      class: 'notes',
      onSubmit: (event: SubmitEvent) => {
        event.preventDefault();
        if (!isBusy) void save(event.currentTarget as HTMLFormElement);
      },
    },
    h('label', null, t('record.note'), h('textarea', { name: 'note', rows: 2, defaultValue: cdr.note ?? '' })),
    h('label', null, t('record.tags'), h('input', { name: 'tags', defaultValue: cdr.tags.join(', ') })),
    h(
      'div',
      { class: 'save' },
      h('button', { type: 'submit', 'aria-disabled': isBusy }, t('record.save')),
      h('p', { class: told?.kind ?? 'quiet', role: 'status' }, told?.text),
    ),
  );
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value : '';
}
