import { Duration, type RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  HttpJwtAuthorizer,
  HttpLambdaAuthorizer,
  HttpLambdaResponseType,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Environment } from '../environment.ts';
import { allow } from './allow.ts';
import type { PipelineFunction } from './pipeline-function.ts';

/** Keys of our own, or tokens (JWT) of an issuer that you trust. */
export type ApiAuth =
  | { readonly kind: 'keys' }
  | { readonly kind: 'jwt'; readonly issuer: string; readonly audience: readonly string[] };

export interface ApiAccessProps {
  readonly auth: ApiAuth;
  /** Makes the function that checks keys. */
  readonly authorizeFunction: (environment: Pick<Environment<'authorize'>, 'DARKROOM_KEYS_SECRET'>) => PipelineFunction;
  readonly removalPolicy: RemovalPolicy;
}

/** Who may call the API. */
export class ApiAccess extends Construct {
  readonly authorizer: IHttpRouteAuthorizer;
  /** Holds a JSON list of the SHA-256 of every valid key; with tokens there is none. */
  readonly keys: Secret | undefined;
  /** Signs the tokens that open one image. The route for them is open in the gateway: the API checks them itself. */
  readonly watchSecret: Secret;
  /** The function that checks keys. */
  readonly keyChecker: PipelineFunction | undefined;

  constructor(scope: Construct, id: string, { auth, authorizeFunction, removalPolicy }: ApiAccessProps) {
    super(scope, id);
    this.watchSecret = new Secret(this, 'Watch', {
      description: 'Darkroom: signs the tokens that open one image for a day',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
    });
    if (auth.kind === 'jwt') {
      this.authorizer = new HttpJwtAuthorizer('Tokens', auth.issuer, { jwtAudience: [...auth.audience] });
      return;
    }
    this.keys = new Secret(this, 'Keys', {
      description:
        'Darkroom: a JSON list of the SHA-256 of every valid API key, in hexadecimal, or of objects that limit one',
      // No key is valid until you store its hash here; until then the secret holds nothing.
      secretStringValue: SecretValue.unsafePlainText('[]'),
      removalPolicy,
    });
    this.keyChecker = authorizeFunction({ DARKROOM_KEYS_SECRET: this.keys.secretArn });
    allow(this.keyChecker, 'ReadTheHashes', ['secretsmanager:GetSecretValue'], [this.keys.secretArn]);
    this.authorizer = new HttpLambdaAuthorizer('Keys', this.keyChecker.lambda, {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
      identitySource: ['$request.header.Authorization'],
      resultsCacheTtl: Duration.minutes(1),
    });
  }

  /** Lets a function sign and check the tokens of tickets. */
  grantWatch(to: PipelineFunction): void {
    allow(to, 'ReadTheWatchSecret', ['secretsmanager:GetSecretValue'], [this.watchSecret.secretArn]);
  }
}
