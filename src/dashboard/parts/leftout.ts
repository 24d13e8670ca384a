// What an address says and a view cannot read, said in a line.
import { h, type VNode } from '../h.ts';
import type { LeftOut } from '../leftout.ts';
import { t, type TextKey } from '../texts.ts';

/** What values of these names look like. */
const hints: Readonly<Record<string, TextKey>> = {
  ...{
    min: 'leftout.seconds',
    max: 'leftout.seconds',
    from: 'leftout.time',
    to: 'leftout.time',
    end_from: 'leftout.time',
    zone: 'leftout.zone',
  },
};

/** `labelOf`: what the field of a name is called. It is there when it says nothing, so that it is heard when it does. */
export function LeftOutLine({
  leftOut,
  labelOf,
}: {
  leftOut: readonly LeftOut[];
  labelOf: (name: string) => string;
}): VNode {
  const told = leftOut.map(({ name, value }) => {
    const hint = hints[name];
    return `${labelOf(name)} “${value}”${hint ? ` (${t(hint)})` : ''}`;
  });
  return h(
    'p',
    { class: 'leftout', role: 'status' },
    told.length === 0 ? null : t('leftout', { what: told.join(', ') }),
  );
}
