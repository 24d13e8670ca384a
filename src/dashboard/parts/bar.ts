// The bar on top: where one can go, how the line is, who one is, and what one may choose.
import type { Desk } from '../desk.ts';
import { h, type VNode } from '../h.ts';
import { go, searchOf } from '../place.ts';
import { setPrefs, usePrefs, type Prefs } from '../prefs.ts';
import { views } from '../registry.ts';
import { languages, t } from '../texts.ts';
import { useLines } from './banner.ts';
import { Popover } from './popover.ts';
import { ZonePicker } from './zonepicker.ts';

export function Bar({ desk, view, onLeave }: { desk: Desk; view: string; onLeave: () => void }): VNode {
  return h(
    'header',
    { class: 'bar' },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, 'cdrd'),
    h(
      'nav',
      { 'aria-label': t('nav.label') },
      views.map(({ name, title }) =>
        h(
          'a',
          {
            key: name,
            href: searchOf(name),
            'aria-current': name === view ? 'page' : undefined,
            onClick: (event: MouseEvent) => {
              // A new tab is the browser's.
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              go(name);
            },
          },
          t(title),
        ),
      ),
    ),
    h(LinePill, { desk }),
    h(Menu, { desk, onLeave }),
  );
}

function LinePill({ desk }: { desk: Desk }): VNode {
  const { state, away } = useLines(desk);
  const [kind, text] =
    state === 'live'
      ? away.length > 0
        ? (['wait', t('line.up')] as const)
        : (['good', t('line.up')] as const)
      : state === 'connecting' || state === 'replaying'
        ? (['wait', t('line.wait')] as const)
        : (['bad', t('line.down')] as const);
  return h('span', { class: `pill ${kind}`, 'data-line': state }, text);
}

const themes: readonly Prefs['theme'][] = ['auto', 'light', 'dark'];

function Menu({ desk, onLeave }: { desk: Desk; onLeave: () => void }): VNode {
  const { theme, lang } = usePrefs();
  const choice = <Value extends string>(
    label: string,
    value: Value,
    options: [Value, string][],
    set: (to: Value) => void,
  ) =>
    h(
      'label',
      null,
      label,
      h(
        'select',
        { value, onChange: (event: Event) => set((event.target as HTMLSelectElement).value as Value) },
        options.map(([name, text]) => h('option', { key: name, value: name, selected: name === value }, text)),
      ),
    );
  return h(
    Popover,
    { label: nameOf(desk), name: `${nameOf(desk)}: ${t('app.settings')}` },
    h('p', { class: 'quiet' }, `${nameOf(desk)} · ${scopeOf(desk)}`),
    choice(
      t('app.theme'),
      theme,
      themes.map((one) => [one, t(`app.theme.${one}`)]),
      (to) => setPrefs({ theme: to }),
    ),
    choice(t('app.lang'), lang, Object.entries(languages) as [Prefs['lang'], string][], (to) => setPrefs({ lang: to })),
    h(ZonePicker, null),
    h('a', { href: 'docs' }, t('app.docs')),
    h('button', { type: 'button', onClick: onLeave }, t('app.signout')),
  );
}

function nameOf({ who }: Desk): string {
  return who.kind === 'token' ? t('app.who.token', { name: who.name }) : who.name;
}

function scopeOf({ who: { companies, extensions } }: Desk): string {
  const seen = companies === null ? t('app.who.all') : t('app.who.some', { companies: companies.join(', ') });
  if (extensions === null) return seen;
  return `${seen}, ${t('app.who.extensions', { extensions: extensions.join(', ') })}`;
}
