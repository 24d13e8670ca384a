// Rows that could not be understood: why, as they came, and what can be done with them.
import { useEffect, useState } from 'preact/hooks';
import type { Reject } from '../../http/dialects/native/rejects.ts';
import { Rejects as Rows } from '../../client/rejects.ts';
import type { Requests } from '../../client/request.ts';
import { ApiError } from '../../client/trouble.ts';
import { countText, momentText } from '../format.ts';
import { faultText, reasonText, useAgain } from '../faults.ts';
import { h, type VNode } from '../h.ts';
import { t } from '../texts.ts';

interface Props {
  requests: Requests;
  zone: string;
  /** Read anew when it changes. */
  now: number;
  onChanged: () => void;
}

const pageRows = 20;

export function Rejects({ requests, zone, now, onChanged }: Props): VNode {
  const rows = new Rows(requests);
  const [shown, setShown] = useState<{ rejects: readonly Reject[]; more: boolean } | null>(null);
  const [told, setTold] = useState('');
  const [fault, setFault] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const [isSure, setSure] = useState(false);

  /** With what was done first; whatever goes wrong is told. */
  const run = async (work: () => Promise<string>) => {
    setBusy(true);
    setFault(null);
    setSure(false);
    try {
      setTold(await work());
      const page = await rows.list({ limit: Math.max(pageRows, shown?.rejects.length ?? 0) });
      setShown(page);
    } catch (error) {
      setFault(error);
      // What somebody did is not done again by itself.
      setTold(shown === null ? faultText(error) : t('app.failed', { reason: reasonText(error) }));
    }
    setBusy(false);
  };
  const again = useAgain(shown === null ? fault : null);
  useEffect(() => void run(() => Promise.resolve('')), [now, again]);

  const retryAll = async () => {
    const sum = { created: 0, duplicate: 0, rejected: 0 };
    let after = 0;
    for (;;) {
      const part = await rows.retryAll({ after });
      sum.created += part.created;
      sum.duplicate += part.duplicate + part.expired;
      sum.rejected += part.rejected;
      after = part.after;
      if (!part.more) break;
    }
    onChanged();
    return t('rejects.retried', sum);
  };
  const discardAll = async () => {
    let count = 0;
    for (;;) {
      const { discarded, more } = await rows.discardAll();
      count += discarded;
      if (!more || discarded === 0) break;
    }
    onChanged();
    return t('rejects.discarded', { count: countText(count) });
  };
  const retry = async ({ id }: Reject) => {
    try {
      await rows.retry(id);
    } catch (error) {
      if (error instanceof ApiError && error.status === 422) return t('rejects.stays', { id, reason: error.message });
      throw error;
    }
    onChanged();
    return t('rejects.retried.one', { id });
  };
  const discard = async ({ id }: Reject) => {
    await rows.discard(id);
    onChanged();
    return t('rejects.discarded.one', { id });
  };
  const more = async () => {
    const before = shown?.rejects.at(-1)?.id;
    const page = await rows.list({ limit: pageRows, ...(before === undefined ? {} : { before }) });
    setShown({ rejects: [...(shown?.rejects ?? []), ...page.rejects], more: page.more });
  };
  const button = (text: string, work: () => Promise<string>, name = text) =>
    h(
      'button',
      { type: 'button', 'aria-disabled': isBusy, 'aria-label': name, onClick: () => isBusy || void run(work) },
      text,
    );

  const isEmpty = shown !== null && shown.rejects.length === 0;
  return h(
    'div',
    { class: 'stack' },
    h('p', { role: 'status', class: 'told' }, told),
    shown === null && told === '' ? h('p', { class: 'quiet' }, t('app.loading')) : null,
    isEmpty ? h('p', null, t('rejects.none')) : null,
    shown === null || isEmpty
      ? null
      : h(
          'div',
          { class: 'buttons' },
          button(t('rejects.retry.all'), retryAll),
          isSure
            ? button(t('rejects.discard.sure'), discardAll)
            : h(
                'button',
                { type: 'button', 'aria-disabled': isBusy, onClick: () => isBusy || setSure(true) },
                t('rejects.discard.all'),
              ),
          isSure ? h('button', { type: 'button', onClick: () => setSure(false) }, t('rejects.keep')) : null,
        ),
    h(
      'ul',
      { class: 'cards' },
      (shown?.rejects ?? []).map((reject) =>
        h(
          'li',
          { key: reject.id, 'data-reject': reject.id },
          h('p', null, h('b', null, reject.source), ' ', h('span', { class: 'quiet' }, timesOf(reject, zone))),
          h('p', { class: 'detail' }, reject.reason),
          h('details', null, h('summary', null, t('record.raw')), h('pre', { tabIndex: 0 }, reject.raw)),
          h(
            'div',
            { class: 'buttons' },
            button(t('rejects.retry'), () => retry(reject), t('rejects.retry.one', { id: reject.id })),
            button(t('rejects.discard'), () => discard(reject), t('rejects.discard.one', { id: reject.id })),
          ),
        ),
      ),
    ),
    shown?.more
      ? h(
          'button',
          { type: 'button', 'aria-disabled': isBusy, onClick: () => isBusy || void more() },
          t('rejects.more'),
        )
      : null,
  );
}

function timesOf({ last, count, tries }: Reject, zone: string): string {
  const seen = momentText(last, zone);
  const tried = tries === 0 ? '' : tries === 1 ? t('rejects.tried') : t('rejects.tries', { tries });
  return [seen, count > 1 ? t('rejects.seen', { count }) : '', tried].filter((text) => text !== '').join(' · ');
}
