import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { table } from '../adapters/aws/table.ts';
import { allow } from './allow.ts';

export interface CatalogueTableProps {
  readonly removalPolicy: RemovalPolicy;
  /** @default a key of DynamoDB */
  readonly encryptionKey?: IKey | undefined;
}

const types = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;

/** The one table. Its grants are named after what functions do, not after DynamoDB's calls. */
export class CatalogueTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { removalPolicy, encryptionKey }: CatalogueTableProps) {
    super(scope, id);
    const isKept = removalPolicy !== RemovalPolicy.DESTROY;
    this.table = new Table(this, 'Table', {
      partitionKey: { name: table.partitionKey, type: AttributeType.STRING },
      sortKey: { name: table.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      ...(encryptionKey
        ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey }
        : { encryption: TableEncryption.DEFAULT }),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: table.timeToLive,
      stream: StreamViewType.NEW_IMAGE,
      // A table that may not be deleted would make the rollback of a first deploy fail: the empty table stays instead. docs/decisions.md#protected-table
      removalPolicy: isKept ? RemovalPolicy.RETAIN : removalPolicy,
      deletionProtection: isKept,
    });
    for (const index of Object.values(table.indexes))
      this.table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: { name: index.sortKey, type: types[index.sortType] },
        projectionType: ProjectionType.KEYS_ONLY,
      });
  }

  /** To read a version and to write its next move, with everything that a move writes. */
  grantMoves(mover: IGrantable): void {
    allow(mover, 'LookAtVersions', ['dynamodb:GetItem'], [this.table.tableArn]);
    allow(
      mover,
      'MoveVersions',
      ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'],
      [this.table.tableArn],
    );
  }

  /** To list the given indexes, and to read the listed items. */
  grantLists(reader: IGrantable, lists: readonly (keyof typeof table.indexes)[]): void {
    const arns = lists.map((list) => `${this.table.tableArn}/index/${table.indexes[list].name}`);
    allow(reader, 'FindInLists', ['dynamodb:Query'], arns);
    allow(reader, 'ReadWhatIsListed', ['dynamodb:BatchGetItem'], [this.table.tableArn]);
  }

  /** To delete the versions of a removed image. */
  grantCloseDeletion(chores: IGrantable): void {
    allow(chores, 'FindVersionsToForget', ['dynamodb:Query'], [this.table.tableArn]);
    allow(chores, 'ForgetVersions', ['dynamodb:BatchWriteItem'], [this.table.tableArn]);
  }

  get streamArn(): string {
    const { tableStreamArn } = this.table;
    if (tableStreamArn === undefined) throw new Error('the table has no stream');
    return tableStreamArn;
  }
}
