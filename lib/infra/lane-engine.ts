import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import {
  Choice,
  Condition,
  DefinitionBody,
  DistributedMap,
  JsonPath,
  StateMachine,
  StateMachineType,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { allow } from './allow.ts';
import type { PipelineFunction } from './pipeline-function.ts';

/**
 * The turn of a run that was killed ends after a quarter of an hour, so a lane that is held is asked for again. A round is
 * at most ten events of the 25,000 that an execution may have. docs/decisions.md#held-lane
 */
const heldFor = Duration.minutes(1);

/**
 * Runs the lanes of large jobs: a Distributed Map of Step Functions calls the function for each lane, again and again until
 * the lane is over. docs/decisions.md#lanes
 */
export class LaneMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { lane }: { readonly lane: PipelineFunction }) {
    super(scope, id);
    const work = new LambdaInvoke(this, 'Work', {
      lambdaFunction: lane.lambda,
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
    });
    // The clock starts the lanes again that have failed to the end.
    work.addRetry({ errors: ['States.ALL'], interval: Duration.seconds(10), maxAttempts: 6, backoffRate: 2 });
    const held = new Wait(this, 'Held', { time: WaitTime.duration(heldFor) });
    held.next(work);
    const again = new Choice(this, 'IsOver')
      .when(Condition.booleanEquals('$.isHeld', true), held)
      .when(Condition.booleanEquals('$.isOver', true), new Succeed(this, 'Over'))
      .otherwise(work);
    const lanes = new DistributedMap(this, 'Lanes', {
      itemsPath: JsonPath.stringAt('$.lanes'),
      toleratedFailurePercentage: 100,
      resultPath: JsonPath.DISCARD,
    });
    lanes.itemProcessor(work.next(again));
    this.machine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(lanes),
      stateMachineType: StateMachineType.STANDARD,
      comment: 'Darkroom: the lanes of large bulk jobs',
    });
  }

  grantStart(starter: IGrantable): void {
    allow(starter, 'StartLanes', ['states:StartExecution'], [this.machine.stateMachineArn]);
  }
}
