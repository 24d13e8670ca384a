// Live: the calls that go on and those just ended, one line each.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { CallPanel } from '../call/panel.ts';
import { countText, shortText, spanText } from '../format.ts';
import { h, type VNode } from '../h.ts';
import { isLive, type Board, type Row } from '../live/board.ts';
import { LiveFilters } from '../live/filters.ts';
import { fits, lineOf, rules, type Line } from '../live/line.ts';
import { readBy } from '../leftout.ts';
import { Empty } from '../parts/empty.ts';
import { LeftOutLine } from '../parts/leftout.ts';
import { Direction, LiveState, Outcome } from '../parts/status.ts';
import { Windowed, type Column } from '../parts/windowed.ts';
import { givenNow, go, type Given } from '../place.ts';
import { usePrefs } from '../prefs.ts';
import type { ViewProps } from '../registry.ts';
import { isAdmin } from '../session.ts';
import { t, word } from '../texts.ts';
import { clockText } from '../zone.ts';

export function View({ desk, given: address }: ViewProps): VNode {
  const { given, leftOut } = readBy(rules, address);
  const { zone } = usePrefs();
  const [frozen, setFrozen] = useState<{ rows: readonly Row[]; changes: number; now: number } | null>(null);
  const rows = useRows(desk.board);
  const clock = useNow(desk.offsetMs);
  const now = frozen?.now ?? clock;
  const filter = { q: given['q'] ?? '', direction: given['direction'] ?? '', status: given['status'] ?? '' };
  const shownRows = frozen?.rows ?? rows;
  const lines = useMemo(
    () => shownRows.map(known).filter((line) => fits(line, filter)),
    [shownRows, filter.q, filter.direction, filter.status],
  );
  const live = lines.reduce((count, line) => count + Number(line.isLive), 0);
  const counts = { live: countText(live), ended: countText(lines.length - live) };
  const set = (more: Record<string, string>, replace = true) => go('live', { ...givenNow(), ...more }, replace);
  const waiting = frozen ? desk.board.changes - frozen.changes : 0;
  const opened = useOpened(desk.board, given);

  return h(
    'section',
    { class: 'view live', 'data-changes': desk.board.changes },
    h('h1', { class: 'unseen' }, t('live.title')),
    h(
      'div',
      { class: 'tools' },
      h(LiveFilters, { filter, onSet: set }),
      h(
        'button',
        {
          type: 'button',
          'aria-pressed': frozen !== null,
          onClick: () => setFrozen(frozen ? null : { rows, changes: desk.board.changes, now: clock }),
        },
        t(frozen ? 'live.resume' : 'live.pause'),
      ),
      h(
        'p',
        { class: 'quiet counts' },
        frozen
          ? t('live.paused', { time: clockText(now, zone), count: countText(waiting) })
          : t(desk.board.tellsLive ? 'live.counts' : 'live.counts.cdr', counts),
      ),
      h(LeftOutLine, { leftOut, labelOf }),
    ),
    lines.length === 0 ? h(Nothing, { isFiltered: shownRows.length > 0, isRead: desk.board.isWhole }) : null,
    h(Windowed<Line>, {
      label: t('live.title'),
      columns: columnsOf(zone, now),
      lines,
      keyOf: ({ key }) => key,
      classOf: (line) => (line.isLive ? 'going' : ''),
      open: opened?.row?.key ?? null,
      onOpen: ({ id, name, isLive: isGoing }) =>
        set(
          id === null || (isGoing && name !== null) ? { going: name!, call: '' } : { going: '', call: String(id) },
          false,
        ),
      foot:
        desk.board.tellsLive || !desk.board.isWhole || lines.length === 0
          ? null
          : h('p', { class: 'quiet foot' }, t(isAdmin(desk.who) ? 'live.cdronly.admin' : 'live.cdronly')),
    }),
    opened
      ? h(CallPanel, {
          ...{ key: opened.row?.key ?? opened.id ?? opened.name, desk, ...opened, now: clock },
          onClose: () => set({ call: '', going: '' }, false),
        })
      : null,
  );
}

interface Opened {
  id?: number;
  /** `nameOf` of board.ts. */
  name?: string;
  /** Its line; null: it is not on the board. */
  row: Row | null;
}

