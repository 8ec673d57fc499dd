import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Log } from '../ports.ts';

/** The log of a function: its lines name the invocation that they belong to. */
export type FunctionLog = Log & { readonly nameInvocation: (context: Context) => void };

/**
 * The outermost layer of every Lambda function. An error that nothing below has foreseen is logged here, once; then it
 * goes back to Lambda, which repeats what can be repeated, or becomes the answer that `answerTo` makes of it. Other
 * middleware of middy is left out: warm-up (docs/decisions.md#no-warm-up), and parsers and logs of events
 * (docs/decisions.md#no-middleware).
 */
export const entry = <Event, Result>(
  log: FunctionLog,
  handle: (event: Event) => Promise<Result>,
  answerTo?: (error: unknown, event: Event) => Promise<Result>,
) =>
  middy<Event, Result>()
    .use({
      before: ({ context }) => log.nameInvocation(context),
      onError: async (request) => {
        log.error('a function failed', { error: request.error });
        if (answerTo) request.response = await answerTo(request.error, request.event);
      },
    })
    .handler(handle);
