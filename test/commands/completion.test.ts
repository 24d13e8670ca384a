// Completion as bash does it: the script is loaded, a line is typed, and what bash would offer is read.
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { completionOf } from '../../src/commands/completion.ts';
import { openProgram } from '../support/program.ts';

const program = await openProgram('config/cdrd.yaml');

/** What is offered for the last of these words. */
function offered(...words: string[]): string[] {
  const line = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cdrd; printf "%s\\n" "${COMPREPLY[@]}"';
  const script = `set -u\n${completionOf(program)}\n${line}`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

it('offers every command, and those below one', () => {
  const names = program.commands.map((command) => command.name());
  expect(offered('cdrd', '').filter((word) => word !== 'help')).toEqual(names);
  expect(offered('cdrd', 'tok')).toEqual(['token']);
  expect(offered('cdrd', 'token', '')).toEqual(['create', 'list', 'revoke', 'help']);
});

it.each([
  ['options of the command and of all commands', ['token', 'create', 'wall', '--'], '--scope --company --json'],
  ['the words an option may have', ['token', 'create', 'wall', '--scope', ''], 'read write admin'],
  ['the words an argument may have', ['man', ''], 'cdrd cdrd.yaml'],
  ['nothing, so that bash offers files, where a file is meant', ['import', '--rejects', ''], ''],
  [
    'commands below another, though the value of an option is called like a command',
    ['--config', 'run', 'tok'],
    'token',
  ],
])('offers %s', (_, words, expected) => {
  const found = offered('cdrd', ...words).filter((word) => !['--help', '--config'].includes(word));
  expect(found.join(' ')).toBe(expected);
});
