// A program of its own, run by bundle.ts: prints the page's files as browsers take them, as one JSON object, path → text.
// What takes types away is 18 MB that would never leave the daemon.
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { chunksOf } from './chunks.ts';
import { squeezed } from './squeeze.ts';

const from = (path: string) => new URL(`../../${path}`, import.meta.url);
const read = (url: URL | string) => readFileSync(url, 'utf8');

/** Libraries, by the name they are imported by; each is a module of its own in `lib/`. */
const libraries: Record<string, { path: string; text: () => string }> = {
  preact: { path: 'lib/preact.js', text: () => read(new URL(import.meta.resolve('preact'))) },
  'preact/hooks': { path: 'lib/hooks.js', text: () => read(new URL(import.meta.resolve('preact/hooks'))) },
  // Its ES module is not minified: this is the same, half as large.
  uplot: { path: 'lib/uplot.js', text: () => `${read(ofUplot('uPlot.iife.min.js'))}\nexport default uPlot;\n` },
};

function ofUplot(file: string): URL {
  return new URL(file, import.meta.resolve('uplot'));
}

/** Names of libraries become paths: a page with a strict policy has no import map. */
function withPaths(text: string, path: string): string {
  const up = '../'.repeat(path.split('/').length - 1);
  return text
    .replace(/(\bfrom|^import)\s*(["'])([^."'][^"']*)\2/gm, (all, word: string, _quote, name: string) => {
      const library = libraries[name];
      return library ? `${word} "${up}${library.path}"` : all;
    })
    .replace(/^\/\/# sourceMappingURL=.*$/gm, '');
}

/** Nobody reads it indented: that is a twentieth of its weight, and line ends within brackets a hundredth. No text of ours goes over lines; a test asks. */
function flush(text: string): string {
  return text.replace(/^[ \t]+/gm, '');
}

/** Where a line end is not what ends a statement; what is imported and exported stays at the beginning of a line, where chunks.ts looks for it. */
function joined(text: string): string {
  return text.replace(/([,({[])\n|(;)\n(?!import\b|export\b)/g, '$1$2').replace(/\n([\])}])/g, '$1');
}

/** Libraries first, then the ground, then what lies beside it: what a folder says of itself goes over all of them. */
function rankOf(path: string): number {
  return path.startsWith('lib/') ? 0 : path.endsWith('/style.css') ? 1 : path.split('/').length;
}

/** As browsers get them, by path. */
const sent: Record<string, string> = {};
const modules: Record<string, string> = {};
const styles: Record<string, string> = {};
for (const room of ['dashboard', 'client']) {
  for (const file of readdirSync(from(room), { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(room, file);
    if (file.endsWith('.ts'))
      modules[path] = squeezed(
        joined(flush(withPaths(stripTypeScriptTypes(read(from(path)), { mode: 'transform' }), path))),
      );
    if (file.endsWith('.svg')) sent[path] = read(from(path));
    if (file.endsWith('.css')) styles[path] = flush(read(from(path))).replace(/\/\*[^]*?\*\/\n?/g, '');
  }
}
for (const { path, text } of Object.values(libraries)) modules[path] = withPaths(text(), path);
styles['lib/uplot.css'] = read(ofUplot('uPlot.min.css'));
// One file of them all, as of the scripts.
const ordered = Object.keys(styles).sort((a, b) => rankOf(a) - rankOf(b));
sent['style.css'] = ordered.map((path) => styles[path]).join('\n');
// It stands before all others, and is no module.
const early = 'dashboard/early.ts';
sent[early] = modules[early]!;
process.stdout.write(JSON.stringify({ ...sent, ...chunksOf(modules, 'dashboard/main.ts') }));
