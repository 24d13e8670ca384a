// A call in full, beside the list it was opened from: what happened, its timeline, transfers, and each of its records.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Cdr } from '../../http/dialects/native/answers.ts';
import type { WholeCall } from '../../http/dialects/native/callshape.ts';
import type { CallPage } from '../../client/calls.ts';
import type { Requests } from '../../client/request.ts';
import { ApiError, problemFor } from '../../client/trouble.ts';
import type { Desk } from '../desk.ts';
import { isLive, partsOf, type Row } from '../live/board.ts';
import { faultText, useAgain } from '../faults.ts';
import { isolated, momentText, spanText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { Empty } from '../parts/empty.ts';
import { Direction, Outcome } from '../parts/status.ts';
import { usePrefs } from '../prefs.ts';
import { t, word } from '../texts.ts';
import { Facts, Parties } from './facts.ts';
import { Going } from './going.ts';
import { RecordCard } from './record.ts';
import { Timeline } from './timeline.ts';

interface Props {
  desk: Desk;
  /** Of the call; or the id of one of its records. */
  id?: number;
  record?: number;
  /** `nameOf` of live/board.ts, of a call without records yet. */
  name?: string;
  /** Its line of Live; while it goes on it is shown by that. */
  row?: Row | null;
  /** The daemon's clock, of a call that goes on. */
  now?: number;
  onClose: () => void;
}

type State = { at: 'loading' } | { at: 'there'; call: WholeCall } | { at: 'failed'; fault: unknown };

export function CallPanel({ desk, id, record, name, row = null, now = 0, onClose }: Props): VNode {
  const [state, setState] = useState<State>({ at: 'loading' });
  const panel = useRef<HTMLElement>(null);

  // No record of it is there to ask for.
  const isUntold = row !== null && row.call === null;
  const goesOn = row !== null && isLive(row);
  const isGoing = row !== null && (isUntold || goesOn);
  const again = useAgain(state.at === 'failed' ? state.fault : null);
  useEffect(() => {
    const stop = new AbortController();
    const load = async () => {
      try {
        const call = await callOf(desk.requests, { id, record, name }, stop.signal);
        setState(call ? { at: 'there', call } : { at: 'failed', fault: gone });
      } catch (error) {
        if (stop.signal.aborted) return;
        setState({ at: 'failed', fault: error });
      }
    };
    if (!isUntold) void load();
    return () => stop.abort();
  }, [id, record, name, isUntold, row?.call?.updated, again]);
  useEffect(() => {
    // Who opened it by a key goes on reading here, and comes back to the line.
    const before = document.activeElement;
    panel.current!.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  const title = goesOn
    ? t('going.title')
    : state.at === 'there'
      ? t('call.title', { id: state.call.id })
      : t('call.loading');
  return h(
    'aside',
    {
      ...{ class: 'panel', 'aria-label': title, tabIndex: -1, ref: panel },
      onKeyDown: (event: KeyboardEvent) => event.key === 'Escape' && onClose(),
    },
    h(
      'header',
      null,
      h('h2', null, title),
      h('button', { type: 'button', class: 'close', onClick: onClose, 'aria-label': t('app.close') }, '✕'),
    ),
    isGoing ? h(Going, { row, now }) : null,
    isGoing && state.at === 'there' ? h('h3', { class: 'sofar' }, t('going.records')) : null,
    !isGoing && state.at === 'loading' ? h('p', { class: 'loading' }, t('app.loading')) : null,
    !isGoing && state.at === 'failed'
      ? h(Empty, { title: isGone(state.fault) ? t('call.gone') : faultText(state.fault) })
      : null,
    state.at === 'there' ? h(Whole, { desk, call: state.call, open: record }) : null,
  );
}

/** Of a record that is there and has no call. */
const gone = new ApiError(problemFor(404, 'the record has no call'));

function isGone(fault: unknown): boolean {
  return fault instanceof ApiError && fault.status === 404;
}

/** Of a record, or by a name, the call that it is part of. */
async function callOf(
  requests: Requests,
  { id, record, name }: Record<'id' | 'record', number | undefined> & { name: string | undefined },
  signal: AbortSignal,
): Promise<WholeCall | null> {
  if (id !== undefined) return requests.ask<WholeCall>('GET', `/api/v1/calls/${id}`, { signal });
  const [system, linkedid] = partsOf(name);
  const query =
    record === undefined
      ? { system, linkedid, limit: 1 }
      : await requests
          .ask<Cdr>('GET', `/api/v1/cdrs/${record}`, { signal })
          .then((cdr) => ({ system: cdr.system, uniqueid: cdr.uniqueid, limit: 1 }));
  const page = await requests.ask<CallPage>('GET', '/api/v1/calls', { query, signal });
  const [first] = page.calls;
  return first ? requests.ask<WholeCall>('GET', `/api/v1/calls/${first.id}`, { signal }) : null;
}

function Whole({ desk, call, open }: { desk: Desk; call: WholeCall; open: number | undefined }): VNode {
  const { zone } = usePrefs();
  const facts: [string, string | null][] = [
    [t('call.start'), momentText(call.start, zone)],
    [t('call.span'), spanText(call.duration)],
    [t('call.talk'), call.talk_seconds > 0 ? spanText(call.talk_seconds) : null],
    [t('call.ring'), call.ring_seconds === null ? null : spanText(call.ring_seconds)],
    [t('call.queue'), call.queue_seconds === null ? null : spanText(call.queue_seconds)],
    [t('call.hold'), call.hold_seconds === null ? null : spanText(call.hold_seconds)],
    [t('call.answered_by'), call.answered_by],
    [t('call.hangup'), call.hangup_side === null ? null : t(`call.hangup.${call.hangup_side}`)],
    [t('column.company'), call.companies.join(', ') || null],
    [t('column.extensions'), call.extensions.join(', ') || null],
    [t('call.trunks'), call.trunks.join(', ') || null],
    [t('column.system'), call.system],
  ];
  return h(
    'div',
    { class: 'whole' },
    h(
      'div',
      { class: 'headline' },
      h(Parties, call),
      h('p', null, h(Outcome, { outcome: call.outcome }), ' ', h(Direction, { direction: call.direction })),
    ),
    h(Facts, { facts }),
    h('h3', null, t('call.timeline')),
    h(Timeline, { call, zone }),
    call.transfers.length > 0 ? [h('h3', null, t('call.transfers')), h(Transfers, { call })] : null,
    h('h3', null, t('call.records')),
    call.cdrs.map((cdr) =>
      h(RecordCard, { key: cdr.id, desk, cdr, isOpen: cdr.id === open || call.cdrs.length === 1 }),
    ),
  );
}

function Transfers({ call }: { call: WholeCall }): VNode {
  const who = (number: string | null) => isolated(number ?? t('call.nobody'));
  return h(
    'ol',
    { class: 'transfers' },
    call.transfers.map(({ kind, by, from, to }, at) =>
      h(
        'li',
        { key: at },
        h('b', null, word('transfer', kind)),
        ' ',
        t('call.transfer.by', { by: who(by), from: who(from), to: who(to) }),
      ),
    ),
  );
}
