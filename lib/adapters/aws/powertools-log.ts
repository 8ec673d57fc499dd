import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '../../ports.ts';

/** One line of JSON an event in CloudWatch, with the request that it belongs to. */
export const powertoolsLog = (part: string, level: 'info' | 'warn' | 'error'): Log => {
  const logger = new Logger({ serviceName: part, logLevel: level.toUpperCase() as Uppercase<typeof level> });
  return {
    info: (message, facts = {}) => logger.info(message, facts),
    warn: (message, facts = {}) => logger.warn(message, facts),
    error: (message, facts = {}) => logger.error(message, facts),
  };
};
