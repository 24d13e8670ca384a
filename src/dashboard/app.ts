// The frame of the page: signed in or not, the bar on top, the banner, and the view that the URL names.
import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../http/dialects/native/people.ts';
import type { Requests } from '../client/request.ts';
import { ApiError } from '../client/trouble.ts';
import type { Desk } from './desk.ts';
import { h, type VNode } from './h.ts';
import { Board } from './live/board.ts';
import { Watch } from './live/watch.ts';
import { Banner } from './parts/banner.ts';
import { Bar } from './parts/bar.ts';
import { Empty } from './parts/empty.ts';
import { usePlace } from './place.ts';
import { usePrefs } from './prefs.ts';
import { views } from './registry.ts';
import { clockOffset, farewells, requestsHere, signIn, signOut, tokenInAddress, whoIs } from './session.ts';
import { SignIn, type WhyOut } from './signin.ts';
import { loadOthers, Stage } from './stage.ts';
import { t } from './texts.ts';

type State = { at: 'asking' } | { at: 'away' } | { at: 'out'; why: WhyOut | null } | { at: 'in'; desk: Desk };

/** After these the other views are loaded. */
const othersMs = 100;

export function App(): VNode {
  const { theme, lang } = usePrefs();
  const [state, setState] = useState<State>({ at: 'asking' });
  const [requests] = useState(requestsHere);

  const enter = async (who: Session) => {
    const offsetMs = await clockOffset();
    const board = new Board(() => Date.now() + offsetMs);
    const over = () => {
      stop(watch);
      setState({ at: 'out', why: 'over' });
    };
    const watch = new Watch(requests, board, over);
    requests.onOver = over;
    const desk = { requests, who, board, watch, offsetMs };
    watch.run();
    setState({ at: 'in', desk });
    setTimeout(() => void loadOthers(), othersMs);
  };
  /** Nobody is in any more: what is asked now is asked by whoever signs in. */
  const stop = (watch: Watch) => {
    requests.onOver = () => undefined;
    watch.stop();
  };
  const begin = async () => {
    const token = tokenInAddress();
    try {
      const who = token === null ? await whoIs(requests) : await signInBy(requests, token);
      if (who) await enter(who);
      else setState({ at: 'out', why: token === null ? null : 'link' });
    } catch {
      setState({ at: 'away' });
    }
  };
  const leave = async (desk: Desk) => {
    stop(desk.watch);
    await signOut(requests);
    farewells.tell();
    setState({ at: 'out', why: null });
  };

  useEffect(() => void begin(), []);
  const desk = state.at === 'in' ? state.desk : null;
  useEffect(() => {
    // The session is that of all tabs.
    const stopHearing = farewells.hear(() => {
      if (!desk) return;
      stop(desk.watch);
      setState({ at: 'out', why: 'left' });
    });
    // A link with a token was followed in a tab that has the page already.
    const onHash = () => {
      if (!location.hash.startsWith('#token=')) return;
      if (desk) stop(desk.watch);
      setState({ at: 'asking' });
      void begin();
    };
    addEventListener('hashchange', onHash);
    return () => {
      stopHearing();
      removeEventListener('hashchange', onHash);
    };
  }, [desk]);
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
  if (state.at === 'out') return h(SignIn, { requests, why: state.why, onDone: enter });
  return h(House, { key: lang, desk: state.desk, onLeave: () => void leave(state.desk) });
}

/** null: it is no good. @throws TypeError when cdrd is away */
async function signInBy(requests: Requests, token: string): Promise<Session | null> {
  return signIn(requests, { token }).catch((error: unknown) => {
    if (error instanceof ApiError && error.status < 500) return null;
    throw error;
  });
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
