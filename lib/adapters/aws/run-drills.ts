import type { Drill, DrillHands } from './drills.ts';

export type DrillRun = {
  readonly hands: DrillHands;
  readonly say: (line: string) => void;
  /** Ends early when the person stops the drill. */
  readonly minute: () => Promise<void>;
  readonly isStopped: () => boolean;
  /** Also what makes uploads wait. */
  readonly disturb: boolean;
  /** Only these alarms. @default all */
  readonly only?: readonly string[];
};

/**
 * Makes the alarms of a stack go off on purpose, and undoes what it did for each as soon as it has, also after trouble or a
 * stop. All run side by side, and after them, one after the other, those for which uploads wait. Resolves to the alarms
 * that did not go off.
 */
export const runDrills = async (drills: readonly Drill[], run: DrillRun): Promise<readonly string[]> => {
  const { hands, say, disturb, only = [] } = run;
  const wanted = drills.filter(({ alarm }) => only.length === 0 || only.includes(alarm));
  const unknown = only.filter((name) => !drills.some(({ alarm }) => alarm === name));
  if (unknown.length > 0) throw new Error(`There is no alarm ${unknown.join(', ')}. docs/aws.md lists them.`);
  const left: string[] = [];
  const one = async (drill: Drill): Promise<void> => {
    if (!hands.has(drill.alarm)) say(`${drill.alarm}: this stack does not have it`);
    else if (drill.disturbs && !disturb) say(`${drill.alarm}: left out, because uploads would wait (--disturb)`);
    else if (!(await runDrill(drill, run))) left.push(drill.alarm);
  };
  await Promise.all(wanted.filter(({ disturbs }) => !disturbs).map(one));
  for (const drill of wanted.filter(({ disturbs }) => disturbs)) await one(drill);
  return left;
};

const runDrill = async (drill: Drill, { hands, say, minute, isStopped }: DrillRun): Promise<boolean> => {
  const { alarm, does, withinMinutes, cause, keepUp, undo } = drill;
  if (await hands.isOn(alarm)) {
    say(`${alarm}: is on already, and not for a drill`);
    return false;
  }
  say(`${alarm}: ${does}; this may take ${withinMinutes} minutes`);
  try {
    await cause?.(hands);
    for (let minutes = 0; minutes <= withinMinutes && !isStopped(); minutes++) {
      await keepUp?.(hands);
      if (await hands.isOn(alarm)) {
        say(`${alarm}: ALARM after ${minutes} minutes`);
        return true;
      }
      await minute();
    }
    say(`${alarm}: ${isStopped() ? 'stopped' : `still quiet after ${withinMinutes} minutes`}`);
  } catch (error) {
    say(`${alarm}: ${String(error)}`);
  } finally {
    await undo?.(hands).then(
      () => say(`${alarm}: undone`),
      (error) => say(`${alarm}: COULD NOT BE UNDONE: ${String(error)}`),
    );
  }
  return false;
};
