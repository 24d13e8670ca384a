// What is asked for when it comes into sight: there, on its way, or failed.
import { useEffect, useState } from 'preact/hooks';
import { faultText, useAgain } from '../faults.ts';
import { h, type VNode } from '../h.ts';
import { t } from '../texts.ts';

type State<Answer> = { at: 'loading' } | { at: 'there'; answer: Answer } | { at: 'failed'; fault: unknown };

interface Props<Answer> {
  ask: (signal: AbortSignal) => Promise<Answer>;
  draw: (answer: Answer) => VNode;
}

/** Asked once, and again after what passes. */
export function Loaded<Answer>({ ask, draw }: Props<Answer>): VNode {
  const [state, setState] = useState<State<Answer>>({ at: 'loading' });
  const again = useAgain(state.at === 'failed' ? state.fault : null);
  useEffect(() => {
    const stop = new AbortController();
    ask(stop.signal).then(
      (answer) => setState({ at: 'there', answer }),
      (error: unknown) => stop.signal.aborted || setState({ at: 'failed', fault: error }),
    );
    return () => stop.abort();
  }, [again]);
  if (state.at === 'there') return draw(state.answer);
  if (state.at === 'failed') return h('p', { class: 'fault' }, faultText(state.fault));
  return h('p', { class: 'quiet' }, t('app.loading'));
}
