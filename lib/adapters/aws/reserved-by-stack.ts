import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { GetFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { isNamed } from './is-named.ts';
import type { Whereabouts } from './whereabouts.ts';

/** How many places the functions of a stack have reserved together; 0 if there is no such stack. */
export const reservedByStack = async (where: Whereabouts, StackName: string): Promise<number> => {
  const lambda = new LambdaClient(where);
  const reserved = async (FunctionName: string): Promise<number> => {
    try {
      const answer = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName }));
      return answer.ReservedConcurrentExecutions ?? 0;
    } catch (error) {
      // A stack also lists functions that were removed.
      if (isNamed(error, 'ResourceNotFoundException')) return 0;
      throw error;
    }
  };
  const places = await Promise.all((await functionsOf(where, StackName)).map(reserved));
  return places.reduce((sum, one) => sum + one, 0);
};

const functionsOf = async (where: Whereabouts, StackName: string): Promise<readonly string[]> => {
  const client = new CloudFormationClient(where);
  const names: string[] = [];
  try {
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
      for (const { ResourceType, PhysicalResourceId } of StackResourceSummaries)
        if (ResourceType === 'AWS::Lambda::Function' && PhysicalResourceId) names.push(PhysicalResourceId);
  } catch (error) {
    // CloudFormation has no other name for a stack that does not exist.
    if (!isNamed(error, 'ValidationError')) throw error;
  }
  return names;
};
