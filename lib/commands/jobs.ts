import { Command } from 'commander';
import { sentenceOfJob } from './reprocess.ts';
import { asking, type ServiceOptions, targetOf, withService } from './service.ts';
import type { Shell } from './shell.ts';
import { writeJson } from './table.ts';

export const jobsCommand = (shell: Shell): Command =>
  withService(new Command('jobs').description('Show how far jobs have come.').argument('<ids...>', 'ids of jobs'))
    .addHelpText(
      'after',
      `
Example:
  darkroom jobs 01k9ttd3v5x7q2m8c4f6h0j2n4`,
    )
    .action(async (ids: string[], options: ServiceOptions) => {
      const target = targetOf(shell, options);
      for (const id of ids) {
        const job = await asking(target, () => target.service.findJob(id));
        if (options.json) writeJson(shell, job);
        else shell.out.write(`${sentenceOfJob(job)}\n`);
        for (const { id: image, message } of options.json ? [] : job.failures)
          shell.out.write(`  ${image}: ${message}\n`);
      }
    });
