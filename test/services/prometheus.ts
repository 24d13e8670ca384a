// Debian's own Prometheus from the chroot `mariadb`: started with files of a test, asked over its API; and promtool beside it.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openChroot } from './chroot.ts';
import { Daemon, startIn } from './daemon.ts';
import { runJailed } from './jail.ts';
import { Run } from './runs.ts';
import { freeTcpPort } from './wait.ts';

const TOOL_LIMIT_MS = 30_000;

/** One sample of an answer. */
export interface Sample {
  metric: Record<string, string>;
  value: [seconds: number, value: string];
}

export interface Alert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: 'pending' | 'firing';
}

export interface Prometheus {
  /** The samples of an expression as of now; throws where Prometheus refuses it. */
  query: (expr: string) => Promise<Sample[]>;
  alerts: () => Promise<Alert[]>;
  stop: () => Promise<void>;
}

/** `files` by name; the one that Prometheus is started with is prometheus.yml. */
export async function startPrometheus(files: Readonly<Record<string, string>>): Promise<Prometheus> {
  const run = new Run(await openChroot('mariadb'), 'prometheus').open();
  for (const [name, content] of Object.entries(files)) run.file(name, content);
  const url = `http://127.0.0.1:${await freeTcpPort()}`;
  const daemon = new Daemon({
    run,
    name: 'prometheus',
    command: [
      'prometheus',
      `--config.file=${run.inside}/prometheus.yml`,
      `--storage.tsdb.path=${run.inside}/data`,
      `--web.listen-address=${new URL(url).host}`,
    ],
    isReady: async () => (await fetch(`${url}/-/ready`)).ok,
  });
  const stop = await startIn(run, daemon);
  const ask = async <T>(path: string): Promise<T> => {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(`Prometheus, ${decodeURIComponent(path)}: ${answer.error}`);
    return answer.data;
  };
  return {
    query: async (expr) => (await ask<{ result: Sample[] }>(`query?query=${encodeURIComponent(expr)}`)).result,
    alerts: async () => (await ask<{ alerts: Alert[] }>('alerts')).alerts,
    stop,
  };
}

/** Runs promtool in a folder with copies of these files and `text` in input.txt, which it is given as its input; throws with what it complains of. */
export async function promtool(args: string, paths: readonly string[], text = ''): Promise<void> {
  const run = new Run(await openChroot('mariadb'), 'promtool').open();
  try {
    for (const path of paths) run.file(basename(path), readFileSync(path, 'utf8'));
    run.file('input.txt', text);
    const command = ['sh', '-c', `cd ${run.inside} && promtool ${args} < input.txt`];
    await runJailed({ root: run.root, command, log: join(run.folder, 'promtool.log') }, TOOL_LIMIT_MS);
  } finally {
    run.close();
  }
}
