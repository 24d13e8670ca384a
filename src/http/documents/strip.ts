// A program of its own, run by script.ts: prints the client as one plain ES module, the files of src/client one after the other without their types.
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

/** Each needs only those before it. */
const files = [
  'trouble',
  'wait',
  'request',
  'now',
  'queue',
  'feed',
  'lines',
  'export',
  'records',
  'calls',
  'tables',
  'rejects',
  'proof',
  'holds',
  'webhooks',
  'stats',
  'client',
];

for (const file of files) {
  const source = readFileSync(new URL(`../../client/${file}.ts`, import.meta.url), 'utf8');
  // What they import from each other is in the same module here.
  const alone = stripTypeScriptTypes(source).replace(/^(import|export) [^;]*? from '\.[^']*';$/gms, '');
  process.stdout.write(`${alone.replace(/[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n')}\n`);
}
