// Every dialect there is; a new one is a folder here and a line below.
import type { Dialect } from '../context.ts';
import { ipcortex } from './ipcortex/routes.ts';
import { native } from './native/routes.ts';

export const dialects: readonly Dialect[] = [native, ipcortex];
