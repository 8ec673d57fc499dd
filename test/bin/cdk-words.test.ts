import { describe, expect, test } from '@jest/globals';
import { cdkOptions } from '../../bin/cdk-options.ts';
import { choiceFor, deployWords, diffWords } from '../../bin/cdk-words.ts';

const usual = { functions: 1000, unreserved: 150, ours: 100 };

describe('What is chosen by the account', () => {
  test('is said, and reaches cdk deploy as context', () => {
    const choice = choiceFor(usual, {});
    expect(choice.said).toBe(
      'the account may run 1000 functions at once: maxConcurrentRenders 10, reservedConcurrency 50',
    );
    const args = ['--context', 'log=warn', '--require-approval', 'never'];
    const words = deployWords(args, cdkOptions(args), choice);
    expect(words.slice(0, 3)).toEqual(['deploy', '--outputs-file', 'cdk.out/outputs.json']);
    expect(cdkOptions(words).context).toEqual(['log=warn', 'maxConcurrentRenders=10', 'reservedConcurrency=50']);
  });

  test('reaches cdk diff as well, which compares with the same context and makes no change set', () => {
    const words = diffWords(['--diff', '-c', 'log=warn', '--region', 'eu-west-1'], choiceFor(usual, {}));
    expect(words.slice(0, 3)).toEqual(['diff', '--method', 'template']);
    expect(words).not.toContain('--diff');
    expect(cdkOptions(words)).toMatchObject({
      region: 'eu-west-1',
      context: ['log=warn', 'maxConcurrentRenders=10', 'reservedConcurrency=50'],
    });
  });

  test('leaves a setting that was given as it is, and names it', () => {
    const choice = choiceFor(usual, { maxConcurrentRenders: '4000' });
    expect(choice.said).toContain(': maxConcurrentRenders 4000, reservedConcurrency 50');
    expect(choice.context).toEqual(['--context', 'reservedConcurrency=50']);
  });

  test.each([
    [undefined, /^the account does not say how many functions it may run at once: maxConcurrentRenders 5$/],
    [
      { ...usual, ours: undefined },
      /, and does not say how many places this stack has reserved: maxConcurrentRenders 10$/,
    ],
  ])('says of %j what the account did not answer', (limit, said) => {
    expect(choiceFor(limit, {}).said).toMatch(said);
  });

  test('does not take the name of a stack for context, nor a second file for the outputs', () => {
    const args = ['-O', 'x.json', 'Darkroom'];
    const words = deployWords(args, cdkOptions(args), choiceFor(usual, {}));
    expect(words.slice(0, 4)).toEqual(['deploy', ...args]);
    expect(words).not.toContain('--outputs-file');
  });
});
