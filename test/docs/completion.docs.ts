import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Each shell itself is asked what it offers, in a folder with one file.

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder.path, 'reef.jpg'), '');
  for (const shell of shells) {
    const { code, stdout } = await runCommand(['completion', shell]);
    expect(code).toBe(0);
    await writeFile(join(folder.path, `.${shell}`), stdout);
  }
});
afterAll(() => folder.remove());

const run = (program: string, args: readonly string[]): readonly string[] => {
  const { error, stdout, stderr } = spawnSync(program, args, {
    cwd: folder.path,
    env: { PATH: process.env.PATH, HOME: folder.path, TERM: 'dumb' },
    encoding: 'utf8',
    timeout: 600_000,
  });
  expect([error, stderr]).toEqual([undefined, '']);
  return stdout.split(/\r?\n/).filter((line) => line !== '');
};

const inBash = (...words: string[]): readonly string[] => {
  const line = words.map((word) => `'${word}'`).join(' ');
  const register = `complete -p ${words[0]} >/dev/null`;
  const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _darkroom; printf '%s\\n' "\${COMPREPLY[@]}"`;
  // Where the function offers nothing, `-o default` lets bash complete the names of files by itself.
  return run('bash', ['--norc', '-c', `. ./.bash; ${register}; ${ask}`]);
};

/** A zsh with a terminal of its own, in which Tab is pressed. What it would insert is written down. */
const inZsh = (...words: string[]): readonly string[] => {
  // Calls with -O, -A or -D are inner ones, which offer nothing.
  const inside = `
    PROMPT=''; autoload -Uz compinit; compinit -u -d ./.zcompdump; source ./.zsh
    compadd() {
      if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)* ]]; then builtin compadd "$@"; return; fi
      local -a offered; builtin compadd -O offered "$@"; print -rl -- $offered >>./.offered; return 1
    }
    tab() { zle complete-word; : >./.finished }
    zle -N tab; bindkey '^I' tab; : >./.prepared`;
  const script = `
    zmodload zsh/zpty
    rm -f ./.offered ./.finished ./.prepared
    : >./.offered
    zpty -b inner zsh -f -i
    zpty -w inner 'source ./.inside'
    until [[ -e ./.prepared ]]; do sleep 0.05; done
    zpty -w -n inner "$1"$'\\t'
    until [[ -e ./.finished ]]; do sleep 0.05; done
    zpty -d inner
    cat ./.offered`;
  writeFileSync(join(folder.path, '.inside'), inside);
  return run('zsh', ['-f', '-c', script, 'zsh', words.join(' ')]);
};

/** With a description behind a tab. */
const inFish = (...words: string[]): readonly string[] =>
  run('fish', ['--no-config', '-c', 'source ./.fish; complete -C "$argv"', words.join(' ')]).map(
    (line) => line.split('\t')[0] ?? '',
  );

const shells = ['bash', 'zsh', 'fish'] as const;
const asked = { bash: inBash, zsh: inZsh, fish: inFish };

describe.each(shells)('%s', (shell) => {
  const offered = (...words: string[]) => [...new Set(asked[shell](...words))].sort();

  test.each(['darkroom', 'darkroom-images'])('offers the commands of %s, and no file beside them', (program) => {
    expect(offered(program, 're')).toEqual(['rebuild', 'reconcile', 'render', 'reprocess', 'restore']);
  });

  test('offers what is below a command', () => {
    expect(offered('darkroom', 'events', '')).toEqual(['replay', 'tail']);
    expect(offered('darkroom', 'keys', 'l')).toEqual(['list']);
  });

  test('offers the options of each command', () => {
    expect(offered('darkroom', 'upload', '--co')).toEqual(['--collection']);
    expect(offered('darkroom', 'render', '--w')).toEqual(['--watch']);
    expect(offered('darkroom', 'keys', 'revoke', '--f')).toEqual(['--file']);
    expect(offered('darkroom', 'keys', 'list', '--status')).toEqual([]);
  });

  test('leaves the names of files to the shell', () => {
    expect(offered('darkroom', 'upload', 'ree')).toEqual(shell === 'bash' ? [] : ['reef.jpg']);
  });
});
