import { Argument, Command } from 'commander';
import type { Shell } from './shell.ts';

export const completionCommand = (shell: Shell, program: () => Command): Command =>
  new Command('completion')
    .description('Print a script that completes commands and options in a shell.')
    .addArgument(new Argument('<shell>', 'shell to complete in').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      `
Put the line for your shell into its start file:
  bash (~/.bashrc):                  source <(darkroom completion bash)
  zsh (~/.zshrc, after compinit):    source <(darkroom completion zsh)
  fish (~/.config/fish/config.fish): darkroom completion fish | source

Example:
  source <(darkroom completion bash)`,
    )
    .action((name: keyof typeof scripts) => {
      shell.out.write(scripts[name](wordsOf(program())));
    });

type Words = readonly {
  readonly name: string;
  readonly description: string;
  /** Commands below this one, such as `tail` of `events`. */
  readonly below: readonly { readonly name: string; readonly description: string }[];
  /** Of the command and of those below it. */
  readonly options: readonly { readonly flag: string; readonly description: string }[];
}[];

const wordsOf = (program: Command): Words =>
  program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({
      name: command.name(),
      description: command.description(),
      below: command.commands.map((one) => ({ name: one.name(), description: one.description() })),
      options: [...new Map([command, ...command.commands].flatMap(optionsOf)).values()],
    }));

const optionsOf = (command: Command) =>
  command
    .createHelp()
    .visibleOptions(command)
    .map((option) => {
      const flag = option.long ?? option.short ?? '';
      return [flag, { flag, description: option.description }] as const;
    });

const namesOf = (words: readonly { readonly name: string }[]): string => words.map(({ name }) => name).join(' ');
const flagsOf = ({ options }: Words[number]): string => options.map(({ flag }) => flag).join(' ');
/** The package `darkroom-images` has the command under both names. */
const programs = 'darkroom darkroom-images';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const withBelow = (words: Words): Words => words.filter(({ below }) => below.length > 0);

const bash = (words: Words): string => `_darkroom() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words='' match
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${namesOf(words)}'
  elif [[ "$word" == -* ]]; then
    case "\${COMP_WORDS[1]}" in
${words.map((command) => `      ${command.name}) words='${flagsOf(command)}' ;;`).join('\n')}
    esac
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case "\${COMP_WORDS[1]}" in
${withBelow(words)
  .map(({ name, below }) => `      ${name}) words='${namesOf(below)}' ;;`)
  .join('\n')}
    esac
  fi
  COMPREPLY=()
  while IFS= read -r match; do COMPREPLY+=("$match"); done < <(compgen -W "$words" -- "$word")
}
complete -o default -F _darkroom ${programs}
`;

/** A colon would end the word that \`_describe\` offers. */
const described = (word: string, description: string): string =>
  quoted(`${word}:${description.replaceAll(':', '\\:')}`);

const zsh = (words: Words): string => `#compdef ${programs}
_darkroom() {
  local -a offered
  if (( CURRENT == 2 )); then
    offered=(${words.map(({ name, description }) => described(name, description)).join(' ')})
    _describe command offered
  elif [[ $PREFIX == -* ]]; then
    case $words[2] in
${words
  .map(({ name, options }) => {
    const flags = options.map(({ flag, description }) => described(flag, description));
    return `      ${name}) offered=(${flags.join(' ')}) ;;`;
  })
  .join('\n')}
    esac
    _describe option offered
  elif (( CURRENT == 3 )) && [[ $words[2] == (${withBelow(words)
    .map(({ name }) => name)
    .join('|')}) ]]; then
    case $words[2] in
${withBelow(words)
  .map(
    ({ name, below }) =>
      `      ${name}) offered=(${below.map((one) => described(one.name, one.description)).join(' ')}) ;;`,
  )
  .join('\n')}
    esac
    _describe command offered
  else
    _files
  fi
}
compdef _darkroom ${programs}
`;

/** Fish offers files beside everything that does not say `-f`. */
const fish = (words: Words): string =>
  `function __darkroom_at
  test (count (commandline -opc)) -eq $argv[1]
end
function __darkroom_in
  set -l words (commandline -opc)
  test (count $words) -ge 2; and test $words[2] = $argv[1]
end
${words
  .flatMap(({ name, description, below, options }) => [
    `complete -c darkroom -n '__darkroom_at 1' -f -a ${name} -d ${quoted(description)}`,
    ...below.map(
      (one) =>
        `complete -c darkroom -n '__darkroom_at 2; and __darkroom_in ${name}' -f -a ${one.name} -d ${quoted(one.description)}`,
    ),
    ...options
      .filter(({ flag }) => flag.startsWith('--'))
      .map(
        ({ flag, description }) =>
          `complete -c darkroom -n '__darkroom_in ${name}' -l ${flag.slice(2)} -d ${quoted(description)}`,
      ),
  ])
  .join('\n')}
complete -c darkroom-images -w darkroom
`;

const scripts = { bash, zsh, fish } as const;
