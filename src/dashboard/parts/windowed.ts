// A table of any length of which only the lines in sight are in the document. Lines have one height; a line is focused by arrow keys and
// opened by Enter or a click.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { cls, Component, h, type ComponentChildren, type VNode } from '../h.ts';

export interface Column<Line> {
  name: string;
  title: string;
  /** As in grid-template-columns. */
  width: string;
  /** Numbers stand at the right. */
  isNumber?: boolean;
  cell: (line: Line) => ComponentChildren;
}

interface Props<Line> {
  label: string;
  columns: readonly Column<Line>[];
  lines: readonly Line[];
  keyOf: (line: Line) => string;
  /** Of a line, beside `row`. */
  classOf?: (line: Line) => string;
  onOpen: (line: Line) => void;
  /** Key of the line that is open. */
  open?: string | null;
  /** Lines near an end came into sight. */
  onEnd?: () => void;
  onBegin?: () => void;
  /** Also at the very top what is read stays where it is; else new lines come into sight there. */
  isPaged?: boolean;
  /** Under the last line. */
  foot?: ComponentChildren;
}

interface Kept {
  line: unknown;
  columns: unknown;
  /** Of all else that it is drawn by. */
  state: string;
  draw: () => VNode;
}

/** A line that was drawn and is the same is not looked at again: scrolling costs what comes into sight. */
class KeptRow extends Component<Kept> {
  override shouldComponentUpdate({ line, columns, state }: Kept): boolean {
    const now = this.props;
    return line !== now.line || columns !== now.columns || state !== now.state;
  }

  override render({ draw }: Kept): VNode {
    return draw();
  }
}

/** Lines drawn beyond those in sight, above and below. */
const spare = 8;
/** Narrower than this, a line is a card of two rows. */
const narrow = 720;
const heights = { wide: 30, narrow: 62 };
/** Of a column on average. */
const leastRem = 6.5;
/** So near to an end, more is asked for. */
const nearLines = 40;

export function Windowed<Line>(props: Props<Line>): VNode {
  const { label, columns, lines, keyOf, classOf, onOpen, open = null, onEnd, onBegin, isPaged = false, foot } = props;
  const box = useRef<HTMLDivElement>(null);
  const first = useRef<{ key: string | null; from: number }>({ key: null, from: 0 });
  const [active, setActive] = useState<string | null>(null);
  const [view, setView] = useState({ top: 0, height: 600, isNarrow: innerWidth < narrow });
  const height = view.isNarrow ? heights.narrow : heights.wide;

  const measure = () => {
    // A scroll event of a table that is gone may still come.
    if (!box.current) return;
    const { scrollTop, clientHeight, clientWidth } = box.current;
    setView((old) => {
      const isNarrow = clientWidth < narrow;
      const isSame = old.top === scrollTop && old.height === clientHeight && old.isNarrow === isNarrow;
      return isSame ? old : { top: scrollTop, height: clientHeight, isNarrow };
    });
  };
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);

  const from = Math.max(0, Math.floor(view.top / height) - spare);
  const until = Math.min(lines.length, Math.ceil((view.top + view.height) / height) + spare);

  // What is being read stays where it is, whatever comes or goes above it.
  useLayoutEffect(() => {
    const { key, from: at } = first.current;
    const element = box.current!;
    if (key !== null && (isPaged || element.scrollTop > height)) {
      const now = lines.findIndex((line) => keyOf(line) === key);
      if (now !== -1 && now !== at) {
        element.scrollTop += (now - at) * height;
        measure();
      }
    }
    const top = Math.floor(element.scrollTop / height);
    const line = lines[top];
    first.current = { key: line === undefined ? null : keyOf(line), from: top };
  }, [lines, view]);

  useEffect(() => {
    if (lines.length > 0 && until >= lines.length - nearLines) onEnd?.();
    if (from <= nearLines) onBegin?.();
  }, [from, until, lines]);

  const focus = (at: number) => {
    const line = lines[Math.min(Math.max(at, 0), lines.length - 1)];
    if (line === undefined) return;
    const index = lines.indexOf(line);
    const element = box.current!;
    const top = index * height;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + height > element.scrollTop + element.clientHeight - height)
      element.scrollTop = top + 2 * height - element.clientHeight;
    measure();
    setActive(keyOf(line));
    requestAnimationFrame(() => element.querySelector<HTMLElement>('[data-active]')?.focus({ preventScroll: true }));
  };
  const onKey = (event: KeyboardEvent) => {
    const at = lines.findIndex((line) => keyOf(line) === active);
    const page = Math.max(1, Math.floor(view.height / height) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const step = steps[event.key];
    if (step !== undefined) focus(at + step);
    else if (event.key === 'Home') focus(0);
    else if (event.key === 'End') focus(lines.length - 1);
    else if (event.key === 'Enter' && lines[at] !== undefined) onOpen(lines[at]);
    else return;
    event.preventDefault();
  };

  const template = { gridTemplateColumns: columns.map(({ width }) => width).join(' ') };
  const opener = useRef(onOpen);
  opener.current = onOpen;
  const isActiveShown = lines.slice(from, until).some((line) => keyOf(line) === active);
  const row = (line: Line, index: number): VNode => {
    const key = keyOf(line);
    const isActive = isActiveShown ? key === active : index === from;
    const state = `${index} ${height} ${isActive} ${key === open}`;
    return h(KeptRow, { key, line, columns, state, draw: () => drawn(line, index, key, isActive) });
  };
  const drawn = (line: Line, index: number, key: string, isActive: boolean): VNode =>
    h(
      'div',
      {
        key,
        role: 'row',
        class: cls('row', classOf?.(line), key === open && 'open'),
        'aria-rowindex': index + 2,
        'aria-selected': key === open,
        'data-key': key,
        'data-active': isActive ? '' : undefined,
        tabIndex: isActive ? 0 : -1,
        style: { ...template, transform: `translateY(${index * height}px)`, height: `${height}px` },
        onFocus: () => setActive(key),
        onClick: () => opener.current(line),
      },
      columns.map((column) =>
        h(
          'div',
          { key: column.name, role: 'gridcell', class: cls('cell', column.name, column.isNumber === true && 'number') },
          column.cell(line),
        ),
      ),
    );
  const shown = lines.slice(from, until).map((line, at) => row(line, from + at));

  // As wide as it must be to be read; then it moves sideways.
  const least = view.isNarrow ? {} : { minWidth: `${columns.length * leastRem}rem` };
  return h(
    'div',
    { class: 'windowed', role: 'grid', 'aria-label': label, 'aria-rowcount': lines.length + 1, onKeyDown: onKey },
    h(
      'div',
      { class: cls('body', view.isNarrow && 'cards'), role: 'presentation', ref: box, onScroll: measure },
      h(
        'div',
        { class: 'head', role: 'rowgroup', style: least },
        h(
          'div',
          { class: 'row', role: 'row', 'aria-rowindex': 1, style: template },
          columns.map(({ name, title, isNumber }) =>
            h(
              'div',
              { key: name, role: 'columnheader', class: cls('cell', name, isNumber === true && 'number') },
              title,
            ),
          ),
        ),
      ),
      h('div', { class: 'run', role: 'rowgroup', style: { ...least, height: `${lines.length * height}px` } }, shown),
      foot,
    ),
  );
}
