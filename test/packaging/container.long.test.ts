// The image, built and started with a read-only root where a container engine is at hand; said loudly where none is.
import { execFileSync, spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { until } from '../support/until.ts';

/** The first that answers: a client without its daemon is none. */
const engine = ['docker', 'podman'].find((name) => spawnSync(name, ['info'], { timeout: 20_000 }).status === 0);
const image = `cdrd-test-${process.pid}`;
const run = (...args: string[]) => execFileSync(engine!, args, { encoding: 'utf8' }).trim();

it('the image is built, comes up with a read-only root, and finds itself healthy', { timeout: 900_000 }, async () => {
  if (engine === undefined) {
    process.stderr.write('\n  LEFT OUT: building the image. There is no docker and no podman that answers here.\n\n');
    return;
  }
  run('build', '--file', 'packaging/Containerfile', '--tag', image, '.');
  const container = run('run', '--detach', '--read-only', '--tmpfs', '/tmp', image);
  try {
    await until(() => run('logs', container).includes('cdrd is up'), 'the container to be up', 60_000);
    const healthy = () => run('inspect', '--format', '{{.State.Health.Status}}', container) === 'healthy';
    await until(healthy, 'its health check', 90_000);
    expect(run('exec', container, 'id', '-u')).toBe('10001');
  } finally {
    run('rm', '--force', container);
    run('rmi', '--force', image);
  }
});
