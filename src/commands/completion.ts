// cdrd completion: what bash needs to complete cdrd's commands, options and choices, made of the commands themselves.
import type { Command, Option } from 'commander';
import { out } from './print.ts';

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print completion for bash: source <(cdrd completion)')
    .action(() => out(completionOf(program).trimEnd()));
}

/** A command as it is typed, without the name of the program. */
interface Typed {
  path: string;
  command: Command;
}

/** A script for bash 4 or newer. Where it knows no words, bash completes names of files. */
export function completionOf(program: Command): string {
  const all = [...typedOf(program, '')];
  const help = program.createHelp();
  const optionsOf = (command: Command) => [
    ...new Set([...help.visibleOptions(command), ...help.visibleOptions(program)]),
  ];
  const steps = all.filter(({ path }) => path !== '').map(({ path }) => `'${before(path)}|${last(path)}'`);
  const values = all.flatMap(({ path, command }) =>
    optionsOf(command)
      .filter(takesValue)
      .flatMap((option) => namesOf(option).map((name) => ({ typed: `'${path}|${name}'`, option }))),
  );
  const name = program.name();
  return `# Completion of ${name} for bash, printed by "${name} completion".
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path='' words='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path|\${COMP_WORDS[i]}" in
      ${values.map(({ typed }) => typed).join(' | ')}) ((i++)) ;;
      ${steps.join(' | ')}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path|\${COMP_WORDS[COMP_CWORD - 1]}" in
${values.map(({ typed, option }) => `    ${typed}) words='${(option.argChoices ?? []).join(' ')}' ;;`).join('\n')}
    *)
      case "$path" in
${all.map(({ path, command }) => wordsOf(path, command, optionsOf(command), help.visibleCommands(command))).join('\n')}
      esac
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o bashdefault -o default -F _${name} ${name}
`;
}

function wordsOf(path: string, command: Command, options: readonly Option[], below: readonly Command[]): string {
  const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const words = [...below.map((one) => one.name()), ...choices].join(' ');
  const dashed = [...new Set(options.flatMap((option) => option.long ?? []))].join(' ');
  return `        '${path}') if [[ $cur == -* ]]; then words='${dashed}'; else words='${words}'; fi ;;`;
}

function* typedOf(command: Command, path: string): Generator<Typed> {
  yield { path, command };
  for (const one of command.commands) yield* typedOf(one, `${path} ${one.name()}`.trim());
}

const takesValue = ({ required, optional }: Option) => required || optional;
const namesOf = ({ short, long }: Option) => [short, long].filter((name) => name !== undefined);
const before = (path: string) => path.split(' ').slice(0, -1).join(' ');
const last = (path: string) => path.split(' ').at(-1)!;
