// The whole filter as a file, with how far it is: rows, bytes, and the time up to which they go.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Export, placesBy } from '../../client/export.ts';
import type { Requests } from '../../client/request.ts';
import { reasonText } from '../faults.ts';
import { countText, momentText, sizeText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { Popover } from '../parts/popover.ts';
import { t } from '../texts.ts';
import type { Given } from '../place.ts';
import { kindOf, queryOf, spanOf } from './criteria.ts';
import { exportedColumns, withoutCursor, type Format } from './exported.ts';

interface Props {
  requests: Requests;
  given: Given;
  zone: string;
}

interface Progress {
  rows: number;
  bytes: number;
  /** How far it has come in the time that is asked for, 0 to 1; null: it has no beginning. */
  share: number | null;
  /** Start of the last row. */
  at: string | null;
}
type State =
  | { at: 'idle' }
  | { at: 'running'; done: Progress }
  | { at: 'done'; done: Progress; name: string }
  | { at: 'failed'; reason: string; rows: number };

/** Whoever waits before a page would rather know soon that it does not go on. */
const retryMs = { first: 300, most: 3000 };
/** So often it is drawn how far it is. */
const drawMs = 150;
/** Text that is handed to the browser at once, which keeps it out of the page's own memory. */
const pieceBytes = 1 << 20;

export function Exporter({ requests, given, zone }: Props): VNode {
  const [state, setState] = useState<State>({ at: 'idle' });
  const [format, setFormat] = useState<Format>('csv');
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const run = async () => {
    const controller = (stop.current = new AbortController());
    const done: Progress = { rows: 0, bytes: 0, share: null, at: null };
    setState({ at: 'running', done: { ...done } });
    try {
      const asked = { requests, given, zone, format, signal: controller.signal };
      const file = await gather(asked, done, (progress) => setState({ at: 'running', done: progress }));
      const name = `${kindOf(given)}.${format}`;
      save(file, name);
      setState({ at: 'done', done, name });
    } catch (error) {
      setState(
        controller.signal.aborted ? { at: 'idle' } : { at: 'failed', reason: reasonText(error), rows: done.rows },
      );
    }
  };

  const choice = (one: Format, text: string) =>
    h(
      'label',
      { key: one },
      h('input', { type: 'radio', name: 'format', checked: format === one, onChange: () => setFormat(one) }),
      text,
    );
  return h(
    Popover,
    { label: t('export.title') },
    h('p', { class: 'quiet' }, t('export.lead')),
    h(
      'fieldset',
      { class: 'ways' },
      h('legend', null, t('export.format')),
      choice('csv', 'CSV'),
      choice('ndjson', 'NDJSON'),
    ),
    h('div', { role: 'status', class: 'export-state' }, h(Told, { state, zone })),
    state.at === 'running'
      ? h('button', { type: 'button', onClick: () => stop.current?.abort() }, t('export.stop'))
      : h('button', { type: 'button', class: 'main', onClick: () => void run() }, t('export.run')),
  );
}

function Told({ state, zone }: { state: State; zone: string }): VNode | null {
  if (state.at === 'idle') return null;
  if (state.at === 'failed')
    return h('p', { class: 'fault' }, t('export.failed', { rows: countText(state.rows), reason: state.reason }));
  const { rows, bytes, share, at } = state.done;
  const values = { rows: countText(rows), size: sizeText(bytes) };
  if (state.at === 'done') return h('p', null, t('export.done', { ...values, name: state.name }));
  return h(
    'div',
    null,
    h('progress', { 'aria-label': t('export.title'), ...(share === null ? {} : { value: share, max: 1 }) }),
    h('p', null, t('export.running', values), at === null ? '' : ` · ${momentText(at, zone)}`),
  );
}

/** The text comes line by line and goes on by itself after a cut; `done` is how far it has come, also when it fails. */
async function gather(
  { requests, given, zone, format, signal }: Props & { format: Format; signal: AbortSignal },
  done: Progress,
  told: (progress: Progress) => void,
): Promise<Blob> {
  const now = Date.now();
  const path = kindOf(given) === 'calls' ? '/api/v1/calls' : '/api/v1/cdrs';
  // By start, so that it can be told how far it is; the cursor, which the file does not keep, lets it go on after a cut.
  const columns = [...exportedColumns[kindOf(given)], 'cursor'];
  const asked = { ...queryOf(given, now, zone), order: 'start' };
  const exported = { method: 'GET', path, given: asked, by: 'after', places: placesBy('start') } as const;
  const { from, to } = spanOf(given, now, zone);
  const pieces: Blob[] = [];
  let text = '';
  let drawn = 0;
  let header: readonly string[] | null = null;
  const flush = () => {
    const piece = new Blob([text]);
    done.bytes += piece.size;
    pieces.push(piece);
    text = '';
  };
  for await (const line of new Export(requests, exported, { format, columns, zone, signal, retryMs }).lines()) {
    text += withoutCursor(line, format) + (format === 'csv' ? '\r\n' : '\n');
    if (format === 'csv' && header === null) {
      header = line.split(',');
      continue;
    }
    done.rows += 1;
    if (text.length >= pieceBytes) flush();
    if (performance.now() - drawn < drawMs) continue;
    drawn = performance.now();
    const start = /\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)/.exec(line)?.[0] ?? null;
    done.at = start;
    if (from !== null && start !== null) done.share = (Date.parse(start) - from) / ((to ?? now) - from);
    told({ ...done, bytes: done.bytes + text.length });
    // What is drawn is seen.
    await new Promise((resolve) => setTimeout(resolve));
  }
  flush();
  return new Blob(pieces, { type: format === 'csv' ? 'text/csv' : 'application/x-ndjson' });
}

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
