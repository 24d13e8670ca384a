// Where a browser is, and what to do where there is none. vitest.config.ts asks, so this loads nothing.
import { accessSync, constants } from 'node:fs';

/** Where Debian, Ubuntu and Google's own packages leave it. */
const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
];

/** What CHROMIUM says, else the first that is there; null: none. */
export function browserPath(given = process.env['CHROMIUM'], places: readonly string[] = usual): string | null {
  return [given ? [given] : places].flat().find(mayRun) ?? null;
}

/** Why nothing can be tested in a browser; null: it can. */
export function browserObstacle(given = process.env['CHROMIUM'], places: readonly string[] = usual): string | null {
  if (browserPath(given, places) !== null) return null;
  if (given) return `CHROMIUM is ${given}, which is no program that can be run.`;
  return 'There is no Chromium: apt-get install chromium, or say where one is with CHROMIUM=/path/to/it.';
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
