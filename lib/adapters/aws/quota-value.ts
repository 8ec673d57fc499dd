import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { Quota } from './ceilings.ts';
import type { Whereabouts } from './whereabouts.ts';

/** The quota of the account, or AWS's default where the account has none of its own. */
export const quotaValue = async (where: Whereabouts, wanted: Quota): Promise<number | undefined> => {
  const client = new ServiceQuotasClient(where);
  const asked = { ServiceCode: wanted.service, QuotaCode: wanted.code };
  for (const command of [new GetServiceQuotaCommand(asked), new GetAWSDefaultServiceQuotaCommand(asked)])
    try {
      const { Quota: found } = await client.send(command as GetServiceQuotaCommand);
      if (found?.Value !== undefined) return found.Value;
    } catch (error) {
      if (!(error instanceof NoSuchResourceException)) throw error;
    }
  return undefined;
};
