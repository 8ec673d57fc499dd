import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import type { Log } from '../../ports.ts';

/** One line of JSON an event in CloudWatch, with the invocation that it belongs to. */
export const powertoolsLog = (part: string, level: 'info' | 'warn' | 'error') => {
  const logger = new Logger({ serviceName: part, logLevel: level.toUpperCase() as Uppercase<typeof level> });
  const log: Log = {
    info: (message, facts = {}) => logger.info(message, facts),
    warn: (message, facts = {}) => logger.warn(message, facts),
    error: (message, facts = {}) => logger.error(message, facts),
  };
  return { ...log, nameInvocation: (context: Context) => logger.addContext(context) };
};
