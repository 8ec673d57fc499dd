import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { exitCodes } from '../../lib/commands/shell.ts';
import { jsonLines, runCommand } from '../support/command.ts';

const page = join(import.meta.dirname, '../../docs/command-line.md');

test('docs/command-line.md is what the program says of itself', async () => {
  const { code, stdout } = await runCommand(['reference']);
  expect(code).toBe(0);
  expect(await readFile(page, 'utf8')).toBe(stdout);
});

test('every command has an imperative sentence, and those that are not for one case only have examples', async () => {
  const text = await readFile(page, 'utf8');
  for (const section of text.split(/^## /m).slice(2)) {
    const [name = ''] = section.split('\n');
    expect([name, /\n\n[A-Z][a-z]+ [^\n]*\.\n/.test(section)]).toEqual([name, true]);
    if (!['serve', 'completion'].includes(name)) expect(section).toMatch(/Examples?:\n {2}\S/);
  }
});

test('every command can print JSON, but for the service itself and for scripts of shells', async () => {
  const text = await readFile(page, 'utf8');
  const sections = text.split(/^## /m).slice(2);
  const without = sections.filter((section) => !section.includes('--json')).map((section) => section.split('\n')[0]);
  // Help that only names the commands below.
  expect(without).toEqual(['serve', 'keys', 'events', 'completion']);
});

test('every exit code is documented', async () => {
  const text = await readFile(page, 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \| \S/gm)].map(([, code]) => Number(code));
  expect(rows).toEqual([0, ...Object.values(exitCodes)]);
});

describe('darkroom completion', () => {
  test.each([
    ['bash', 'complete -o default -F _darkroom darkroom'],
    ['zsh', "'upload:Upload pictures and wait until they are ready.'"],
    ['fish', "complete -c darkroom -n '__fish_seen_subcommand_from upload' -l collection -d"],
  ])('writes for %s every command with what it does', async (shell, piece) => {
    const { code, stdout } = await runCommand(['completion', shell]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(piece)]);
    expect(stdout).not.toContain('render-files');
  });

  test('names the shells it knows', async () => {
    const { code, stderr } = await runCommand(['completion', 'tcsh']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('bash, zsh, fish')]);
  });
});

describe('darkroom capacity', () => {
  test('reckons with 21 files for each picture, twice the storage, and the renderers for a rate', async () => {
    const args = [
      'capacity',
      '--images',
      '100000',
      '--original-bytes',
      '4000000',
      '--variant-bytes',
      '1000000',
      '--json',
    ];
    const [answer] = jsonLines(
      await runCommand([...args, '--files', '21', '--render-seconds', '1.8', '--workers', '4', '--per-hour', '9000']),
    );
    expect(answer).toMatchObject({
      variants: 2_100_000,
      files: 2_300_000,
      storedBytes: 500e9,
      plannedBytes: 1000e9,
      picturesPerHour: 8000,
      seconds: 45_000,
      workers: 5,
    });
  });

  test('wants a number of pictures', async () => {
    expect(await runCommand(['capacity', '--images', 'many'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Give a whole number'),
    });
  });
});
