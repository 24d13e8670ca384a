// What is asked for when it comes into sight: there, on its way, or failed.
import { useEffect, useState } from 'preact/hooks';
import { h, type VNode } from '../h.ts';
import { t } from '../texts.ts';

type State<Answer> = { at: 'loading' } | { at: 'there'; answer: Answer } | { at: 'failed'; reason: string };

interface Props<Answer> {
  ask: (signal: AbortSignal) => Promise<Answer>;
  draw: (answer: Answer) => VNode;
}

/** Asked once. */
export function Loaded<Answer>({ ask, draw }: Props<Answer>): VNode {
  const [state, setState] = useState<State<Answer>>({ at: 'loading' });
  useEffect(() => {
    const stop = new AbortController();
    ask(stop.signal).then(
      (answer) => setState({ at: 'there', answer }),
      (error: unknown) => stop.signal.aborted || setState({ at: 'failed', reason: (error as Error).message }),
    );
    return () => stop.abort();
  }, []);
  if (state.at === 'there') return draw(state.answer);
  const failed = state.at === 'failed';
  return h(
    'p',
    { class: failed ? 'fault' : 'quiet' },
    failed ? t('app.failed', { reason: state.reason }) : t('app.loading'),
  );
}
