// Search: calls and records of any time; the URL is the search.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Cdr, CdrPage } from '../../http/dialects/native/answers.ts';
import type { Call } from '../../http/dialects/native/callshape.ts';
import type { CallPage } from '../../client/calls.ts';
import type { Requests } from '../../client/request.ts';
import { CallPanel } from '../call/panel.ts';
import { countText } from '../format.ts';
import { faultText, useAgain } from '../faults.ts';
import { h, type ComponentChildren, type VNode } from '../h.ts';
import { readBy } from '../leftout.ts';
import { Empty } from '../parts/empty.ts';
import { LeftOutLine } from '../parts/leftout.ts';
import { Windowed } from '../parts/windowed.ts';
import { givenNow, go, type Given } from '../place.ts';
import type { ViewProps } from '../registry.ts';
import { chosenColumns, ColumnChooser } from '../search/chooser.ts';
import { callColumns, recordColumns } from '../search/columns.ts';
import {
  conditionsIn,
  isTooLongForWords,
  kindOf,
  longestForWords,
  queryOf,
  rulesOf,
  type Kind,
} from '../search/criteria.ts';
import { Exporter } from '../search/exporter.ts';
import { labelOf, SearchForm } from '../search/form.ts';
import { Pages, type Page, type Shown } from '../search/pages.ts';
import { useViewZone } from '../viewzone.ts';
import { t } from '../texts.ts';

const pageRows = 200;
type Row = Call | Cdr;

export function View({ desk, given: address }: ViewProps): VNode {
  const { zone } = useViewZone('search', address['zone']);
  const kind = kindOf(address);
  const { given, leftOut } = readBy(rulesOf(kind, zone), address);
  const set = (more: Record<string, string>) => go('search', { ...givenNow(), zone, call: '', record: '', ...more });
  const [again, setAgain] = useState(0);
  const { shown, down, up, now } = usePages(desk.requests, given, kind, zone, again);
  const isTooLong = isTooLongForWords(given, now, zone);
  const open = given['call'] ? Number(given['call']) : given['record'] ? Number(given['record']) : null;
  const isHere = shown.kind === kind;
  const rows = isHere ? shown.rows : [];
  const list = {
    ...{
      label: t('search.title'),
      keyOf: ({ id }: { id: number }) => String(id),
      open: open === null ? null : String(open),
    },
    ...{ onEnd: down, onBegin: up, isPaged: true },
    foot: rows.length === 0 ? null : h('p', { class: 'quiet foot' }, footOf(shown)),
  };
  const chosen = chosenColumns(kind);
  const columnKey = `${chosen.join()} ${zone}`;
  const columns = useMemo(() => [callColumns(chosen, zone), recordColumns(chosen, zone)] as const, [columnKey]);
  return h(
    'section',
    { class: 'view search' },
    h('h1', { class: 'unseen' }, t('search.title')),
    h(
      'div',
      { class: 'tools' },
      h(Foldable, { count: conditionsIn(given) }, h(SearchForm, { given, leftOut, zone, now, onSet: set })),
      h(
        'div',
        { class: 'actions' },
        h('p', { class: 'quiet', role: 'status' }, isTooLong ? '' : toldOf(shown)),
        conditionsIn(given) + leftOut.length > 0
          ? h('button', { type: 'button', onClick: () => go('search', { kind, zone }) }, t('search.clear'))
          : null,
        h('button', { type: 'button', onClick: () => setAgain(again + 1) }, t('search.again')),
        h(ColumnChooser, { kind }),
        isTooLong ? null : h(Exporter, { key: kind, requests: desk.requests, given, zone }),
      ),
      h(LeftOutLine, { leftOut, labelOf }),
    ),
    isTooLong ? h(TooLong, { set, now }) : null,
    rows.length === 0 && !isTooLong
      ? h(Nothing, {
          shown,
          requests: desk.requests,
          company: given['company'] ?? '',
          onAll: () => set({ range: 'all' }),
        })
      : null,
    kind === 'calls'
      ? h(Windowed<Call>, {
          ...list,
          columns: columns[0],
          lines: rows as readonly Call[],
          onOpen: ({ id }) => set({ call: String(id) }),
        })
      : h(Windowed<Cdr>, {
          ...list,
          columns: columns[1],
          lines: rows as readonly Cdr[],
          onOpen: ({ id }) => set({ record: String(id) }),
        }),
    open === null
      ? null
      : h(CallPanel, {
          ...{ key: `${given['call']} ${given['record']}`, desk, onClose: () => set({}) },
          ...(given['call'] ? { id: open } : { record: open }),
        }),
  );
}

