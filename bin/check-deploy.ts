import { execFileSync } from 'node:child_process';
import { checkAccount, type Finding } from '../lib/adapters/aws/account-check.ts';
import type { Whereabouts } from '../lib/adapters/aws/whereabouts.ts';
import { readDeploySettings } from '../lib/infra/deploy-settings.ts';

/** `npm run deploy -- --check`: everything that a deploy needs and what limits it. Changes nothing. */
export const checkDeploy = async (
  where: Whereabouts,
  settings: Readonly<Record<string, unknown>>,
): Promise<{ readonly text: string; readonly isPossible: boolean }> => {
  const read = settingsIn(settings);
  const findings = [checkNpm(), ...('settings' in read ? await checkAccount(where, read.settings) : [read.finding])];
  const stops = findings.filter(({ verdict }) => verdict === 'stops');
  const sum =
    stops.length === 0
      ? 'Nothing that could be read stops a deploy.'
      : `A deploy would fail: ${stops.map(({ what }) => what).join(', ')}.`;
  return { text: [...findings.map(wordsOf), sum].join('\n'), isPossible: stops.length === 0 };
};

const settingsIn = (given: Readonly<Record<string, unknown>>) => {
  try {
    const { stackName, maxConcurrentRenders, reservedConcurrency } = readDeploySettings(
      (name) => given[name],
      Object.keys(given),
    );
    return {
      settings: {
        stackName,
        // Without the setting the deploy chooses by the account.
        ...(given.maxConcurrentRenders !== undefined && { maxConcurrentRenders }),
        ...(reservedConcurrency !== undefined && { reservedConcurrency }),
      },
    };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const todo = 'Correct --context, or context in cdk.json.';
    const finding: Finding = { what: 'settings', verdict: 'stops', found, wanted: 'those of docs/aws.md', todo };
    return { finding };
  }
};

/** Older ones install sharp for this machine instead of Lambda's. */
const checkNpm = (): Finding => {
  const found = execFileSync('npm', ['--version'], { encoding: 'utf8' }).trim();
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const isNew = major > 10 || (major === 10 && minor >= 4);
  const finding = { what: 'npm', found, wanted: '10.4 or newer' } as const;
  return isNew ? { ...finding, verdict: 'ok' } : { ...finding, verdict: 'stops', todo: 'npm install --global npm' };
};

const wordsOf = ({ what, verdict, found, wanted, todo }: Finding): string =>
  [
    `${verdict.toUpperCase().padEnd(8)} ${what}`,
    `           found:  ${found}`,
    ...(verdict === 'ok' ? [] : [`           wanted: ${wanted}`]),
    ...(todo === undefined ? [] : [`           do:     ${todo}`]),
  ].join('\n');
