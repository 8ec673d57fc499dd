import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** One permission, with a name that says its purpose. */
export const allow = (
  grantee: IGrantable,
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
): void => {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({ sid, actions: [...actions], resources: [...resources] }),
  );
};
