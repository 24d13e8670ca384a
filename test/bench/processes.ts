// What a daemon and all its processes hold and use, as /proc says (proc(5)).
import { readdirSync, readFileSync } from 'node:fs';

export interface Use {
  processes: number;
  /** Resident memory of all, in MiB; pages that several share count for each. */
  rss: number;
  /** Seconds of a core since they began. */
  cpu: number;
  files: number;
}

const tickHz = 100;

/** A process and all that came of it. */
export function useOf(pid: number): Use {
  const use: Use = { processes: 0, rss: 0, cpu: 0, files: 0 };
  for (const one of familyOf(pid)) {
    const status = readFileSync(`/proc/${one}/status`, 'utf8');
    const fields = readFileSync(`/proc/${one}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    use.processes += 1;
    use.rss += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024;
    use.cpu += (Number(fields[11]) + Number(fields[12])) / tickHz;
    use.files += readdirSync(`/proc/${one}/fd`).length;
  }
  return use;
}

/** From the second quarter of the looks to the last one: the start is no growth. */
export function growthOf(uses: readonly Use[]): Use {
  const mean = (some: readonly Use[], name: keyof Use) => some.reduce((sum, use) => sum + use[name], 0) / some.length;
  const quarter = Math.max(1, Math.floor(uses.length / 4));
  const [early, late] = [uses.slice(quarter, 2 * quarter), uses.slice(-quarter)];
  const grown = (name: keyof Use) => mean(late, name) - mean(early, name);
  return { processes: grown('processes'), rss: grown('rss'), cpu: grown('cpu'), files: grown('files') };
}

function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => familyOf(Number(child))))];
}