/** Words are looked for in a year at most: which one, the reader says. */
function TooLong({ set, now }: { set: (more: Record<string, string>) => void; now: number }): VNode {
  const button = (text: string, more: Given) => h('button', { type: 'button', onClick: () => set(more) }, text);
  return h(
    Empty,
    { title: t('search.words') },
    button(t('search.words.year'), longestForWords(now)),
    button(t('search.range.30d'), { range: '30d', from: '', to: '' }),
  );
}

/** On a telephone the fields would hide what they find. */
function Foldable({ count, children }: { count: number; children?: ComponentChildren }): VNode {
  const [isOpen, setOpen] = useState(innerWidth >= 720);
  const text = count === 0 ? t('search.fields') : t('search.fields.count', { count });
  return h(
    'details',
    {
      class: 'fold',
      open: isOpen,
      onToggle: (event: Event) => setOpen((event.currentTarget as HTMLDetailsElement).open),
    },
    h('summary', null, text),
    children,
  );
}

type Here = Shown<Row> & { kind: Kind };
const nothing: Omit<Here, 'kind'> = { rows: [], isLoading: true, isRead: false, fault: null, isEnd: false };

function usePages(requests: Requests, given: Given, kind: Kind, zone: string, again: number) {
  const asked = Object.entries(given).filter(([name]) => !['call', 'record', 'zone'].includes(name));
  const key = JSON.stringify([asked, zone, again]);
  const [shown, setShown] = useState<Here>({ ...nothing, kind });
  const pages = useRef<Pages<Row> | null>(null);
  const now = useMemo(() => Date.now(), [key]);
  useEffect(() => {
    if (isTooLongForWords(given, now, zone)) return setShown({ ...nothing, kind });
    const query = { ...queryOf(given, now, zone), order: '-start', limit: pageRows };
    const path = kind === 'calls' ? '/api/v1/calls' : '/api/v1/cdrs';
    const one = new Pages<Row>(
      async (place, signal): Promise<Page<Row>> => {
        const page = await requests.ask<CallPage | CdrPage>('GET', path, { query: { ...query, ...place }, signal });
        const { before = null, after = null, more } = page;
        return { rows: 'calls' in page ? page.calls : page.cdrs, before, after, more };
      },
      (told) => setShown({ ...told, kind }),
    );
    pages.current = one;
    setShown({ ...nothing, kind });
    void one.begin();
    return () => one.close();
  }, [key]);
  const tried = useAgain(shown.fault);
  useEffect(() => {
    if (tried > 0) void pages.current?.retry();
  }, [tried]);
  return { shown, now, down: () => void pages.current?.down(), up: () => void pages.current?.up() };
}

function footOf({ fault, isEnd }: Here): string {
  if (fault !== null) return faultText(fault);
  return t(isEnd ? 'search.end' : 'app.loading');
}

function toldOf({ rows, isEnd, isRead, fault }: Here): string {
  // Below it stands why.
  if (fault !== null && !isRead) return '';
  if (!isRead) return t('app.loading');
  return t(isEnd ? 'search.found' : 'search.shown', { count: countText(rows.length) });
}

interface NothingProps {
  shown: Here;
  requests: Requests;
  /** Of the search; empty: none. */
  company: string;
  onAll: () => void;
}

function Nothing({ shown, requests, company, onAll }: NothingProps): VNode | null {
  const isNone = shown.fault === null && shown.isRead;
  /** A company of which there is no call at all. */
  const [unknown, setUnknown] = useState('');
  useEffect(() => {
    if (!isNone || company === '') return undefined;
    const stop = new AbortController();
    const asked = { query: { company, limit: 1 }, signal: stop.signal };
    requests.ask<CallPage>('GET', '/api/v1/calls', asked).then(
      ({ calls }) => setUnknown(calls.length === 0 ? company : ''),
      () => undefined,
    );
    return () => stop.abort();
  }, [isNone, company]);
  if (shown.fault !== null) return h(Empty, { title: faultText(shown.fault) });
  if (!isNone) return null;
  return h(
    Empty,
    { title: t('search.none') },
    unknown !== '' && unknown === company
      ? h('p', null, t('search.none.company', { company }))
      : h('p', { class: 'quiet' }, t('search.none.hint')),
    h('button', { type: 'button', onClick: onAll }, t('search.none.all')),
  );
}
