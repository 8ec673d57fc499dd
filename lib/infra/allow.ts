import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** One permission, by a name that says what it is for. */
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
