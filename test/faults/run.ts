// npm run test:faults [-- --nightly] [-- --seed N] [-- FILE …]: the faults suite, in CI's form or in the nightly one.
// CI always takes the same seed, so that a red run is the change's doing; the nightly run takes a new one each time.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: {
    nightly: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    seed: { type: 'string' },
    title: { type: 'string' },
  },
  allowPositionals: true,
});
const drawn = values.nightly ? Math.floor(Math.random() * 1e9) : 1;
const seed = Number(values.seed ?? drawn);
if (!Number.isSafeInteger(seed) || seed < 0) throw new Error(`--seed ${values.seed} is not a whole number`);
const form = values.nightly ? 'nightly' : values.short ? 'short' : 'ci';
process.stdout.write(`faults: ${form} form, seed ${seed}\n`);

const vitest = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
const title = values.title === undefined ? [] : ['-t', values.title];
const child = spawn(process.execPath, [vitest, 'run', '--project', 'faults', ...title, ...positionals], {
  stdio: 'inherit',
  env: { ...process.env, CDRD_FAULTS_SEED: String(seed), CDRD_FAULTS_FORM: form },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  const again = `npm run test:faults -- ${form === 'ci' ? '' : `--${form} `}--seed ${seed} --title 'TITLE'`;
  if (code !== 0) process.stdout.write(`faults: seed ${seed}; one test alone: ${again}\n`);
  process.exitCode = code ?? (signal ? 1 : 0);
});
