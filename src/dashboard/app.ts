// The frame of the page: signed in or not, the bar on top, the banner, and the view that the URL names.
import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../http/dialects/native/people.ts';
import type { Desk } from './desk.ts';
import { h, type ComponentType, type VNode } from './h.ts';
import { Board } from './live/board.ts';
import { Watch } from './live/watch.ts';
import { Banner } from './parts/banner.ts';
import { Bar } from './parts/bar.ts';
import { Empty } from './parts/empty.ts';
import { usePlace, type Place } from './place.ts';
import { usePrefs } from './prefs.ts';
import { views, type ViewProps } from './registry.ts';
import { clockOffset, requestsHere, signIn, signOut, tokenInAddress, whoIs } from './session.ts';
import { SignIn } from './signin.ts';
import { t } from './texts.ts';

type State = { at: 'asking' } | { at: 'away' } | { at: 'out'; isOver: boolean } | { at: 'in'; desk: Desk };

export function App(): VNode {
  const { theme, lang } = usePrefs();
  const [state, setState] = useState<State>({ at: 'asking' });
  const [requests] = useState(requestsHere);

  const enter = async (who: Session) => {
    const board = new Board();
    const watch = new Watch(requests, board, () => setState({ at: 'out', isOver: true }));
    const desk = { requests, who, board, watch, offsetMs: await clockOffset() };
    watch.run();
    setState({ at: 'in', desk });
  };
  const begin = async () => {
    const token = tokenInAddress();
    try {
      const who = token === null ? await whoIs(requests) : await signIn(requests, { token }).catch(() => null);
      if (who) await enter(who);
      else setState({ at: 'out', isOver: false });
    } catch {
      setState({ at: 'away' });
    }
  };
  const leave = async (desk: Desk) => {
    desk.watch.stop();
    await signOut(requests);
    setState({ at: 'out', isOver: false });
  };

  useEffect(() => void begin(), []);
  useEffect(() => {
    const root = document.documentElement;
    root.lang = lang;
    if (theme === 'auto') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
  }, [theme, lang]);

  if (state.at === 'asking') return h('p', { class: 'loading' }, t('app.loading'));
  if (state.at === 'away') {
    const again = h('button', { type: 'button', onClick: () => void begin() }, t('app.retry'));
    return h('main', null, h(Empty, { title: t('app.offline') }, again));
  }
  if (state.at === 'out') return h(SignIn, { requests, isOver: state.isOver, onDone: enter });
  return h(House, { key: lang, desk: state.desk, onLeave: () => void leave(state.desk) });
}

function House({ desk, onLeave }: { desk: Desk; onLeave: () => void }): VNode {
  const place = usePlace();
  const name = place.view === '' ? views[0]!.name : place.view;
  return h(
    'div',
    { class: 'house' },
    h('a', { class: 'skip', href: '#main' }, t('nav.skip')),
    h(Bar, { desk, view: name, onLeave }),
    h(Banner, { desk }),
    h('main', { id: 'main', tabIndex: -1 }, h(Stage, { key: name, desk, name, place })),
  );
}

/** A view is loaded when it is first opened; what is loaded stays. */
const loaded = new Map<string, ComponentType<ViewProps>>();

function Stage({ desk, name, place }: { desk: Desk; name: string; place: Place }): VNode {
  const entry = views.find((view) => view.name === name);
  const [isStale, setStale] = useState(false);
  const [, again] = useState(0);
  useEffect(() => {
    if (!entry) return;
    document.title = `${t(entry.title)} · cdrd`;
    if (loaded.has(name)) return;
    // Its file is gone when cdrd was updated under an open page.
    entry.load().then(
      ({ View }) => (loaded.set(name, View), again((count) => count + 1)),
      () => setStale(true),
    );
  }, [name]);
  if (!entry) return h(Empty, { title: t('app.nowhere') });
  if (isStale) {
    const reload = h('button', { type: 'button', onClick: () => location.reload() }, t('app.reload'));
    return h(Empty, { title: t('app.stale') }, reload);
  }
  const View = loaded.get(name);
  return View ? h(View, { desk, given: place.given }) : h('p', { class: 'loading' }, t('app.loading'));
}
