import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.ts';

// Firefox by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/) over the WebSocket of Node. Playwright asks every new
// context for `emulation.setMediaFeaturesOverride`, which Firefox ESR 153 does not know.

const usualPlaces = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

type Params = Record<string, unknown>;
type Answer = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: never;
  readonly type: string;
  readonly result: never;
  readonly error?: string;
  readonly message?: string;
};
export type FirefoxRequest = { readonly method: string; readonly url: string };
/** What becomes of a request: it goes on, it is held until nothing wants it any more, or the network is gone. */
export type Fate = 'continue' | 'hold' | 'fail';

export const launchFirefox = async () => {
  const executable = process.env.FIREFOX ?? usualPlaces.find((path) => existsSync(path));
  if (executable === undefined || !existsSync(executable))
    throw new Error(`There is no browser at ${executable ?? usualPlaces.join(', ')}. Install Firefox, or set FIREFOX.`);
  const folder = await temporaryFolder();
  // It asks nothing outside for anything.
  const preferences = {
    'app.normandy.enabled': false,
    'app.update.enabled': false,
    'browser.safebrowsing.malware.enabled': false,
    'browser.safebrowsing.phishing.enabled': false,
    'browser.shell.checkDefaultBrowser': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'extensions.getAddons.cache.enabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'services.settings.server': 'data:,',
    'toolkit.telemetry.enabled': false,
  };
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
  await writeFile(join(folder.path, 'user.js'), lines.join('\n'));
  const child = spawn(
    executable,
    ['--headless', '--no-remote', '--profile', folder.path, '--remote-debugging-port', '0', 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'close');
  let output = '';
  const address = await new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error(`Firefox ended at once: ${output}`)));
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      const [, found] = /WebDriver BiDi listening on (ws:\S+)/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  const socket = new WebSocket(`${address}/session`);
  await once(socket, 'open');

  let count = 0;
  const open = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  const listeners = new Set<(method: string, params: never) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params, type, result, error, message } = JSON.parse(String(data)) as Answer;
    if (id === undefined) for (const listen of listeners) listen(method ?? '', params as never);
    else if (type === 'success') open.get(id)?.resolve(result);
    else open.get(id)?.reject(new Error(`${error}: ${message}`));
    if (id !== undefined) open.delete(id);
  });
  const send = <T = unknown>(method: string, params: Params = {}): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const id = ++count;
      open.set(id, { resolve: resolve as never, reject });
      socket.send(JSON.stringify({ id, method, params }));
    });
  await send('session.new', {
    capabilities: { alwaysMatch: { unhandledPromptBehavior: { default: 'accept' } } },
  });
  await send('session.subscribe', { events: ['log.entryAdded', 'network.beforeRequestSent'] });

  return {
    open: async (url: string, viewport = { width: 1440, height: 900 }) => {
      // Each page has its own storage.
      const { userContext } = await send<{ userContext: string }>('browser.createUserContext');
      const { context } = await send<{ context: string }>('browsingContext.create', { type: 'tab', userContext });
      await send('browsingContext.setViewport', { context, viewport });
      return pageOf({ send, listeners, context, userContext }, url);
    },
    close: async () => {
      await send('browser.close');
      await ended;
      socket.close();
      await folder.remove();
    },
  };
};

type Wires = {
  readonly send: <T = unknown>(method: string, params?: Params) => Promise<T>;
  readonly listeners: Set<(method: string, params: never) => void>;
  readonly context: string;
  readonly userContext: string;
};
type LogEntry = { readonly level: string; readonly text: string; readonly source: { readonly context?: string } };
type Sent = {
  readonly context: string | null;
  readonly isBlocked: boolean;
  readonly request: FirefoxRequest & { readonly request: string };
};
type Evaluated = {
  readonly type: string;
  readonly result: { readonly value?: unknown; readonly sharedId?: string };
  readonly exceptionDetails?: { readonly text: string };
};

