// Preloaded into a daemon under test (NODE_OPTIONS=--import): its wall clock, and nothing else, stands as far off as a file says.
import { readFileSync } from 'node:fs';

const file = process.env['FAULTS_CLOCK']!;
const real = Date.now.bind(Date);
const shift = (): number => {
  try {
    return Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    return 0;
  }
};
Date.now = () => real() + shift();
const Real = Date;
globalThis.Date = new Proxy(Real, {
  construct: (target, args: [], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [Date.now()] : args, newTarget) as Date,
});
