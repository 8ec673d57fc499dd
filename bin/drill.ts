import { setTimeout as sleep } from 'node:timers/promises';
import { drillHands } from '../lib/adapters/aws/drill-hands.ts';
import { drills } from '../lib/adapters/aws/drills.ts';
import { endOfDrill, runDrills } from '../lib/adapters/aws/run-drills.ts';
import type { Whereabouts } from '../lib/adapters/aws/whereabouts.ts';
import { readDeploySettings } from '../lib/infra/deploy-settings.ts';

/**
 * `npm run deploy -- --drill [alarm …] [--disturb]`: makes each alarm of the deployed stack go off. Ctrl-C ends it early and
 * undoes what is still to be undone. Resolves to what the command ends with.
 */
export const drill = async (
  where: Whereabouts,
  settings: Readonly<Record<string, unknown>>,
  args: readonly string[],
  say: (text: string) => void,
): Promise<number> => {
  const { stackName } = readDeploySettings((name) => settings[name], Object.keys(settings));
  const words = args.slice(args.indexOf('--drill') + 1);
  const end = words.findIndex((word) => word.startsWith('-'));
  const only = end === -1 ? words : words.slice(0, end);
  const stop = new AbortController();
  // A second Ctrl-C ends nothing: a clock of the stack may still stand.
  process.on('SIGINT', () => {
    if (stop.signal.aborted) say('What the drill did is being undone; this may take three minutes.');
    stop.abort();
  });
  const result = await runDrills(drills, {
    hands: await drillHands(where, stackName),
    say,
    minute: () => sleep(60_000, undefined, { signal: stop.signal }).catch(() => undefined),
    isStopped: () => stop.signal.aborted,
    disturb: args.includes('--disturb'),
    only,
  });
  const { text, code } = endOfDrill(result);
  say(text);
  return code;
};
