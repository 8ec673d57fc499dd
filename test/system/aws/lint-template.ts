import { spawnSync } from 'node:child_process';
import { pythonTools } from './python-tools.ts';

// Holds the synthesised template against the specification of CloudFormation: `npm run check:template`, after a synth.

const { binary, environment } = await pythonTools();
// The CDK says of each function that it depends on its role, which CloudFormation knows from the reference as well.
const ignored = ['W3005'];
const { status } = spawnSync(
  binary,
  [
    '-c',
    'from cfnlint.runner import main; main()',
    '--ignore-checks',
    ...ignored,
    '--',
    'cdk.out/Darkroom.template.json',
  ],
  { stdio: 'inherit', env: { ...process.env, ...environment } },
);
process.exitCode = status ?? 1;
