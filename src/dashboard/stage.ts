// The view that the URL names: its file is loaded when it is first opened, and asked for again where it did not come.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Desk } from './desk.ts';
import { againMs } from './faults.ts';
import { h, type ComponentType, type VNode } from './h.ts';
import { Empty } from './parts/empty.ts';
import type { Place } from './place.ts';
import { views, type ViewProps } from './registry.ts';
import { t } from './texts.ts';

/** The view that is opened is loaded first, the others right behind it: they are there when cdrd is not. */
const loaded = new Map<string, ComponentType<ViewProps>>();

async function loadView(entry: (typeof views)[number]): Promise<void> {
  const { View } = await entry.load();
  loaded.set(entry.name, View);
}

/** What did not come is asked for when it is opened. */
export async function loadOthers(): Promise<void> {
  await Promise.allSettled(views.map(loadView));
  document.documentElement.dataset['views'] = String(loaded.size);
}

/** Each wait is twice the one before, up to this. */
const againMostMs = 60_000;

export function Stage({ desk, name, place }: { desk: Desk; name: string; place: Place }): VNode {
  const entry = views.find((view) => view.name === name);
  /** Why its file did not come. */
  const [missing, setMissing] = useState<'stale' | 'away' | null>(null);
  const [tried, again] = useState(0);
  const [, draw] = useState(0);
  const failures = useRef(0);
  const retry = () => {
    failures.current = 0;
    setMissing(null);
    again((count) => count + 1);
  };
  const isLive = useIsLive(desk);
  useEffect(() => {
    if (isLive && missing === 'away') retry();
  }, [isLive]);
  useEffect(() => {
    if (!entry) return undefined;
    document.title = `${t(entry.title)} · cdrd`;
    if (loaded.has(name)) return undefined;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      const isLoaded = await loadView(entry).then(
        () => true,
        () => false,
      );
      // Its file is gone when cdrd was updated under an open page; or nobody answers.
      const isThere =
        isLoaded ||
        (await fetch('healthz')
          .then(() => true)
          .catch(() => false));
      if (isOver) return;
      if (isLoaded) return draw((count) => count + 1);
      setMissing(isThere ? 'stale' : 'away');
      if (isThere) return;
      timer = setTimeout(() => again((count) => count + 1), Math.min(againMs * 2 ** failures.current, againMostMs));
      failures.current += 1;
    };
    void load();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [name, tried]);
  if (!entry) return h(Empty, { title: t('app.nowhere') });
  const View = loaded.get(name);
  return View ? h(View, { desk, given: place.given }) : h('div', { role: 'status' }, told());

  function told(): VNode {
    if (missing === null) return h('p', { class: 'loading' }, t('app.loading'));
    const button = (text: string, onClick: () => void) => h('button', { type: 'button', onClick }, text);
    return missing === 'away'
      ? h(Empty, { title: t('app.away') }, button(t('app.retry'), retry))
      : h(
          Empty,
          { title: t('app.stale') },
          button(t('app.reload'), () => location.reload()),
        );
  }
}

/** Whether the feed is there; what else the lines tell is nothing to a view as a whole. */
function useIsLive({ watch }: Desk): boolean {
  const [isLive, setLive] = useState(watch.lines.state === 'live');
  useEffect(() => watch.watch(() => setLive(watch.lines.state === 'live')), [watch]);
  return isLive;
}