/** The call that the address speaks of: while it goes on by its name, which becomes its id when its records are there. */
function useOpened(board: Board, { call, going: name = '' }: Given): Opened | null {
  const id = Number(call ?? 0);
  const row = id > 0 ? board.rowOf(id) : name === '' ? null : board.rowOf(name);
  const known = row && !isLive(row) ? (row.call?.id ?? 0) : 0;
  useEffect(() => {
    if (id === 0 && known > 0) go('live', { ...givenNow(), going: '', call: String(known) }, true);
  }, [id, known]);
  if (id > 0) return { id, row };
  if (name === '') return null;
  return row?.call ? { id: row.call.id, row } : { name, row };
}

const labelOf = (name: string) =>
  name === 'direction' || name === 'status' ? t(`live.${name}`) : word('column', name);

/** A line is worked out once for each state of its row. */
const lineOfRow = new WeakMap<Row, Line>();
function known(row: Row): Line {
  const line = lineOfRow.get(row) ?? lineOf(row);
  lineOfRow.set(row, line);
  return line;
}

function Nothing({ isFiltered, isRead }: { isFiltered: boolean; isRead: boolean }): VNode {
  if (!isRead) return h('p', { class: 'loading' }, t('app.loading'));
  if (!isFiltered) return h(Empty, { title: t('live.empty') }, h('p', { class: 'quiet' }, t('live.empty.hint')));
  return h(
    Empty,
    { title: t('live.none') },
    h('button', { type: 'button', onClick: () => go('live') }, t('live.none.clear')),
  );
}

/** However many changes come, the lines are drawn ten times a second at most: more, nobody can read. */
const drawMs = 100;

function useRows(board: Board): readonly Row[] {
  const [rows, setRows] = useState(board.rows);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    const draw = () => {
      timer.current = undefined;
      setRows(board.rows);
    };
    const stop = board.watch(() => (timer.current ??= setTimeout(draw, drawMs)));
    draw();
    return () => {
      stop();
      clearTimeout(timer.current);
    };
  }, [board]);
  return rows;
}

/** The daemon's clock, once a second. */
function useNow(offsetMs: number): number {
  const [now, setNow] = useState(Date.now() + offsetMs);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() + offsetMs), 1000);
    return () => clearInterval(timer);
  }, [offsetMs]);
  return now;
}

function columnsOf(zone: string, now: number): Column<Line>[] {
  const secondsOf = (line: Line) => (line.isLive ? (now - Date.parse(line.start)) / 1000 : line.seconds);
  const span = (seconds: number | null) => (seconds === null ? '–' : spanText(seconds));
  return [
    { name: 'status', title: t('column.status'), width: '8.5rem', cell: statusOf },
    {
      name: 'time',
      title: t('column.time'),
      width: '8rem',
      isNumber: true,
      cell: ({ start }) => shortText(start, zone, now),
    },
    { name: 'span', title: t('column.span'), width: '4.5rem', isNumber: true, cell: (line) => span(secondsOf(line)) },
    {
      name: 'direction',
      title: t('column.direction'),
      width: '6.5rem',
      cell: ({ direction }) => h(Direction, { direction }),
    },
    { name: 'caller', title: t('column.caller'), width: 'minmax(7rem, 1fr)', cell: ({ caller }) => caller },
    { name: 'called', title: t('column.called'), width: 'minmax(7rem, 1fr)', cell: ({ called }) => called },
    {
      name: 'answered',
      title: t('column.answered_by'),
      width: 'minmax(5rem, 0.7fr)',
      cell: ({ answeredBy }) => answeredBy,
    },
    {
      name: 'company',
      title: t('column.company'),
      width: 'minmax(6rem, 0.8fr)',
      cell: ({ companies }) => companies.join(', '),
    },
    {
      name: 'extensions',
      title: t('column.extensions'),
      width: 'minmax(6rem, 0.8fr)',
      cell: ({ extensions }) => extensions.join(', '),
    },
  ];
}

function statusOf(line: Line): VNode | string {
  if (line.state !== null) return h(LiveState, { state: line.state });
  if (line.outcome !== null) return h(Outcome, { outcome: line.outcome });
  return h(
    'span',
    { class: 'status', title: line.isUnknown ? t('live.unknown') : undefined },
    t('live.over'),
    line.isUnknown ? ' ?' : '',
  );
}
