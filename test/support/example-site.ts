import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../examples/uploads/server.js', import.meta.url));

/** The site of examples/uploads, which asks a service for tickets with this key. Returns a function that ends it. */
export const startExampleSite = async (serviceUrl: string, key: string, port: number): Promise<() => void> => {
  const site = spawn(process.execPath, [program], {
    env: { ...process.env, DARKROOM_URL: serviceUrl, DARKROOM_API_KEY: key, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(site.stdout, 'data');
  return () => void site.kill();
};
