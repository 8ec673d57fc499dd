import * as z from 'zod';

/** What may be chosen when deploying; each is `--context name=value`, so each arrives as text or, from cdk.json, as JSON. */
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const list = z.union([z.array(z.string()), z.string().transform((text) => text.split(',').filter(Boolean))]);
const days = z.union([
  z.literal(false),
  z.literal('false').transform(() => false as const),
  z.coerce.number().int().min(0),
]);
/** `rate,burst`: so many requests a second, so many at once. */
const throttle = z
  .union([z.array(z.coerce.number()), z.string().transform((text) => text.split(',').map(Number))])
  .pipe(z.tuple([z.number().positive(), z.int().min(1)], 'two numbers, rate,burst, such as 100,200'))
  .transform(([rateLimit, burstLimit]) => ({ rateLimit, burstLimit }));
const origin = z.string().regex(/^https?:\/\/[^/]+$/, 'an origin such as https://app.example, without a path');

export const deploySettings = z
  .object({
    stackName: z.string().default('Darkroom'),
    allowedOrigins: list.pipe(z.array(origin)).default(['http://localhost:8787']),
    domainName: z.string().optional(),
    certificateArn: z.string().startsWith('arn:aws:acm:us-east-1:', 'a certificate in us-east-1').optional(),
    jwtIssuer: z.url().optional(),
    jwtAudience: list.default([]),
    coldAfterDays: days.default(30),
    maxConcurrentRenders: z.coerce.number().int().min(2).max(20_000).default(5),
    reservedConcurrency: z.coerce.number().int().min(1).max(1000).optional(),
    renderMemoryMib: z.coerce.number().int().min(512).max(10_240).optional(),
    throttle: throttle.optional(),
    writeThrottle: throttle.optional(),
    eventBus: z
      .string()
      .regex(
        /^(?:[\w.-]{1,256}|arn:[\w-]+:events:[\w-]+:\d{12}:event-bus\/[\w./-]{1,256})$/,
        'the name or the ARN of a bus',
      )
      .optional(),
    console: flag.default(false),
    cdnLogBucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket')
      .optional(),
    alarmEmail: z.email().optional(),
    log: z.enum(['info', 'warn', 'error']).default('info'),
    clockStopped: flag.default(false),
    terminationProtection: flag.optional(),
    ephemeral: flag.default(false),
    architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
  })
  .refine(({ domainName, certificateArn }) => (domainName === undefined) === (certificateArn === undefined), {
    path: ['domainName'],
    error: 'a domain needs its certificateArn, and a certificateArn its domainName',
  })
  .refine(({ jwtIssuer, jwtAudience }) => jwtIssuer === undefined || jwtAudience.length > 0, {
    path: ['jwtAudience'],
    error: 'tokens of an issuer are accepted for a named audience only',
  });

/**
 * Reads the settings as the construct wants them. `names` are all those that were given: CDK's own have a colon or a dash
 * in them, and any other that is no setting is a slip.
 */
export const readDeploySettings = (context: (name: string) => unknown, names: readonly string[] = []) => {
  const known = Object.keys(deploySettings.shape);
  const unknown = names.filter((name) => /^\w+$/.test(name) && !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`--context ${unknown.join(', ')}: there is no such setting; there are ${known.join(', ')}`);
  const given = known.map((name) => [name, context(name)] as const);
  const parsed = deploySettings.safeParse(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
  if (!parsed.success)
    throw new Error(
      parsed.error.issues.map((issue) => `--context ${issue.path.join('.')}: ${issue.message}`).join('\n'),
    );
  const { domainName, certificateArn, jwtIssuer, jwtAudience, eventBus, cdnLogBucket, ...rest } = parsed.data;
  return {
    ...withoutUndefined(rest),
    ...(eventBus !== undefined && { eventBusName: eventBus }),
    ...(cdnLogBucket !== undefined && { cdnLogBucketName: cdnLogBucket }),
    ...(domainName !== undefined && certificateArn !== undefined && { domain: { name: domainName, certificateArn } }),
    ...(jwtIssuer !== undefined && { auth: { kind: 'jwt', issuer: jwtIssuer, audience: jwtAudience } as const }),
  };
};

/** What was not chosen is left out, so that the construct's own defaults hold. */
const withoutUndefined = <T extends object>(settings: T) =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };
