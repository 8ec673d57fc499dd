/** A fault planted into a step: in this file, this text becomes that one. `why` says which rule is broken. */
export type Mutant = {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly why: string;
  /** Why no story can tell it from the code as it is. */
  readonly same?: string;
};

const of = (
  file: string,
  rows: readonly (readonly [find: string, replace: string, why: string, same?: string])[],
): readonly Mutant[] =>
  rows.map(([find, replace, why, same]) => ({ file, find, replace, why, ...(same !== undefined && { same }) }));

export const mutants: readonly Mutant[] = [
  ...of('lib/pipeline/render-image.ts', [
    ['leaseMs + clocksDifferMs', 'leaseMs', 'a lease given by a clock a little ahead holds nothing'],
    ['    leasedAt = steady.now();\n', '', 'a process that paused takes the lease of another one'],
    [
      'if (!isUnfinished(now) || heldBy.until !== undefined) return undefined;',
      'if (!isUnfinished(now)) return undefined;',
      'a lease is not honoured',
    ],
    ["now.status !== 'pending' && isUsedUp(now)", 'false', 'attempts have no end'],
    [
      "fail(now, gaveUpBecause('render-death'), now.original, startedAt)",
      'begin(now, startedAt, { leaseMs, leasedAt })',
      'attempts have no end',
    ],
    [
      ': begin(now, startedAt, { leaseMs, leasedAt, arrivedAt: arrived?.modifiedAt });',
      ': begin(now, startedAt);',
      'an attempt takes no lease',
    ],
    ['if (cause instanceof BadPicture) return failFor(world, attempt, cause);', '', 'a bad picture is tried again'],
    ["if (blameFor(trouble) === 'machine') {", 'if (false as boolean) {', 'trouble of the machine is charged'],
    [
      'await sendBack(world, attempt, giveBack, trouble, died);',
      'await sendBack(world, attempt, retryLater, trouble);',
      'an attempt is not given back',
    ],
    ['await sendBack(world, attempt, giveBack, trouble, died);', '', 'the lease is kept after trouble of the machine'],
    ['if (attempt.attempts >= maxAttempts) return', 'if (attempt.attempts > maxAttempts) return', 'a fourth attempt'],
    ['if (attempt.attempts >= maxAttempts) return', 'if (attempt.attempts >= 1) return', 'one attempt only'],
    ['if (attempt.attempts >= maxAttempts) return', 'if (attempt.attempts >= 2) return', 'two attempts only'],
    [
      'await variants.put(manifestKey(attempt), new TextEncoder',
      'void new TextEncoder().encode; void (new TextEncoder',
      'no manifest',
    ],
    [
      'const original = checkOriginal(attempt.original, bytes);',
      'const original = attempt.original;',
      'the original is not checked',
    ],
    [
      'const key = originalKey({ id: found.id, version: found.source });',
      'const key = originalKey({ id: found.id, version: found.version });',
      'a new version is made from its own original only',
    ],
    [
      'mustHold(world, attempt);\n      await variants.put(variantKey',
      'await variants.put(variantKey',
      'files are stored after the lease',
    ],
    [
      'isHeldBy(attempt, now) ? finish(',
      "now.status === 'processing' ? finish(",
      'an attempt ends the work of another one',
    ],
    [
      'isHeldBy(attempt, now) ? step(',
      "now.status === 'processing' ? step(",
      'an attempt sets the work of another one aside',
    ],
    [
      'isHeldBy(attempt, now) ? fail(now, gaveUp',
      "now.status === 'processing' ? fail(now, gaveUp",
      'an attempt fails the work of another one',
    ],
    ['.catch((trouble) => endAttempt(world, attempt, trouble))', '', 'trouble at the end of an attempt is charged'],
    [
      'await variants.put(variantKey({ id, version, name, format }), bytes);',
      'void variants.put(variantKey({ id, version, name, format }), bytes).catch(() => undefined);',
      'ready before the files are stored',
    ],
    [
      'await variants.put(variantKey({ id, version, name, format }), bytes);',
      "if (name !== 'large') await variants.put(variantKey({ id, version, name, format }), bytes);",
      'one file is not stored',
    ],
    [
      'await variants.put(variantKey({ id, version, name, format }), bytes);',
      'await variants.put(variantKey({ id, version: 1, name, format }), bytes);',
      'a new version overwrites the first one',
    ],
    [
      "found.status === 'pending' && found.expiresAt !== null",
      'false as boolean',
      'an attempt is spent before the upload',
    ],
    [
      "if (!bytes) throw new Troubled('lost-original');",
      "if (!bytes) return { end: 'ignored', why: 'unknown-image' };",
      'a lost original leaves its version without an end',
    ],
    ['isHeldBy(attempt, now) ? fail(now, error', 'false ? fail(attempt, error', 'a bad picture never fails'],
    [
      'isHeldBy(attempt, now) ? fail(now, error',
      "now.status === 'processing' || now.status === 'retrying' ? fail(now, error",
      'an attempt that has lost its lease refuses the picture',
    ],
    [
      'await removePrefix(variants, versionPrefix(attempt), () => catalogue.noteLate(attempt.id));',
      'await removePrefix(variants, versionPrefix(attempt));',
      'a late file is not noted',
    ],
    [
      'await removePrefix(variants, versionPrefix(attempt), () => catalogue.noteLate(attempt.id));',
      '',
      'a renderer leaves late files to the sweep',
      'the sweep removes and notes the same files a little later',
    ],
  ]),
  ...of('lib/pipeline/parts/show-newest-upload.ts', [
    [
      "if (upload?.status !== 'ready' || upload.source <= visible.source) return;",
      'if (true as boolean) return;',
      'people see an older upload for good',
    ],
    [
      'visible.version > version ? await catalogue.version(id, version) : await readyBefore(catalogue, visible);',
      'await catalogue.version(id, version);',
      'a reprocess that ends after a newer upload is shown for good',
    ],
    [
      'if (newest.source === upload.source && isUnfinished(newest)) return;',
      '',
      'a task that comes twice adds two versions',
      'only costs: each of them shows the same upload',
    ],
  ]),
  ...of('lib/pipeline/parts/unchanged-files.ts', [
    [
      'return variants.copy(from, to, file.sha256);',
      'await variants.copy(from, to, file.sha256);\n      return true;',
      'a file that is gone or damaged counts as copied',
    ],
    [
      'const to = variantKey({ id, version, name, format });',
      'const to = variantKey({ id, version: before.version, name, format });',
      'a file is copied to where it is',
    ],
    [
      'visible && visible.original.sha256 === original.sha256 && visible.rendering.crops',
      'visible?.rendering.crops',
      'files of another original are offered to the renderer',
      'their fingerprints differ, because the original is part of them',
    ],
  ]),
  ...of('lib/pipeline/parts/settle.ts', [
    [
      'if (isDeepStrictEqual(await catalogue.version(to.id, to.version), to)) return true;',
      '',
      'a move with a lost answer counts as not made',
    ],
    [
      'if (await isMoved(catalogue, to)) return to;',
      'await isMoved(catalogue, to);\n    return to;',
      'a lost race counts as won',
    ],
  ]),
  ...of('lib/pipeline/sweep.ts', [
    [
      'const uploadGraceMs = 60 * 60_000',
      'const uploadGraceMs = 5 * 60_000',
      'an upload expires that is still under way',
    ],
    ['await queue.send({ render: { id, version } });', '', 'the sweep sends nothing'],
    [
      'await catalogue.noteRequeued({ id, version }, nextLook(found.updatedAt, clock.now()) - unmovedForMs);',
      '',
      'a version is sent at every sweep',
      'only costs: a task too many finds nothing to do',
    ],
    ['return [expire(found, clock.now())];', 'return [];', 'nothing expires'],
    ['} else if (hasLapsed(found, clock.now())) {', '} else {', 'a ticket expires early'],
    ['version.expiresAt + uploadGraceMs <= now', 'version.expiresAt <= now', 'a slow upload expires under way'],
    [
      'if (!isAwaited(found) || (await originals.head(originalKey({ id, version: source })))) {',
      "if (found.status !== 'pending' || (await originals.head(originalKey({ id, version })))) {",
      'a reprocess is looked for under its own number',
    ],
    [
      'if (!isAwaited(found) || (await originals.head(originalKey({ id, version: source })))) {',
      'if (!isAwaited(found)) {',
      'an upload whose event was lost expires',
    ],
    [
      'await removeObjects({ originals, variants }, id, async () => {',
      'await (async (..._: unknown[]) => undefined)({ originals, variants }, id, async () => {',
      'the sweep leaves late files',
    ],
    ['await catalogue.noteLate(id);', '', 'the sweep does not note late files'],
    [
      'if (purgedAt === null || late || nothingCanComeAfter(tombstone, config) > clock.now()) return;',
      '',
      'a deletion is over too early',
    ],
    [
      'nothingCanComeAfter(tombstone, config) > clock.now()) return;',
      'false) return;',
      'a deletion is over before late files can come',
    ],
    ['await catalogue.closeDeletion(id);', '', 'no deletion is ever over'],
  ]),
  ...of('lib/pipeline/remove-image.ts', [
    [
      'const keys = await removeObjects(world, id);',
      'const keys: readonly string[] = [];',
      'a deletion leaves its objects to the sweep',
      'purge and sweep remove the same objects a little later',
    ],
    ['...(await removePrefix(originals, originalsPrefix(id))),', '', 'originals of a deleted image stay'],
    ['...(await removePrefix(variants, imagePrefix(id), found)),', '', 'variants of a deleted image stay'],
    ['deletedAt + config.ticketSeconds * 1000 + deletionGraceMs', 'deletedAt', 'late files are not waited for'],
  ]),
  ...of('lib/pipeline/parts/remove-prefix.ts', [
    ['await store.remove(keys);', 'await store.remove(keys.slice(1));', 'one object is left over'],
    ['await found?.();', '', 'what is found is not noted'],
  ]),
  ...of('lib/pipeline/purge.ts', [
    [
      'const taken = edge ? await edge.forget(order, reason) : order.length;',
      'const taken = order.length;',
      'the CDN is not told',
    ],
    [
      'await inBatches(order.slice(0, taken), purgedAtOnce, note);',
      'await inBatches(order, purgedAtOnce, note);',
      'what the CDN did not accept counts as purged',
    ],
    ['if (taken < order.length) break;', '', 'a busy CDN is asked again and again'],
    [
      'await removeObjects({ originals, variants }, id);',
      '',
      'the CDN is told before the objects are gone',
      'removeImage has removed them; what comes late is noted and told again',
    ],
    ['(id) => catalogue.closeDeletion(id)', 'async () => undefined', 'late deletions are never over'],
    ['(id) => catalogue.notePurged(id, clock.now())', 'async () => undefined', 'a purge is not noted'],
    ['purgedAt !== null && late', 'false', 'the CDN is not told of late files'],
  ]),
  ...of('lib/pipeline/reprocess-image.ts', [
    [
      'await queue.send({ render: version });',
      '',
      'a reprocess is left to the sweep',
      'the sweep sends it: only later',
    ],
    [
      'source, original, preset: chosen',
      'source: version, original, preset: chosen',
      'a reprocess waits for an upload',
    ],
    [
      'refuseAnotherRequest(added, claim);',
      '',
      'a key is used for two requests',
      'no client of a story does that; test/api does',
    ],
    [
      'const { source, original } = from;',
      "const { source } = from;\n  const original = { ...from.original, sha256: 'x' };",
      'a reprocess declares another digest',
    ],
  ]),
  ...of('lib/pipeline/request-upload.ts', [
    ['source: 1, expiresAt', 'source: 1, expiresAt: null', 'a ticket never ends'],
    ['createdAt + config.ticketSeconds * 1000', 'createdAt', 'a ticket ends at once'],
  ]),
  ...of('lib/pipeline/request-version.ts', [
    [
      'version, source: version, expiresAt',
      'version, source: 1, expiresAt',
      'a new version is made of the old original',
    ],
  ]),
  ...of('lib/pipeline/repair-image.ts', [
    [
      '(await variants.head(key))?.bytes === published.bytes',
      '(await variants.head(key))',
      'a cut file is not made again',
    ],
    ['if (published?.sha256 !== sha256) unlike++;', 'if (false as boolean) unlike++;', 'a repair stores other bytes'],
    ['await variants.put(key, file);', '', 'a repair stores nothing'],
    ['if (unlike > 0) {', 'if (false as boolean) {', 'what cannot be repaired stays broken'],
    ['else if (lacksManifest) {', 'else if (false as boolean) {', 'a manifest is not made again'],
    [
      'if (lacksManifest && isOther) unlike++;',
      'if (false as boolean) unlike++;',
      'a manifest lists other bytes than are stored',
    ],
    ['after: image.newest.version', 'after: version', 'people see a broken version for good'],
  ]),
  ...of('lib/pipeline/audit-store.ts', [
    [
      'stored.get(variantKey({ id, version, name, format })) === bytes',
      'stored.has(variantKey({ id, version, name, format }))',
      'the audit passes over a cut file',
    ],
    ['await world.queue.send({ repair: { id, version } });', '', 'the audit sends no repair'],
    [
      'if (settings && world.recipeOf(settings.preset, settings.keepCopyright) === rendering.recipe) {',
      'if (settings) {',
      'a repair by another recipe',
      'repairImage compares bytes, and makes a new version',
    ],
    ['after: image.newest.version, from: ready', 'after: version, from: ready', 'people see a broken version for good'],
    [
      "isUnfinished(image.newest)) return 'lost';",
      "image.newest.version !== version) return 'lost';",
      'a visible version counts as not shown',
    ],
    ['from: ready }', '}', 'a repair takes the original of a failed upload'],
    [
      "const originals = await sort(group.originals, ['expired']);",
      "const originals = await sort(group.originals, ['expired', 'failed']);",
      'originals of failures go at once',
    ],
    [
      "const originals = await sort(group.originals, ['expired']);",
      "const originals = await sort(group.originals, ['expired', 'ready']);",
      'originals of ready versions go',
    ],
    [
      "const variants = await sort(group.variants, ['expired', 'failed']);",
      "const variants = await sort(group.variants, ['expired', 'failed', 'ready']);",
      'files of ready versions go',
    ],
    [
      'if (census.unknown > allowed || !areOrphans(await widened(world, census, part), retention))',
      'if (false as boolean)',
      'a restored catalogue empties the stores',
    ],
    ['if (!isOld(object)) continue;', '', 'what is young is removed'],
    ['if (!isUsed) keys.push(key);', 'keys.push(key);', 'an original goes that a later version needs'],
    [
      "version.status === 'failed' &&\n    version.error.code !== 'gave-up' &&\n",
      '',
      'originals go after a while, also of images that are ready',
    ],
    ["version.error.code !== 'gave-up' &&", '', 'the original goes of a picture that the machine may have failed'],
  ]),
  ...of('lib/pipeline/advance-job.ts', [
    [
      'if (isUnfinished(newest) && newest.source === newest.version) return madeBefore(world, job, image);',
      '',
      'a job overtakes an upload',
      'the upload gets another version when it is ready, and that is shown in the end',
    ],
    [
      'return { ...job, underWay: [...job.underWay, version], handed: job.handed + 1 };',
      'return job;',
      'a job forgets what is under way',
      'a job that counts too few: no promise to clients',
    ],
    ["if (job.underWay.length === 0) return { ...job, status: 'done' };", '', 'no job ever ends'],
    ['else if (isUnfinished(now)) next', 'else if (!isUnfinished(now)) next', 'a job counts what is not done'],
    ["  if (job.status !== 'running') return job;\n", '', 'a job goes on though it is paused or cancelled'],
  ]),
  ...of('lib/pipeline/steer-job.ts', [
    [
      'if (await jobs.save(saved)) return saved;',
      'await jobs.save(saved);\n    return saved;',
      'an order is answered and not stored',
    ],
  ]),
  ...of('lib/core/bulk-job.ts', [
    [
      '  if (!(from as readonly string[]).includes(job.status)) return undefined;\n',
      '',
      'a job that is done can be cancelled or begun again',
    ],
    [
      "status === 'running' || underWay.length > 0",
      "status === 'running'",
      'the images of a cancelled job are never counted',
    ],
  ]),
  ...of('lib/pipeline/sample-image.ts', [
    [
      'const underWay = job.underWay.filter(({ id, version }) => id !== sample.id || version !== 0);',
      'const { underWay } = job;',
      'a sample never ends',
    ],
  ]),
  ...of('lib/pipeline/parts/release-attempt.ts', [
    [
      "giveBack(died ? withDeath(now) : now, clock.now(), 'render-death')",
      "{ ...giveBack(now, clock.now(), 'render-death'), attempts: now.attempts }",
      'an attempt that the machine ended is charged',
    ],
    [
      "now.status === 'processing' && (now.leaseUntil ?? 0) <= leaseEndsBy",
      'false as boolean',
      'the lease of a dead renderer stays',
      'the lease ends by itself, two minutes later, and the attempt is charged as a death',
    ],
  ]),
  ...of('lib/pipeline/parts/uploaded-version.ts', [
    [
      "if (status !== 'pending' && status !== 'failed') return isUploaded(version);",
      'if (true as boolean) return true;',
      'a version without an upload is rendered again',
    ],
    [
      "if (status !== 'pending' && status !== 'failed') return isUploaded(version);",
      "if (status !== 'failed') return isUploaded(version);",
      'an upload that waits for a renderer is overtaken',
      'it gets another version when it is ready, and that is shown in the end',
    ],
    [
      'while (version - 1 > source && createdAt > clock.now() - uploadEndsMs) {',
      'while (false as boolean) {',
      'an upload is overtaken that arrives after a reprocess was asked for',
      'it gets another version when it is ready, and that is shown in the end',
    ],
  ]),
  ...of('lib/pipeline/parts/check-original.ts', [
    [
      "if (declared.sha256 !== null && declared.sha256 !== sha256) throw new BadPicture('checksum-mismatch');",
      '',
      'a digest is not compared',
    ],
  ]),
  ...of('lib/core/image.ts', [
    ['export const maxAttempts = 3;', 'export const maxAttempts = 2;', 'two attempts only'],
    ['attempts: version.attempts + 1,', 'attempts: version.attempts,', 'attempts are not counted'],
    ['leaseUntil: leasedAt + leaseMs,', 'leaseUntil: leasedAt,', 'a lease ends at once'],
    ['attempts: Math.max(0, version.attempts - 1),', 'attempts: version.attempts,', 'an attempt is not given back'],
    ['revision: version.revision + 1,', 'revision: version.revision,', 'a move keeps its revision'],
    ['...(version.settings !== undefined && { settings: version.settings }),', '', 'a deployment mixes two recipes'],
    ['source: version.source,', 'source: version.version,', 'a version forgets its original'],
    [
      "processing: ['processing', 'retrying', 'ready', 'failed'],",
      "processing: ['processing', 'retrying', 'ready', 'failed', 'expired'],",
      'the life has one move too many',
      'no step makes that move',
    ],
    [
      "retrying: ['processing', 'retrying', 'failed'],",
      "retrying: ['retrying', 'failed'],",
      'no move from retrying to processing',
    ],
  ]),
  ...of('lib/core/trouble.ts', [
    ["service: { blame: 'machine'", "service: { blame: 'attempt'", 'throttling is charged'],
    ["disk: { blame: 'machine'", "disk: { blame: 'attempt'", 'a full disk is charged'],
    ["network: { blame: 'machine'", "network: { blame: 'attempt'", 'a lost connection is charged'],
    ["standstill: { blame: 'machine'", "standstill: { blame: 'attempt'", 'a standstill is charged'],
  ]),
  ...of('lib/core/brake.ts', [
    [
      '2 * unknown <= images && unknown <= Math.max(few, orphanShare * images)',
      'true',
      'deletions are held back only by number',
    ],
  ]),
  ...of('lib/work/work.ts', [
    [
      "if (outcome.end === 'again') return { delayMs",
      'if (false as boolean) return { delayMs: 0, counts: true };\n  if (false as boolean) return { delayMs',
      'a task is removed though it has to come back',
      'the sweep sends it again: only later',
    ],
    [
      'delayMs: outcome.until - now + 1000',
      'delayMs: 0',
      'a duplicate comes back at once',
      'only costs: it is received again and again until it is set aside',
    ],
    [
      "? { end: 'put-back', trouble, cause }\n      :",
      '? Promise.reject(cause) :',
      'trouble outside an attempt ends the worker',
      'the message comes back when its time is over',
    ],
  ]),
  ...of('lib/work/dead-task.ts', [
    [
      "if ('sample' in task) await giveUpSample(world.jobs, task.sample);",
      '',
      'a dead sample holds its job up for good',
    ],
    [
      "if ('render' in task && (await hasNoAttemptLeft(world, task.render)))",
      "if ('render' in task)",
      'a message set aside fails an upload',
    ],
  ]),
  ...of('lib/local/rebuild.ts', [
    [
      'if (known.has(number) && !open) continue;',
      'if (known.has(number)) continue;',
      'an older catalogue makes published files anew',
    ],
  ]),
  ...of('lib/work/publish.ts', [
    [
      "if (outcome.refused !== 'for good' && !isOld) return",
      'if (false as boolean) return',
      'an event that was refused is passed over',
    ],
    ['at += outcome.published;', 'at += outcome.published + 1;', 'an event is left out'],
    [
      'return away;',
      'return { published: events.length };',
      'what a bus that cannot be reached was given counts as published',
    ],
  ]),
  ...of('lib/handlers/render.ts', [
    ['done = false;', '', 'a message is removed before its task is done', 'the sweep sends it again: only later'],
  ]),
];

/**
 * Faults that show only when several rare events come together. Few stories reach them, so unit tests catch them: each of
 * these was planted, and its suite failed.
 */
export const heldByUnitTests: readonly (Pick<Mutant, 'file' | 'why'> & { readonly suite: string })[] = [
  ...held('lib/pipeline/render-image.ts', 'test/pipeline/render-image.test.ts', [
    'a fourth attempt',
    'files are stored after the lease',
    'an attempt ends the work of another one',
    'an attempt sets the work of another one aside',
    'an attempt fails the work of another one',
    'an attempt that has lost its lease refuses the picture',
    'a process that paused takes the lease of another one',
    'an attempt is spent before the upload',
    'a lost original leaves its version without an end',
    'trouble at the end of an attempt is charged',
  ]),
  ...held('lib/pipeline/render-image.ts', 'test/pipeline/purge.test.ts', ['a late file is not noted']),
  ...held('lib/pipeline/parts/unchanged-files.ts', 'test/pipeline/parts/unchanged-files.test.ts', [
    'a file that is gone or damaged counts as copied',
  ]),
  ...held('lib/pipeline/parts/show-newest-upload.ts', 'test/pipeline/parts/show-newest-upload.test.ts', [
    'people see an older upload for good',
    'a reprocess that ends after a newer upload is shown for good',
  ]),
  ...held('lib/pipeline/parts/settle.ts', 'test/pipeline/parts/settle.test.ts', ['a lost race counts as won']),
  ...held('lib/pipeline/sweep.ts', 'test/pipeline/sweep.test.ts', [
    'a reprocess is looked for under its own number',
    'the sweep leaves late files',
    'a deletion is over before late files can come',
  ]),
  ...held('lib/pipeline/sweep.ts', 'test/pipeline/purge.test.ts', ['the sweep does not note late files']),
  ...held('lib/pipeline/remove-image.ts', 'test/pipeline/sweep.test.ts', ['late files are not waited for']),
  ...held('lib/pipeline/parts/remove-prefix.ts', 'test/pipeline/purge.test.ts', ['what is found is not noted']),
  ...held('lib/pipeline/purge.ts', 'test/pipeline/purge.test.ts', ['a busy CDN is asked again and again']),
  ...held('lib/pipeline/request-upload.ts', 'test/pipeline/request-upload.test.ts', ['a ticket ends at once']),
  ...held('lib/pipeline/repair-image.ts', 'test/pipeline/repair-image.test.ts', [
    'a cut file is not made again',
    'a repair stores other bytes',
    'what cannot be repaired stays broken',
    'a manifest is not made again',
    'a manifest lists other bytes than are stored',
    'people see a broken version for good',
  ]),
  ...held('lib/pipeline/audit-store.ts', 'test/pipeline/audit-store.test.ts', [
    'people see a broken version for good',
    'a visible version counts as not shown',
    'a repair takes the original of a failed upload',
    'what is young is removed',
    'the original goes of a picture that the machine may have failed',
    'an original goes that a later version needs',
  ]),
  ...held('lib/pipeline/parts/check-original.ts', 'test/pipeline/render-image.test.ts', ['a digest is not compared']),
  ...held('lib/core/image.ts', 'test/core/image.test.ts', [
    'attempts are not counted',
    'a deployment mixes two recipes',
  ]),
  ...held('lib/pipeline/steer-job.ts', 'test/pipeline/steer-job.test.ts', ['an order is answered and not stored']),
  ...held('lib/core/trouble.ts', 'test/pipeline/render-image.test.ts', [
    'a full disk is charged',
    'a standstill is charged',
  ]),
  ...held('lib/work/dead-task.ts', 'test/work/dead-task.test.ts', [
    'a dead sample holds its job up for good',
    'a message set aside fails an upload',
  ]),
];

function held(file: string, suite: string, faults: readonly string[]) {
  return faults.map((why) => ({ file, suite, why }));
}
