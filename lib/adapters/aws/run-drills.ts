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

export type DrillResult = Readonly<Record<'quiet' | 'leftOut', readonly string[]>>;

/** The last line of a drill, and what its command ends with: 1 if an alarm stayed quiet, 2 if only some were left out. */
export const endOfDrill = ({ quiet, leftOut }: DrillResult): { readonly text: string; readonly code: 0 | 1 | 2 } => {
  const others = `Left out, because uploads would wait: ${leftOut.join(', ')}. Try them with --disturb.`;
  if (quiet.length > 0)
    return { text: `Not shown to go off: ${quiet.join(', ')}.${leftOut.length > 0 ? ` ${others}` : ''}`, code: 1 };
  if (leftOut.length > 0) return { text: `Every other alarm went off. ${others}`, code: 2 };
  return { text: 'Every alarm that was tried went off.', code: 0 };
};

/**
 * Makes the alarms of a stack go off on purpose, and undoes what it did for each as soon as it has, also after trouble or a
 * stop. All run side by side, and after them, one after the other, those for which uploads wait. Resolves to the alarms
 * that did not go off, and to those that were left out because uploads would wait.
 */
export const runDrills = async (drills: readonly Drill[], run: DrillRun): Promise<DrillResult> => {
  const { hands, say, disturb, only = [] } = run;
  const wanted = drills.filter(({ alarm }) => only.length === 0 || only.includes(alarm));
  const unknown = only.filter((name) => !drills.some(({ alarm }) => alarm === name));
  if (unknown.length > 0) throw new Error(`There is no alarm ${unknown.join(', ')}. docs/aws.md lists them.`);
  const quiet: string[] = [];
  const leftOut: string[] = [];
  const one = async (drill: Drill): Promise<void> => {
    if (!hands.has(drill.alarm)) say(`${drill.alarm}: this stack does not have it`);
    else if (drill.disturbs && !disturb) {
      say(`${drill.alarm}: left out, because uploads would wait (--disturb)`);
      leftOut.push(drill.alarm);
    } else if (!(await runDrill(drill, run))) quiet.push(drill.alarm);
  };
  await Promise.all(wanted.filter(({ disturbs }) => !disturbs).map(one));
  for (const drill of wanted.filter(({ disturbs }) => disturbs)) await one(drill);
  return { quiet, leftOut };
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
