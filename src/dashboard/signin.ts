// The sign-in: a user by name and password, or a token.
import { useState } from 'preact/hooks';
import type { Session } from '../http/dialects/native/people.ts';
import type { Requests } from '../client/request.ts';
import { ApiError } from '../client/trouble.ts';
import { reasonText } from './faults.ts';
import { h, type VNode } from './h.ts';
import { signIn } from './session.ts';
import { t } from './texts.ts';

interface Props {
  requests: Requests;
  /** Why one is here again; null: one has just come, or gone. */
  why: WhyOut | null;
  onDone: (who: Session) => Promise<void>;
}

type Way = 'token' | 'user';
/** The session ended by itself; another tab signed out; the address had a token that is no good. */
export type WhyOut = 'over' | 'left' | 'link';

export function SignIn({ requests, why, onDone }: Props): VNode {
  const [way, setWay] = useState<Way>('token');
  const [fault, setFault] = useState<string | null>(why && t(`signin.${why}`));
  const [isBusy, setBusy] = useState(false);

  const enter = async (form: HTMLFormElement) => {
    const given = Object.fromEntries(new FormData(form)) as Record<string, string>;
    const { token = '', name = '', password = '' } = given;
    const isFilled = way === 'token' ? token.trim() !== '' : name !== '' && password !== '';
    if (!isFilled) return setFault(t('signin.missing'));
    setBusy(true);
    setFault(null);
    try {
      await onDone(await signIn(requests, way === 'token' ? { token: token.trim() } : { name, password }));
    } catch (error) {
      setFault(whyNot(error, way));
      setBusy(false);
    }
  };

  return h(
    'main',
    { class: 'signin' },
    h(
      'form',
      {
        'aria-label': t('signin.title'),
        onSubmit: (event: SubmitEvent) => {
          event.preventDefault();
          if (!isBusy) void enter(event.currentTarget as HTMLFormElement);
        },
      },
      h('p', { class: 'mark', 'aria-hidden': 'true' }, 'cdrd'),
      h('h1', null, t('signin.title')),
      h('p', { class: 'quiet' }, t('signin.lead')),
      h(
        'fieldset',
        { class: 'ways' },
        h('legend', null, t('signin.how')),
        (['token', 'user'] as const).map((one) =>
          h(
            'label',
            { key: one },
            h('input', { type: 'radio', name: 'way', value: one, checked: way === one, onChange: () => setWay(one) }),
            t(`signin.${one}`),
          ),
        ),
      ),
      way === 'token'
        ? field('token', t('signin.token'), { type: 'password', autocomplete: 'off' })
        : [
            field('name', t('signin.name'), { autocomplete: 'username' }),
            field('password', t('signin.password'), { type: 'password', autocomplete: 'current-password' }),
          ],
      h('p', { class: 'quiet hint' }, t(`signin.hint.${way}`)),
      h('p', { class: 'fault', role: 'alert' }, fault),
      h(
        'button',
        { type: 'submit', class: 'main', 'aria-disabled': isBusy },
        isBusy ? t('signin.entering') : t('signin.enter'),
      ),
    ),
  );
}

/** In the reader's language where it is the usual mistake; else in cdrd's own words. */
function whyNot(error: unknown, way: Way): string {
  if (!(error instanceof ApiError)) return t('app.offline');
  return error.status === 401 ? t(`signin.wrong.${way}`) : reasonText(error);
}

function field(name: string, label: string, more: Record<string, string>): VNode {
  return h(
    'label',
    { key: name, class: 'field' },
    label,
    h('input', { name, autocapitalize: 'none', spellcheck: false, ...more }),
  );
}
