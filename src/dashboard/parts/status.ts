// What became of a call, or how it stands: a sign, a colour and a word, so that nobody depends on one of them.
import { h, type VNode } from '../h.ts';
import { t, word } from '../texts.ts';

/** Sign and colour. */
const outcomes: Record<string, readonly [sign: string, tone: string]> = {
  answered: ['✓', 'good'],
  voicemail: ['◉', 'note'],
  abandoned: ['⤬', 'bad'],
  cancelled: ['↩', 'wait'],
  missed: ['✕', 'bad'],
  busy: ['■', 'wait'],
  failed: ['!', 'bad'],
};

const states: Record<string, readonly [sign: string, tone: string]> = {
  dialing: ['…', 'wait'],
  ringing: ['◌', 'wait'],
  talking: ['●', 'good'],
  held: ['‖', 'note'],
  system: ['⚙', 'note'],
};

const dispositions: Record<string, string> = {
  ANSWERED: 'answered',
  'NO ANSWER': 'missed',
  BUSY: 'busy',
  FAILED: 'failed',
  CONGESTION: 'failed',
};

/** A sign, a tone and a word. */
export function badge([sign, tone]: readonly [string, string], text: string, more = ''): VNode {
  return h(
    'span',
    { class: `status ${tone} ${more}` },
    h('span', { class: 'sign', 'aria-hidden': 'true' }, sign),
    text,
  );
}

export function Outcome({ outcome }: { outcome: string }): VNode {
  return badge(outcomes[outcome] ?? ['?', 'wait'], word('outcome', outcome));
}

export function LiveState({ state }: { state: string }): VNode {
  return badge(states[state] ?? ['?', 'wait'], word('state', state), state === 'ringing' ? 'beats' : '');
}

/** Asterisk's own word. */
export function Disposition({ disposition }: { disposition: string }): VNode {
  return badge(outcomes[dispositions[disposition] ?? ''] ?? ['?', 'wait'], disposition);
}

const directions: Record<string, string> = { inbound: '↙', outbound: '↗', internal: '↔', transit: '⇄' };

export function Direction({ direction }: { direction: string | null }): VNode {
  const text = direction === null ? t('direction.unknown') : word('direction', direction);
  return h(
    'span',
    { class: 'direction', title: text },
    h('span', { class: 'sign', 'aria-hidden': 'true' }, directions[direction ?? ''] ?? '·'),
    h('span', { class: 'word' }, text),
  );
}
