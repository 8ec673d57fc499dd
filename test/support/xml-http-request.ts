import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** As much of a browser's XMLHttpRequest as an upload uses, on a real connection. */
export class NodeXMLHttpRequest {
  status = 0;
  responseText = '';
  readonly upload: { onprogress: ((event: { loaded: number; total: number }) => void) | null } = { onprogress: null };
  onabort: (() => void) | null = null;
  onloadend: (() => void) | null = null;
  readonly #headers: Record<string, string> = {};
  #target: { method: string; url: string } | undefined;
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;

  open(method: string, url: string): void {
    this.#target = { method, url };
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value;
  }

  getResponseHeader(name: string): string | null {
    return this.#response?.headers[name]?.toString() ?? null;
  }

  async send(body: Blob): Promise<void> {
    const { method, url } = this.#target ?? { method: '', url: '' };
    const bytes = new Uint8Array(await body.arrayBuffer());
    const sending = request(url, { method, headers: { ...this.#headers, 'content-length': bytes.length } });
    this.#request = sending;
    sending.once('response', async (response) => {
      this.#response = response;
      this.status = response.statusCode ?? 0;
      for await (const chunk of response) this.responseText += chunk;
      this.onloadend?.();
    });
    sending.once('error', () => this.onloadend?.());
    for (let sent = 0; sent < bytes.length && !sending.destroyed; sent += 65_536) {
      await new Promise((resolve) => sending.write(bytes.subarray(sent, sent + 65_536), resolve));
      this.upload.onprogress?.({ loaded: Math.min(bytes.length, sent + 65_536), total: bytes.length });
    }
    sending.end();
  }

  abort(): void {
    this.onabort?.();
    this.#request?.destroy();
  }
}
