import { Command } from 'commander';
import { exitMeanings, type Shell } from './shell.ts';

/** Not for people at a terminal: prints docs/command-line.md. */
export const referenceCommand = (shell: Shell, program: () => Command): Command =>
  new Command('reference').action(() => {
    shell.out.write(referenceOf(program()));
  });

const referenceOf = (program: Command): string => {
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help');
  return `<!-- Written by the program itself: node bin/darkroom.ts reference > docs/command-line.md -->

# The command line

In the checkout the command is \`npx darkroom\`; from elsewhere \`node <checkout>/bin/darkroom.ts\`, with Node 24 or newer.
With the package \`darkroom-images\` ([client.md](client.md) builds it; it is not published yet) it is \`npx darkroom-images\`, or \`npx darkroom\`
where the package is installed. (On npm, the package \`darkroom\` is another project, so \`npx darkroom\` elsewhere offers that.)

## For all commands

- Results go to the standard output, progress and errors to the standard error.
- Tables, colours and bars appear on a terminal only; elsewhere there are plain lines with tabs. \`NO_COLOR=1\` turns
  colours off.
- \`--json\` prints one JSON object per line. Only \`completion\` has none, because it prints a script for a shell.
- \`DARKROOM_URL\` is the address of the service, \`DARKROOM_API_KEY\` the key for it.
- \`--profile shop\` takes both from \`$XDG_CONFIG_HOME/darkroom/profiles.json\` (\`~/.config/\` without the variable):
  \`{"shop": {"url": "https://api.example", "key": "…"}}\`. The file must be readable by its owner only. Keys are never printed.

| exit code | meaning |
|---:|---|
${exitMeanings.map(([code, meaning]) => `| ${code} | ${meaning} |`).join('\n')}

${commands
  .flatMap((command) => [command, ...command.commands])
  .map(sectionOf)
  .join('\n')}`;
};

const width = 100;

const sectionOf = (command: Command): string => {
  let text = '';
  command.configureOutput({
    writeOut: (more) => {
      text += more;
    },
    getOutHelpWidth: () => width,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return `## ${[command.parent?.parent && command.parent.name(), command.name()].filter(Boolean).join(' ')}

\`\`\`text
${text.trimEnd()}
\`\`\`
`;
};
