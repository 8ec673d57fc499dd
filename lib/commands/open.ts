import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Command } from 'commander';
import { asking, type ServiceOptions, targetOf, withService } from './service.ts';
import { CommandEnd, type Shell } from './shell.ts';
import { writeJson } from './table.ts';

type Options = ServiceOptions & { readonly print?: true; readonly variant?: string };

export const openCommand = (shell: Shell, platform: string): Command =>
  withService(
    new Command('open')
      .description('Open an image in the browser.')
      .argument('<id>', 'id of an image')
      .option(
        '--variant <name>',
        'variant to open, such as 640w or 640w.avif (default: the one that a page would show)',
      )
      .option('--print', 'print the address instead of opening it'),
  )
    .addHelpText(
      'after',
      `
Examples:
  darkroom open dz3kq7w2ynfa5xbv4hcd6tjrpe
  darkroom open dz3kq7w2ynfa5xbv4hcd6tjrpe --variant 640w.avif --print`,
    )
    .action(async (id: string, options: Options) => {
      const target = targetOf(shell, options);
      const { ready, status } = await asking(target, () => target.service.findImage(id));
      if (!ready)
        throw new CommandEnd(
          'failed',
          `${id} is ${status}: there is nothing to see yet. "darkroom show ${id} --why" says more.`,
        );
      const { variant } = options;
      const found = ready.variants.find(({ name, format }) => variant === name || variant === `${name}.${format}`);
      if (variant !== undefined && !found) {
        const names = [...new Set(ready.variants.map(({ name }) => name))].join(', ');
        throw new CommandEnd('failed', `${id} has no variant ${variant}. It has ${names}.`);
      }
      const url = found?.url ?? ready.picture.img.src;
      if (!options.print && !(await opened(url, platform)))
        shell.err.write('No browser could be started. Open the address yourself.\n');
      if (options.json) writeJson(shell, { id, url });
      else shell.out.write(`${url}\n`);
    });

const programs: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  // Not `start`, which is a shell command: the shell would interpret the address.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** The program of a platform that opens an address in the browser, and its arguments. */
export const openingOf = (url: string, platform: string): readonly [program: string, args: readonly string[]] => {
  const [program, ...args] = programs[platform] ?? ['xdg-open'];
  return [program, [...args, url]];
};

const opened = async (url: string, platform: string): Promise<boolean> => {
  const [program, args] = openingOf(url, platform);
  const child = spawn(program, args, { stdio: 'ignore' });
  try {
    const [code] = await once(child, 'exit');
    return code === 0;
  } catch {
    return false;
  }
};
