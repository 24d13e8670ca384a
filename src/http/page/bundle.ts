// The page as a browser takes it: its modules without their types, in few files (chunks.ts), under the hash of all of them, so that they may be kept for ever.
// There is no build: a process of its own (strip.ts) makes it from the sources when somebody first opens the page.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const program = fileURLToPath(new URL('./strip.ts', import.meta.url));
const limits = { timeout: 30_000, maxBuffer: 8_000_000 };

const types: Record<string, string> = {
  '.ts': 'text/javascript; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export const codings = ['br', 'gzip'] as const;
export type Coding = (typeof codings)[number];

export interface Bundle {
  /** Of everything in it. */
  hash: string;
  typeOf: (path: string) => string | undefined;
  /** The bytes of one of its files, or of the page itself (''); compressed once. */
  bytesOf: (path: string, coding: Coding | null) => Promise<Buffer>;
}

/** Rejects when no process can be started. */
export async function makeBundle(): Promise<Bundle> {
  // Node calls it experimental, though it runs on it itself.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program],
    limits,
  );
  return bundleOf(JSON.parse(stdout) as Record<string, string>);
}

export function bundleOf(files: Record<string, string>): Bundle {
  const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
  const html = htmlOf(`page/${hash}`);
  const made = new Map<string, Promise<Buffer>>();
  return {
    hash,
    typeOf: (path) => (Object.hasOwn(files, path) ? types[extname(path)] : undefined),
    bytesOf: (path, coding) => {
      const key = `${coding} ${path}`;
      const known = made.get(key) ?? pack(Buffer.from(path === '' ? html : (files[path] ?? '')), coding);
      made.set(key, known);
      return known;
    },
  };
}

async function pack(bytes: Buffer, coding: Coding | null): Promise<Buffer> {
  if (coding === 'br') return promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return coding === 'gzip' ? promisify(gzip)(bytes, { level: 9 }) : bytes;
}

/** What stands in it is painted with the styles, over a slow line seconds before the scripts are there; in no language. */
function htmlOf(at: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>cdrd</title>
<link rel="icon" href="${at}/dashboard/icon.svg">
<script src="${at}/dashboard/early.ts"></script>
<link rel="stylesheet" href="${at}/style.css">
<script type="module" src="${at}/dashboard/main.ts"></script>
</head>
<body>
<div id="root"><p class="loading">cdrd …</p></div>
<noscript>This page needs JavaScript. The API does not: <a href="docs">its documents</a>.</noscript>
</body>
</html>
`;
}
