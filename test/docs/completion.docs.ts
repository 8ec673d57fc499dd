import { spawnSync } from 'node:child_process';
import { beforeAll, expect, test } from '@jest/globals';
import { runCommand } from '../support/command.ts';

let script: string;
beforeAll(async () => {
  script = (await runCommand(['completion', 'bash'])).stdout;
});

const completed = (...words: string[]): readonly string[] => {
  const line = ['darkroom', ...words].map((word) => `'${word}'`).join(' ');
  const asked = `${script}COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _darkroom; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { error, stdout, stderr } = spawnSync('bash', ['--norc', '-c', asked], { encoding: 'utf8' });
  expect([error, stderr]).toEqual([undefined, '']);
  return stdout.split('\n').filter((word) => word !== '');
};

test('bash offers the commands, those below them, the options of each, and its own names of files', () => {
  expect([...completed('re')].sort()).toEqual(['rebuild', 'reconcile', 'render', 'reprocess', 'restore']);
  expect(completed('upload', '--co')).toEqual(['--collection']);
  expect(completed('render', '--w')).toEqual(['--watch']);
  expect(completed('upload', 'pho')).toEqual([]);
  expect(completed('events', '')).toEqual(['tail', 'replay']);
  expect(completed('keys', 'revoke', '--f')).toEqual(['--file']);
});
