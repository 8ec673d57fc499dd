import { Command } from 'commander';
import type { Config } from '../core/config.ts';
import { sharpRenderer } from '../render/sharp-renderer.ts';
import { readPicture, typeOf } from './picture-file.ts';
import { renderToFolder } from './render-to-folder.ts';
import type { Shell } from './shell.ts';

type Options = { readonly out: string; readonly preset?: string };

export const renderCommand = (shell: Shell, configured: () => Promise<Config>): Command =>
  new Command('render')
    .description('Make all variants of one picture into a folder. No service is needed.')
    .argument('<file>')
    .requiredOption('--out <folder>', 'folder to put the variants and the manifest into')
    .option('--preset <name>', 'preset to use: web, gallery, thumbnails, specimen, or one of your own')
    .action(async (file: string, { out, preset }: Options) => {
      const bytes = await readPicture(file);
      const world = { renderer: sharpRenderer(), config: await configured() };
      const { contentType } = typeOf(bytes);
      const files = await renderToFolder(world, { bytes, contentType }, { preset, folder: out });
      shell.out.write(`${files} files and a manifest in ${out}\n`);
    });
