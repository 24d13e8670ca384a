// The Node a user has: the first on PATH that is not one npm put into the project.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export function userNode(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return folders.map((folder) => join(folder, 'node')).find((file) => existsSync(file)) ?? process.execPath;
}
