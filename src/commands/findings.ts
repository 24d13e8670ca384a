// A finding of the doctor as lines for a terminal.
import type { Finding } from '../doctor/finding.ts';

export function findingLines({ code, level, system, what, why, into, paste, then }: Finding): string[] {
  const head = [level === 'ok' ? 'ok' : level.toUpperCase(), code, ...(system === null ? [] : [system])].join('  ');
  if (why === null) return [`${head}: ${what}`];
  const where = into === null ? ['  Run:'] : [`  Paste into ${into}:`];
  const gap = then === null ? [] : [''];
  const lines = paste === null ? [] : [...where, '', ...paste.split('\n').map((line) => `      ${line}`), ...gap];
  return ['', head, `  ${what}`, `  ${why}`, ...lines, ...(then === null ? [] : [`  Then: ${then}`])];
}
