// What every command needs from the process: where the configuration is, and a log that fits a command.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config, Matters } from '../config.ts';
import { codeOf, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

export interface Edge {
  /** The file from --config, CDRD_CONFIG, or the shipped one. */
  configFile(): string;
  /**
   * Takes from the file `cdrd.env` beside the configuration what the environment does not say (NAME=value lines), so that secrets
   * need no shell. Says so on stderr when it may not be read
   */
  fillEnvironment(): void;
  /**
   * The configuration, of which the store's section and what is named are checked, and a quiet log on stderr, for commands that
   * print their own answer. @throws ConfigFaults
   */
  load(only?: Matters): Promise<{ config: Config; log: Log }>;
}

const shipped = fileURLToPath(new URL('../../config/cdrd.yaml', import.meta.url));
const manifest = fileURLToPath(new URL('../../package.json', import.meta.url));

export function openEdge(optionOf: () => string | undefined): Edge {
  const configFile = () => optionOf() ?? (process.env['CDRD_CONFIG'] || nearest(shipped));
  return {
    configFile,
    fillEnvironment: () => {
      const file = join(dirname(configFile()), 'cdrd.env');
      try {
        process.loadEnvFile(file);
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return;
        process.stderr.write(`cdrd: ${file} cannot be read (${messageOf(error)}): what it sets is not known\n`);
      }
    },
    load: async (only = []) => {
      const [{ loadConfig }, { openLog }] = await Promise.all([import('../config.ts'), import('../log.ts')]);
      return {
        config: loadConfig(configFile(), process.env, typeof only === 'function' ? only : ['store', ...only]),
        log: openLog({ level: 'warn', format: 'auto' }, process.stderr),
      };
    },
  };
}

/** A path below the working folder reads better in messages. */
function nearest(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || !existsSync(short) ? path : short;
}

export function version(): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
