import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** How many messages wait in a queue, as nearly as SQS knows. */
export const sqsDepth = (sqs: SQSClient, queueUrl: string) => async (): Promise<number> => {
  const name = 'ApproximateNumberOfMessages';
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [name] }));
  return Number(Attributes?.[name]);
};
