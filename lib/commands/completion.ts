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
  fish (~/.config/fish/config.fish): darkroom completion fish | source`,
    )
    .action((name: keyof typeof scripts) => {
      shell.out.write(scripts[name](wordsOf(program())));
    });

type Words = readonly {
  readonly name: string;
  readonly description: string;
  readonly options: readonly { readonly flag: string; readonly description: string }[];
}[];

const wordsOf = (program: Command): Words =>
  program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({
      name: command.name(),
      description: command.description(),
      options: command
        .createHelp()
        .visibleOptions(command)
        .map((option) => ({ flag: option.long ?? option.short ?? '', description: option.description })),
    }));

const namesOf = (words: Words): string => words.map(({ name }) => name).join(' ');
const flagsOf = ({ options }: Words[number]): string => options.map(({ flag }) => flag).join(' ');
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const bash = (words: Words): string => `_darkroom() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words='' match
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${namesOf(words)}'
  elif [[ "$word" == -* ]]; then
    case "\${COMP_WORDS[1]}" in
${words.map((command) => `      ${command.name}) words='${flagsOf(command)}' ;;`).join('\n')}
    esac
  fi
  COMPREPLY=()
  while IFS= read -r match; do COMPREPLY+=("$match"); done < <(compgen -W "$words" -- "$word")
}
complete -o default -F _darkroom darkroom
`;

/** A colon would end the word that \`_describe\` offers. */
const described = (word: string, description: string): string =>
  quoted(`${word}:${description.replaceAll(':', '\\:')}`);

const zsh = (words: Words): string => `#compdef darkroom
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
  else
    _files
  fi
}
compdef _darkroom darkroom
`;

const fish = (words: Words): string =>
  `${words
    .flatMap(({ name, description, options }) => [
      `complete -c darkroom -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
      ...options
        .filter(({ flag }) => flag.startsWith('--'))
        .map(
          ({ flag, description }) =>
            `complete -c darkroom -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d ${quoted(description)}`,
        ),
    ])
    .join('\n')}\n`;

const scripts = { bash, zsh, fish } as const;
