import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { exitMeanings } from '../../lib/commands/shell.ts';
import { jsonLines, runCommand } from '../support/command.ts';
import { program } from '../support/program.ts';

test('the help of the program has examples and every exit code', async () => {
  const { code, stdout } = await runCommand(['--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('Examples:\n  darkroom serve\n');
  for (const [exit, meaning] of exitMeanings) expect(stdout).toMatch(new RegExp(`^  ${exit} +${meaning}$`, 'm'));
});

/** Starts the command line where a line of the shell says. */
const inShell = (line: string) => spawn('sh', ['-c', line, 'sh', process.execPath, program, 'completion', 'bash']);

test('a reader that is gone ends the command without a word', async () => {
  const shell = inShell('{ read _; "$@"; echo "ended with $?" >&2; } | { exec 0<&-; echo "reads no more" >&2; }');
  const said: string[] = [];
  for await (const line of createInterface(shell.stderr)) {
    said.push(line);
    // The command begins when its reader is gone.
    if (line === 'reads no more') shell.stdin.end('\n');
  }
  expect(said).toEqual(['reads no more', 'ended with 141']);
});

/** A disk that is always full is a thing of Linux. */
if (existsSync('/dev/full'))
  test('a full disk behind the output ends the command with a sentence', async () => {
    const shell = inShell('exec "$@" > /dev/full');
    const [stderr, [code]] = await Promise.all([text(shell.stderr), once(shell, 'close')]);
    expect([code, stderr]).toEqual([1, 'The output cannot be written: the disk is full.\n']);
  });

test.each([
  [['doctor', '--origin', 'app.example'], 'Give scheme, host and port alone'],
  [['doctor', '--origin', 'https://app.example/'], 'Give scheme, host and port alone'],
  [
    ['cost', '--cdn-hit-share', '1.5'],
    "'--cdn-hit-share <share>' argument '1.5' is invalid. Give a number from 0 to 1.",
  ],
  [
    ['capacity', '--images', '1', '--render-seconds', '0'],
    "'--render-seconds <seconds>' argument '0' is invalid. Give",
  ],
])('%j is refused with the name of the option', async (args, sentence) => {
  expect(await runCommand(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) });
});

describe('darkroom completion', () => {
  test.each([
    ['bash', 'complete -o default -F _darkroom darkroom'],
    ['zsh', "'upload:Upload pictures and wait until they are ready.'"],
    ['fish', "complete -c darkroom -n '__darkroom_in upload' -l collection -d"],
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
      concurrentRenders: 5,
    });
  });

  test('multiplies pictures, sizes and formats: those of the configuration, of a preset, or given', async () => {
    const counts = async (...args: string[]) => {
      const [answer] = jsonLines(await runCommand(['capacity', '--images', '100000', ...args, '--json']));
      return [answer?.sizes, answer?.formats, answer?.variants];
    };
    expect(await counts()).toEqual([7, 3, 2_100_000]);
    expect(await counts('--preset', 'lean')).toEqual([7, 2, 1_400_000]);
    expect(await counts('--sizes', '5', '--formats', '2')).toEqual([5, 2, 1_000_000]);
    const { stdout } = await runCommand(['capacity', '--images', '100000', '--per-hour', '900']);
    expect(stdout).toContain('sizes × formats\t7 × 3\nvariants\t2,100,000\n');
    expect(stdout).toContain('pictures per hour with 1 renderer\t900\n');
    // Lambda takes no fewer than two.
    expect(stdout).toContain('on AWS: concurrent renders (maxConcurrentRenders)\t2\n');
  });

  test.each([
    [['--files', '4', '--sizes', '2'], 'Give either --files, or'],
    [['--preset', 'huge'], 'There is no preset huge. There are web, wide, '],
  ])('refuses %j', async (args, sentence) => {
    const { code, stderr } = await runCommand(['capacity', '--images', '10', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  });

  test('wants a number of pictures', async () => {
    expect(await runCommand(['capacity', '--images', 'many'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Give a whole number'),
    });
  });
});
