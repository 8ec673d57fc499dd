/** A file of its own, so that it is loaded only when needed, with only the used part of the package. */
export { CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
