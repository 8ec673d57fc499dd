import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

const waiting = 'ApproximateNumberOfMessages';
const counts = {
  waiting: [waiting],
  // A message that is put back for a while is not visible, and it is not taken.
  all: [waiting, `${waiting}NotVisible`, `${waiting}Delayed`],
} as const;

/** How many messages wait in a queue, or how many there are with those that are worked on, as nearly as SQS knows. */
export const sqsDepth =
  (sqs: SQSClient, queueUrl: string, which: keyof typeof counts = 'waiting') =>
  async (): Promise<number> => {
    const names = counts[which];
    const asked = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] });
    const { Attributes = {} } = await sqs.send(asked);
    return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
  };
