// What of the memory is in use: what waits to be collected says nothing about a bound.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Megabytes of the heap that are in use after a collection. */
export function heapMb(): number {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

/** As heapMb, with the buffers that stand outside the heap. */
export function memoryMb(): number {
  return heapMb() + process.memoryUsage().external / 1e6;
}
