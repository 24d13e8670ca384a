// Modules put together into few files: what they are to each other stays, wherever they lie.
import { describe, expect, it } from 'vitest';
import { chunksOf } from '../../../src/http/page/chunks.ts';

const main = 'dashboard/main.ts';
const modules = {
  [main]:
    'import { first } from "./first.ts";\nimport { lib } from "../lib/lib.js";\nglobalThis.told.push(`main ${first()} ${lib}`);',
  'dashboard/first.ts':
    'import { part as own } from "./parts/part.ts";\nexport function first() {return own;}\nexport const load = () => import("./views/one.ts");\nexport const other = () => import("./views/two.ts");',
  'dashboard/parts/part.ts': 'globalThis.told.push("part");\nexport const part = "p";',
  'dashboard/both.ts': 'export { lib } from "../lib/lib.js";\nexport class Both {}\nglobalThis.told.push("both");',
  'dashboard/views/one.ts':
    'import { Both, lib } from "../both.ts";\nimport dear from "../../lib/dear.js";\nexport function View() {return [Both.name,lib,dear];}',
  'dashboard/views/two.ts': 'import { Both } from "../both.ts";\nexport const View = Both;',
  'lib/lib.js': 'var a="l",b=1;export{a as lib,b};',
  'lib/dear.js': 'var dear="d";\nexport default dear;\n',
  'client/unused.ts': 'globalThis.told.push("unused");',
};

/** As a browser runs them: the first file, then one view. */
async function run(chunks: Record<string, string>, view: string): Promise<{ told: string[]; View: unknown }> {
  const told: string[] = [];
  Object.assign(globalThis, { told });
  const asUrl = (text: string) => `data:text/javascript,${encodeURIComponent(text)}//${Math.random()}`;
  const first = asUrl(chunks[main]!);
  await import(first);
  const { View } = (await import(asUrl(chunks[view]!.replace('"../main.ts"', JSON.stringify(first))))) as {
    View: unknown;
  };
  return { told, View };
}

describe('chunks of the page', () => {
  it('are one file of what is needed at once, and one for each view', () => {
    const chunks = chunksOf(modules, main);
    expect(Object.keys(chunks).sort()).toEqual([main, 'dashboard/views/one.ts', 'dashboard/views/two.ts']);
    expect(Object.values(chunks).join()).not.toContain('unused');
    // What one view alone needs comes with it, what two need with the first file.
    expect(chunks[main]).not.toContain('dear');
    expect(chunks['dashboard/views/one.ts']).toContain('dear');
    expect(chunks['dashboard/views/two.ts']).not.toContain('class Both');
  });

  it('run each module once, behind those it needs, and know them by their names', async () => {
    const chunks = chunksOf(modules, main);
    const { told, View } = await run(chunks, 'dashboard/views/one.ts');
    expect(told).toEqual(['part', 'both', 'main p l']);
    expect((View as () => unknown)()).toEqual(['Both', 'l', 'd']);
  });

  it('are none of modules that need each other, or of one that is not there', () => {
    const circle = { [main]: 'import { a } from "./a.ts";', 'dashboard/a.ts': 'import { b } from "./main.ts";' };
    expect(() => chunksOf(circle, main)).toThrow(
      'modules need each other: dashboard/main.ts → dashboard/a.ts → dashboard/main.ts',
    );
    expect(() => chunksOf({ [main]: 'import { a } from "./a.ts";' }, main)).toThrow(
      'dashboard/a.ts: the page has no such module',
    );
  });
});
