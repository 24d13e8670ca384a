// Modules put together into few files: small ones of a kind weigh a third less together, and each file costs its headers. Pure.
import { dirname, join, relative } from 'node:path';

type Modules = Readonly<Record<string, string>>;

const imported = /^import\s*(?:(\w+)|\{([^}]*)\})\s*from\s*["'](\.[^"']+)["'];?/gm;
const passedOn = /^export\s*\{([^}]*)\}\s*from\s*["'](\.[^"']+)["'];?/gm;
const declared = /^export\s+((?:async\s+)?(?:function\*?|class|const)\s+)(\w+)/gm;
const listed = /^export default (\w+);|\bexport\s*\{([^}]*)\};?/gm;
const later = /\bimport\(["'](\.[^"']+)["']\)/g;

/**
 * One file for `main` with all that it needs, and one for each module that it imports later; what two of these need is in the first. Each
 * stands at the path of the module it is named by. A module becomes a function that is called once, behind those it needs.
 * @throws Error where modules need each other in a circle
 */
export function chunksOf(modules: Modules, main: string): Record<string, string> {
  const views = [...needed(modules, [main])].flatMap((path) => laterOf(modules, path));
  const perView = views.map((view) => needed(modules, [view]));
  const common = [
    ...needed(
      modules,
      perView.flatMap((of) => [...of]),
    ),
  ].filter((path) => perView.filter((of) => of.has(path)).length > 1);
  const first = [...new Set([...needed(modules, [main]), ...common])].sort(
    (a, b) => Number(a === main) - Number(b === main),
  );
  const nameOf = (path: string) => `$${Object.keys(modules).indexOf(path)}`;
  const bodyOf = (paths: readonly string[]) => paths.map((path) => wrapped(modules, path, nameOf, main)).join('\n');
  const chunks: Record<string, string> = {};
  const shared = new Set<string>();
  views.forEach((view, at) => {
    const own = [...perView[at]!].filter((path) => !first.includes(path));
    const used = first.filter((path) => own.some((one) => importsOf(modules, one).includes(path)));
    for (const path of used) shared.add(path);
    const head = `import{${used.map(nameOf).join()}}from"${relativeTo(view, main)}";`;
    const exported = exportsOf(modules[view]!).map(([name]) => name);
    chunks[view] = `${head}\n${bodyOf(own)}\nexport const{${exported.join()}}=${nameOf(view)};`;
  });
  chunks[main] = `${bodyOf(first)}\nexport{${[...shared].map(nameOf).join()}};`;
  return chunks;
}

function resolved(path: string, name: string): string {
  return join(dirname(path), name);
}

function relativeTo(path: string, other: string): string {
  const way = relative(dirname(path), other);
  return way.startsWith('.') ? way : `./${way}`;
}

function importsOf(modules: Modules, path: string): string[] {
  const text = modules[path];
  if (text === undefined) throw new Error(`${path}: the page has no such module`);
  return [...text.matchAll(imported), ...text.matchAll(passedOn)].map((match) => resolved(path, match.at(-1)!));
}

function laterOf(modules: Modules, path: string): string[] {
  return [...modules[path]!.matchAll(later)].map(([, name]) => resolved(path, name!));
}

/** The modules and all that they import, each behind those it needs. */
function needed(modules: Modules, paths: readonly string[]): Set<string> {
  const known = new Set<string>();
  const visit = (path: string, above: readonly string[]) => {
    if (above.includes(path)) throw new Error(`modules need each other: ${[...above, path].join(' → ')}`);
    if (known.has(path)) return;
    for (const other of importsOf(modules, path)) visit(other, [...above, path]);
    known.add(path);
  };
  for (const path of paths) visit(path, []);
  return known;
}

/** `a as b, c` as pairs: a and b, c and c. */
function pairsOf(list: string): [from: string, to: string][] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [from, to = from] = part.split(/\s+as\s+/) as [string, string?];
      return [from, to];
    });
}

const asProperty = ([to, from]: readonly [string, string]) => (to === from ? to : `${to}:${from}`);

/** What a module exports, and what it calls that itself. */
function exportsOf(text: string): [name: string, own: string][] {
  const own = text.replace(passedOn, '');
  return [
    ...[...own.matchAll(declared)].map(([, , name]): [string, string] => [name!, name!]),
    ...[...own.matchAll(listed)].flatMap(([, usual, list]) =>
      usual === undefined
        ? pairsOf(list!).map(([from, to]): [string, string] => [to, from])
        : [['default', usual] as [string, string]],
    ),
  ];
}

function wrapped(modules: Modules, path: string, nameOf: (path: string) => string, main: string): string {
  const passed: string[] = [];
  const exported = exportsOf(modules[path]!);
  const body = modules[path]!.replace(
    imported,
    (_all, usual: string | undefined, list: string | undefined, name: string) => {
      const pairs = usual === undefined ? pairsOf(list!) : [['default', usual] as const];
      return `const{${pairs.map(asProperty).join()}}=${nameOf(resolved(path, name))};`;
    },
  )
    .replace(passedOn, (_all, list: string, name: string) => {
      const from = nameOf(resolved(path, name));
      for (const [own, to] of pairsOf(list)) passed.push(`${to}:${from}.${own}`);
      return '';
    })
    .replace(declared, '$1$2')
    .replace(listed, '')
    .replace(later, (_all, name: string) => `import("${relativeTo(main, resolved(path, name))}")`);
  const told = [...exported.map(asProperty), ...passed].join();
  return `const ${nameOf(path)}=(()=>{${body}\nreturn{${told}}})();`;
}
