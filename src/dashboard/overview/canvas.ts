// A plot drawn by uPlot: bars that stand on each other, or lines, over numbered steps. What a step is called is told by `labels`, so
// every plot speaks of the zone that was chosen.
import uPlot from 'uplot';
import { colourOf } from './colours.ts';
import { piled } from './piled.ts';

export interface Series {
  /** Of the CSS: `--plot-answered`. */
  colour: string;
  /** One for each label; null: nothing to draw. */
  values: readonly (number | null)[];
  /** Bars stand on those of the series before; a line, or a dashed one, goes its own way. */
  kind: 'bar' | 'line' | 'dashed';
}

export interface Drawing {
  labels: readonly string[];
  series: readonly Series[];
  /** On the axis. */
  valueText: (value: number) => string;
  /** The least that the axis reaches up to. */
  least: number;
  /** How far its lines may stand from each other; absent: as far as is round. */
  apart?: readonly number[];
}

export interface Events {
  /** null: the pointer has left. */
  onStep: (at: number | null) => void;
  /** `series` is that of the bar below the pointer; null: none. */
  onPick: (at: number, series: number | null) => void;
}

const height = 190;

/** The highest first, so that those below stand in front of it. */
function dataOf({ labels, series }: Drawing): uPlot.AlignedData {
  return [labels.map((_, at) => at), ...piled(series).reverse()];
}

export class Plot {
  readonly #plot: uPlot;
  readonly #box: HTMLElement;
  #drawing: Drawing;

  constructor(box: HTMLElement, drawing: Drawing, { onStep, onPick }: Events) {
    this.#box = box;
    this.#drawing = drawing;
    const quiet = colourOf('quiet');
    const grid = { stroke: colourOf('line'), width: 1 };
    const axis = { stroke: quiet, grid, ticks: { show: false }, font: '12px system-ui, sans-serif' };
    const text = (value: number) => this.#drawing.valueText(value);
    const options: uPlot.Options = {
      ...{ width: box.clientWidth, height, legend: { show: false } },
      padding: [8, 12, 0, 0],
      series: [{}, ...[...drawing.series].reverse().map((one) => seriesOf(one, drawing.labels.length))],
      scales: {
        x: { time: false, range: () => [-0.5, this.#drawing.labels.length - 0.5] },
        y: { range: (_, _least, most) => [0, Math.max(this.#drawing.least, (most ?? 0) * 1.05)] },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 28, space: 52, incrs: [1, 2, 3, 4, 6, 8, 12, 24, 48, 72, 96, 168] },
        { ...axis, ...apartOf(drawing), size: 60, space: 36, values: (_, splits) => splits.map(text) },
      ],
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { show: false } },
      hooks: { setCursor: [({ cursor: { idx, left } }) => onStep((left ?? -1) < 0 ? null : (idx ?? null))] },
    };
    options.axes![0]!.values = (_, splits) => splits.map((at) => tickText(this.#drawing.labels[at]));
    this.#plot = new uPlot(options, dataOf(drawing), box);
    this.#plot.over.addEventListener('click', (event) => {
      const at = Math.round(this.#plot.posToVal(event.offsetX, 'x'));
      if (at < 0 || at >= this.#drawing.labels.length) return;
      onPick(at, this.#seriesAt(at, this.#plot.posToVal(event.offsetY, 'y')));
    });
  }

  /** New numbers in the same series. */
  draw(drawing: Drawing): void {
    this.#drawing = drawing;
    this.#plot.setData(dataOf(drawing));
  }

  /** As wide as its box is now. */
  fit(): void {
    const width = this.#box.clientWidth;
    if (width > 0 && width !== this.#plot.width) this.#plot.setSize({ width, height });
  }

  /** The pointer of whoever has none. */
  point(at: number): void {
    this.#plot.setCursor({ left: this.#plot.valToPos(at, 'x'), top: 1 });
  }

  close(): void {
    this.#plot.destroy();
  }

  #seriesAt(at: number, value: number): number | null {
    const { series } = this.#drawing;
    const tops = piled(series);
    const found = series.findIndex(
      ({ kind, values }, place) => kind === 'bar' && (values[at] ?? 0) > 0 && value <= (tops[place]![at] ?? 0),
    );
    return found < 0 ? null : found;
  }
}

function apartOf({ apart }: Drawing): uPlot.Axis {
  return apart === undefined ? {} : { incrs: [...apart] };
}

/** Of a day and an hour there is room for the day only. */
function tickText(label = ''): string {
  return label.split(' ', 1)[0]!;
}

/** More points than these run into each other. */
const pointsMax = 60;

function seriesOf({ colour, kind }: Series, count: number): uPlot.Series {
  const stroke = colourOf(colour);
  if (kind === 'bar') {
    const paths = uPlot.paths.bars!({ size: [0.82, 48], gap: 1 });
    return { stroke: colourOf('sheet'), width: 1, fill: stroke, paths, points: { show: false } };
  }
  const isDashed = kind === 'dashed';
  return {
    ...{ stroke, width: 2, spanGaps: false },
    ...(isDashed ? { dash: [5, 4] } : { fill: colourOf('plot-area') }),
    points: { show: !isDashed && count <= pointsMax, size: 4, fill: stroke },
  };
}
