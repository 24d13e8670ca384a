// Lines that change while one looks: drawn over each other on a terminal, one after the other in a pipe.
import { plain } from './print.ts';

export interface Screen {
  isTerminal: boolean;
  /** What is to be seen now; in a pipe, only what changed since. */
  show(lines: readonly string[]): void;
  close(): void;
}

/** `goodbye` is said when Ctrl-C ends the looking. */
export function openScreen(goodbye: string): Screen {
  const isTerminal = process.stdout.isTTY;
  const write = (text: string): void => void process.stdout.write(text);
  let shown: readonly string[] = [];
  const leave = (): void => {
    process.stderr.write(`${isTerminal ? '\n' : ''}${goodbye}\n`);
    process.exit(0);
  };
  process.on('SIGINT', leave);
  process.on('SIGTERM', leave);
  return {
    isTerminal,
    show(given) {
      const lines = given.map(plain);
      if (isTerminal) {
        const width = process.stdout.columns || 80;
        const up = shown.length > 0 ? `\x1b[${shown.length}A` : '';
        write(up + lines.map((line) => `\r\x1b[K${line.slice(0, width - 1)}\n`).join(''));
      } else {
        for (const [at, line] of lines.entries()) if (line !== shown[at]) write(`${line}\n`);
      }
      shown = lines;
    },
    close() {
      process.off('SIGINT', leave);
      process.off('SIGTERM', leave);
    },
  };
}
