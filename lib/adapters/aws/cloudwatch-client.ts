/** A file of its own, so that it is loaded only when needed, with only the used part of the package. */
export { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
