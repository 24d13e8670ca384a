// The client as one plain ES module: the files of src/client, one after the other, without their types.
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

/** Each needs only those before it. */
const files = ['trouble', 'request', 'queue', 'feed', 'records', 'client'];

export function scriptOfClient(): string {
  const parts = files.map((file) => {
    const source = readFileSync(new URL(`../../client/${file}.ts`, import.meta.url), 'utf8');
    // What they import from each other is in the same module here.
    return withoutTypes(source).replace(/^(import|export) [^;]*? from '\.[^']*';$/gms, '');
  });
  return parts.map((part) => part.replace(/[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n')).join('\n');
}

/** Node calls it experimental on stderr, where an operator would read it as trouble; the runtime itself runs on it. */
function withoutTypes(source: string): string {
  const warn = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = warn;
  }
}
