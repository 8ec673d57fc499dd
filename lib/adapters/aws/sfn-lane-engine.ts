import type { SFNClientConfig } from '@aws-sdk/client-sfn';
import type { LaneEngine } from '../../ports.ts';

/**
 * A state machine of Step Functions, in which a Distributed Map runs all lanes. The name of an execution is that of the run,
 * so that it is started once: Step Functions accepts a repeat as long as it runs, and refuses one after its end.
 */
export const sfnLaneEngine = (settings: SFNClientConfig, stateMachineArn: string): LaneEngine => {
  let connected: ReturnType<typeof connect> | undefined;
  return {
    start: async (job, lanes, run) => {
      connected ??= connect(settings);
      const { sfn, StartExecutionCommand } = await connected;
      const input = JSON.stringify({ lanes: Array.from({ length: lanes }, (_, part) => ({ job, part })) });
      try {
        await sfn.send(new StartExecutionCommand({ stateMachineArn, name: `${job}-${run}`, input }));
        return 'under way';
      } catch (error) {
        if (error instanceof Object && 'name' in error && error.name === 'ExecutionAlreadyExists') return 'ended';
        throw error;
      }
    },
  };
};

/** Loaded at the first large job, as few runs of the clock have one. */
const connect = async (settings: SFNClientConfig) => {
  const { SFNClient, StartExecutionCommand } = await import('./sfn-client.ts');
  return { sfn: new SFNClient(settings), StartExecutionCommand };
};
