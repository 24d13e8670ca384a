// The commands that the README prints, as a reader finds them: in code blocks, whole with their continued lines and here-documents,
// and within sentences. What is no command (a configuration, a message) is a sample.

export interface Printed {
  /** Of the README, from 1. */
  line: number;
  text: string;
}

export interface Readme {
  /** In the order of the text. */
  commands: Printed[];
  /** Code blocks that are none, whole. */
  samples: Printed[];
}

const programs =
  /^(?:(?:npx|npm|node|cdrd|curl|cat|cd|printf|mysql|wscat|useradd|install|sed|cp|asterisk|runuser|sudo|apt|apt-get|systemctl|docker|set|source|[A-Z_]+=\S+ npm) \S|[A-Z]+=\$\()/;

export function printedIn(markdown: string): Readme {
  const readme: Readme = { commands: [], samples: [] };
  const lines = markdown.split('\n');
  let isFenced = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith('```')) isFenced = !isFenced;
    if (isFenced) continue;
    const [indent = ''] = /^ {4,}(?=\S)/.exec(line) ?? [];
    if (indent === '') {
      for (const [, text] of line.matchAll(/`([^`]+)`/g)) {
        // Sentences name the commands of cdrd without what runs them.
        if (programs.test(text!) && !/…|^cdrd /.test(text!)) readme.commands.push({ line: at + 1, text: text! });
      }
      continue;
    }
    const end = lines.findIndex((next, place) => place > at && !next.startsWith(indent));
    const block = lines.slice(at, end).map((own) => own.slice(indent.length));
    if (programs.test(block[0]!)) readme.commands.push(...commandsOf(block, at + 1));
    else readme.samples.push({ line: at + 1, text: block.join('\n') });
    at = end - 1;
  }
  return readme;
}

/** Without what is said of it behind a #. */
export function bare(text: string): string {
  return text.replace(/ {2,}# .*$/, '');
}

function commandsOf(block: readonly string[], first: number): Printed[] {
  const commands: Printed[] = [];
  for (let at = 0; at < block.length; at++) {
    const begin = at;
    const [, word] = /<<'(\w+)'$/.exec(block[at]!) ?? [];
    if (word !== undefined) at = block.indexOf(word, at);
    while (block[at]!.endsWith('\\')) at++;
    commands.push({ line: first + begin, text: block.slice(begin, at + 1).join('\n') });
  }
  return commands;
}