const pageOf = async ({ send, listeners, context, userContext }: Wires, url: string) => {
  const complaints: string[] = [];
  const requests: FirefoxRequest[] = [];
  let fateOf: (request: FirefoxRequest) => Fate = () => 'continue';
  const held = new Set<string>();

  const onLog = ({ level, text, source }: LogEntry) => {
    if (level === 'error' && source.context === context) complaints.push(text);
  };
  const onRequest = ({ context: from, isBlocked, request }: Sent) => {
    if (from !== context) return;
    requests.push({ method: request.method, url: request.url });
    if (!isBlocked) return;
    const fate = fateOf(request);
    if (fate === 'hold') held.add(request.request);
    // A request that is cancelled meanwhile has no fate any more.
    else
      send(fate === 'fail' ? 'network.failRequest' : 'network.continueRequest', { request: request.request }).catch(
        () => undefined,
      );
  };
  listeners.add((method, params) => {
    if (method === 'log.entryAdded') onLog(params);
    if (method === 'network.beforeRequestSent') onRequest(params);
  });
  await send('network.addIntercept', { phases: ['beforeRequestSent'], contexts: [context] });
  await send('browsingContext.navigate', { context, url, wait: 'complete' });

  const run = async (expression: string): Promise<Evaluated['result']> => {
    const { type, result, exceptionDetails } = await send<Evaluated>('script.evaluate', {
      expression,
      target: { context },
      awaitPromise: true,
    });
    if (type !== 'success') throw new Error(exceptionDetails?.text ?? expression);
    return result;
  };
  /** Values come as JSON: BiDi has a form of its own for each kind of value. */
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { value } = await run(`Promise.resolve(${expression}).then((value) => JSON.stringify(value ?? null))`);
    return JSON.parse(String(value)) as T;
  };

  return {
    complaints,
    requests,
    evaluate,
    /** Runs a script in the page, also one that the policy of the page would refuse. */
    inject: (source: string): Promise<unknown> => run(source),
    /** Waits until an expression holds in the page. */
    until: async (expression: string, timeoutMs: number): Promise<void> => {
      for (const end = Date.now() + timeoutMs; !(await evaluate<unknown>(expression)); ) {
        if (Date.now() > end) throw new Error(`This never held in the page: ${expression}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    /** As the file chooser of the input would. */
    choose: async (input: string, files: readonly string[]): Promise<void> => {
      const { sharedId } = await run(input);
      await send('input.setFiles', { context, element: { sharedId }, files });
    },
    /** Presses the middle of an element with the mouse. */
    click: async (element: string): Promise<void> => {
      const [x, y] = await evaluate<readonly [number, number]>(
        `((one) => { one.scrollIntoView({ block: 'center', behavior: 'instant' }); const { x, y, width, height } = one.getBoundingClientRect(); return [Math.round(x + width / 2), Math.round(y + height / 2)]; })(${element})`,
      );
      const actions = [
        { type: 'pointerMove', x, y },
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ];
      await send('input.performActions', { context, actions: [{ type: 'pointer', id: 'mouse', actions }] });
    },
    /** What becomes of requests from now on. What was held goes on. */
    decide: async (decide: (request: FirefoxRequest) => Fate): Promise<void> => {
      fateOf = decide;
      const waiting = [...held];
      held.clear();
      for (const request of waiting) await send('network.continueRequest', { request }).catch(() => undefined);
    },
    held: (): number => held.size,
    setOffline: (isOffline: boolean) =>
      send('emulation.setNetworkConditions', {
        networkConditions: isOffline ? { type: 'offline' } : null,
        contexts: [context],
      }),
    resize: (width: number, height: number) =>
      send('browsingContext.setViewport', { context, viewport: { width, height } }),
    reload: () => send('browsingContext.reload', { context, wait: 'complete' }),
    close: () => send('browser.removeUserContext', { userContext }),
  };
};
