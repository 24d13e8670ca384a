// The note and the tags of a record: what people write beside it.
import { useState } from 'preact/hooks';
import type { Cdr } from '../../http/dialects/native/answers.ts';
import type { Desk } from '../desk.ts';
import { h, type VNode } from '../h.ts';
import { t } from '../texts.ts';

export function Notes({ desk, cdr, onSaved }: { desk: Desk; cdr: Cdr; onSaved: (cdr: Cdr) => void }): VNode {
  const [told, setTold] = useState<{ kind: 'quiet' | 'fault'; text: string } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const shown = fieldsOf(cdr);
  const mayWrite = desk.who.scope !== 'read';

  const save = async (form: HTMLFormElement) => {
    const fields = [...form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('[name]')];
    const given = fields.map(({ value }) => value);
    const [note = '', tags = ''] = given;
    // What is as it was shown may have been written by somebody else since.
    const body = {
      ...(note === shown[0] ? {} : { note: note.trim() || null }),
      ...(tags === shown[1] ? {} : { tags: tags.split(',').flatMap((tag) => tag.trim() || []) }),
    };
    setBusy(true);
    setTold(null);
    try {
      const saved = await desk.requests.ask<Cdr>('PATCH', `/api/v1/cdrs/${cdr.id}`, { body });
      onSaved(saved);
      fieldsOf(saved).forEach((text, at) => {
        // What was typed meanwhile stays.
        if (fields[at]!.value === given[at]) fields[at]!.value = text;
      });
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
    h('label', null, t('record.note'), h('textarea', { name: 'note', rows: 2, defaultValue: shown[0] })),
    h('label', null, t('record.tags'), h('input', { name: 'tags', defaultValue: shown[1] })),
    h(
      'div',
      { class: 'save' },
      h('button', { type: 'submit', 'aria-disabled': isBusy }, t('record.save')),
      h('p', { class: told?.kind ?? 'quiet', role: 'status' }, told?.text),
    ),
  );
}

/** As the form has them: a browser knows one kind of line end. */
function fieldsOf({ note, tags }: Cdr): [note: string, tags: string] {
  return [(note ?? '').replace(/\r\n?/g, '\n'), tags.join(', ')];
}
