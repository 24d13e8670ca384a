// Which columns are shown; this browser keeps the choice.
import { h, type VNode } from '../h.ts';
import { Popover } from '../parts/popover.ts';
import { currentPrefs, setPrefs } from '../prefs.ts';
import { t, word } from '../texts.ts';
import { columnNames, usualColumns } from './columns.ts';
import type { Kind } from './criteria.ts';

export function chosenColumns(kind: Kind): readonly string[] {
  const kept = currentPrefs().columns[kind]?.filter((name) => columnNames[kind].includes(name)) ?? [];
  return kept.length > 0 ? kept : usualColumns[kind];
}

export function ColumnChooser({ kind }: { kind: Kind }): VNode {
  const chosen = chosenColumns(kind);
  const set = (columns: readonly string[]) => setPrefs({ columns: { ...currentPrefs().columns, [kind]: columns } });
  const box = (name: string) =>
    h(
      'label',
      { key: name },
      h('input', {
        type: 'checkbox',
        checked: chosen.includes(name),
        // The last one stays: a table without columns is none.
        disabled: chosen.length === 1 && chosen[0] === name,
        onChange: () => set(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]),
      }),
      word('column', name),
    );
  return h(
    Popover,
    { label: t('search.columns') },
    h('div', { class: 'boxes', role: 'group', 'aria-label': t('search.columns') }, columnNames[kind].map(box)),
    h('button', { type: 'button', onClick: () => set([]) }, t('search.columns.usual')),
  );
}
