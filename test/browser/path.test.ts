import { expect, it } from 'vitest';
import { browserObstacle, browserPath } from './path.ts';

it('the browser is the one that CHROMIUM names, else the first of the usual places', () => {
  expect(browserPath(process.execPath, ['/bin/sh'])).toBe(process.execPath);
  expect(browserPath('', ['/nowhere/chromium', '/bin/sh', process.execPath])).toBe('/bin/sh');
  expect(browserObstacle('', ['/bin/sh'])).toBe(null);
});

it('where there is none, it is said what to install, or that CHROMIUM is wrong', () => {
  expect(browserPath('', ['/nowhere/chromium'])).toBe(null);
  expect(browserObstacle('', ['/nowhere/chromium'])).toContain('apt-get install chromium');
  expect(browserPath('/nowhere/chromium', ['/bin/sh'])).toBe(null);
  expect(browserObstacle('/nowhere/chromium', ['/bin/sh'])).toContain('CHROMIUM is /nowhere/chromium');
});
