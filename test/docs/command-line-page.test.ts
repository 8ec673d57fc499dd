import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { exitCodes } from '../../lib/commands/shell.ts';
import { runCommand } from '../support/command.ts';

const text = await readFile(new URL('../../docs/command-line.md', import.meta.url), 'utf8');

test('docs/command-line.md is what the program says of itself', async () => {
  const { code, stdout } = await runCommand(['reference']);
  expect(code).toBe(0);
  expect(text).toBe(stdout);
});

test('every command has an imperative sentence and an example', () => {
  for (const section of text.split(/^## /m).slice(2)) {
    const [name = ''] = section.split('\n');
    expect([name, /\n\n[A-Z][a-z]+ [^\n]*\.\n/.test(section)]).toEqual([name, true]);
    expect([name, /Examples?:\n {2}\S/.test(section)]).toEqual([name, true]);
  }
});

test('every command can print JSON, but for scripts of shells', () => {
  const sections = text.split(/^## /m).slice(2);
  const without = sections.filter((section) => !section.includes('--json')).map((section) => section.split('\n')[0]);
  // Help that only names the commands below.
  expect(without).toEqual(['keys', 'events', 'completion']);
});

test('every exit code is documented', () => {
  const rows = [...text.matchAll(/^\| (\d+) \| \S/gm)].map(([, code]) => Number(code));
  // 143 is that of the signal, which the program leaves to the system.
  expect(rows).toEqual([0, ...Object.values(exitCodes), 143]);
});

test('every command that takes an address takes a profile', () => {
  const sections = text.split(/^## /m).filter((section) => section.includes('--url <address>'));
  expect(sections.length).toBeGreaterThan(10);
  expect(sections.filter((section) => !section.includes('--profile <name>'))).toEqual([]);
});

test('every option in an example is one of its command', () => {
  const sections = text.split(/^## /m).slice(2);
  const optionsOf = new Map(
    sections.map((section) => {
      const [help = ''] = section.split(/^Examples?:$/m);
      return [section.split('\n')[0] ?? '', new Set(help.match(/--[a-z-]+/g))];
    }),
  );
  const examples = sections.flatMap((section) => section.match(/(?<=^ {2}(?:\w+=\S+ )*)darkroom [a-z].*$/gm) ?? []);
  expect(examples.length).toBeGreaterThan(40);
  const strange = examples.filter((example) => {
    const [, first = '', second = ''] = example.split(' ');
    const known = optionsOf.get(`${first} ${second}`) ?? optionsOf.get(first);
    return example.match(/(?<=\s)--[a-z-]+/g)?.some((option) => !known?.has(option));
  });
  expect(strange).toEqual([]);
});
