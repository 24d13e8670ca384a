import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startLine } from '../../src/doctor/start.ts';
import { tempFolder } from '../support/store.ts';

it('the line that starts the daemon is that of its service where systemd runs and has one', ({ onTestFinished }) => {
  const { folder, remove } = tempFolder();
  onTestFinished(remove);
  expect(startLine(folder)).toBe('cdrd run');
  mkdirSync(join(folder, 'usr/lib/systemd/system'), { recursive: true });
  writeFileSync(join(folder, 'usr/lib/systemd/system/cdrd.service'), '');
  // A chroot: the unit is there, and nobody to start it.
  expect(startLine(folder)).toBe('cdrd run');
  mkdirSync(join(folder, 'run/systemd/system'), { recursive: true });
  expect(startLine(folder)).toBe('systemctl restart cdrd');
});
