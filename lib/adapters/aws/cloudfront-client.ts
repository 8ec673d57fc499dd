/** A file of its own, so that it can be loaded when it is needed, and holds of the package only what is used. */
export { CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
