// What the doctor finds beside the PBX, with the lines that mend it.
import { useEffect, useState } from 'preact/hooks';
import type { DoctorReport } from '../../http/dialects/native/doctor.ts';
import { doctorOf } from '../../client/proof.ts';
import type { Requests } from '../../client/request.ts';
import { faultText, useAgain } from '../faults.ts';
import { h, type VNode } from '../h.ts';
import { badge } from '../parts/status.ts';
import { findingText, t, word } from '../texts.ts';
import { clockText } from '../zone.ts';

type Finding = DoctorReport['findings'][number];
type State =
  { at: 'asking' } | { at: 'failed'; fault: unknown } | { at: 'there'; report: DoctorReport; looked: number };

const looks = { ok: ['✓', 'good'], warning: ['!', 'wait'], fault: ['✕', 'bad'] } as const;

interface Props {
  requests: Requests;
  /** Since when the view looks; each other moment is another look. */
  now: number;
  /** How sources and store stand, in whatever words: where that changes, it is looked again. */
  standing: string;
  zone: string;
  offsetMs: number;
}

export function Findings({ requests, now, standing, zone, offsetMs }: Props): VNode {
  const [state, setState] = useState<State>({ at: 'asking' });
  const again = useAgain(state.at === 'failed' ? state.fault : null);
  useEffect(() => {
    const stop = new AbortController();
    setState({ at: 'asking' });
    doctorOf(requests)({ signal: stop.signal }).then(
      (report) => setState({ at: 'there', report, looked: Date.now() + offsetMs }),
      (error: unknown) => stop.signal.aborted || setState({ at: 'failed', fault: error }),
    );
    return () => stop.abort();
  }, [now, again, standing]);
  if (state.at === 'asking') return h('p', { class: 'quiet', role: 'status' }, t('doctor.asking'));
  if (state.at === 'failed') return h('p', { class: 'fault' }, faultText(state.fault));
  const { findings } = state.report;
  const wrong = findings.filter(({ level }) => level !== 'ok');
  const fine = findings.filter(({ level }) => level === 'ok');
  return h(
    'div',
    { class: 'stack' },
    h('p', { class: 'quiet' }, t('doctor.looked', { time: clockText(state.looked, zone) })),
    wrong.length === 0 ? h('p', null, t('doctor.well')) : null,
    h('ul', { class: 'cards' }, wrong.map(card)),
    fine.length === 0
      ? null
      : h(
          'details',
          null,
          h('summary', null, t('doctor.fine', { count: fine.length })),
          h('ul', { class: 'cards' }, fine.map(card)),
        ),
  );
}

function card({ code, level, system, what, why, into, paste, then }: Finding, at: number): VNode {
  const own = findingText(code);
  return h(
    'li',
    { key: at, 'data-finding': code },
    h(
      'p',
      null,
      badge(looks[level], word('level', level)),
      ' ',
      system === null ? null : h('b', null, `${system} `),
      own ?? h('span', { lang: 'en' }, what),
    ),
    own === null ? null : h('p', { lang: 'en' }, what),
    why === null ? null : h('p', { class: 'quiet', lang: 'en' }, why),
    paste === null
      ? null
      : [
          h('p', null, into === null ? t('doctor.run') : t('doctor.into', { file: into })),
          h('pre', { tabIndex: 0 }, paste),
        ],
    then === null ? null : h('p', null, t('doctor.then'), ' ', h('code', null, then)),
  );
}
