// How the daemon is started on this machine, as a line to paste: its service where systemd has one, else by hand.
import { existsSync } from 'node:fs';

const units = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

/** @param root - the machine's `/` */
export function startLine(root = '/'): string {
  const isThere = (path: string) => existsSync(`${root}${path}`);
  const hasService = isThere('/run/systemd/system') && units.some((folder) => isThere(`${folder}/cdrd.service`));
  return hasService ? 'systemctl restart cdrd' : 'cdrd run';
}
