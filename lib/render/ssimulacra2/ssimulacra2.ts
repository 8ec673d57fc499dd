import { readFileSync } from 'node:fs';

/** Of the crate that does the work. */
export const ssimulacra2Version = '0.8.2';

/** sRGB, 8 bits per channel, row by row. */
export type Rgb = { readonly data: Uint8Array; readonly width: number; readonly height: number };

/** SSIMULACRA2 against one picture; `release` gives back its memory. */
export type Reference = {
  /** 100 is identical, 90 cannot be told apart side by side, 70 is high quality, 50 medium, and far below 0 it goes. */
  score(data: Uint8Array): number;
  release(): void;
};

/** An instance of its own for each render: WebAssembly's memory grows and never shrinks, and is let go with the instance. */
export const ssimulacra2 = (): ((picture: Rgb) => Reference) => {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./ssimulacra2.wasm', import.meta.url)));
  const library = new WebAssembly.Instance(compiled).exports as unknown as Library;
  return ({ data, width, height }) => {
    const bytes = width * height * 3;
    const at = library.allocate(bytes);
    const write = (pixels: Uint8Array) => {
      if (pixels.length !== bytes) throw new RangeError('SSIMULACRA2 compares pictures of one size');
      new Uint8Array(library.memory.buffer, at, bytes).set(pixels);
    };
    write(data);
    const reference = library.remember(at, width, height);
    return {
      score: (pixels) => {
        write(pixels);
        return library.score(reference, at, width, height);
      },
      release: () => {
        library.forget(reference);
        library.release(at, bytes);
      },
    };
  };
};

let compiled: WebAssembly.Module | undefined;

declare global {
  // What TypeScript knows of WebAssembly comes with a browser's types only.
  namespace WebAssembly {
    class Module {
      constructor(bytes: Uint8Array);
    }
    class Instance {
      constructor(module: Module);
      readonly exports: object;
    }
  }
}

type Library = {
  readonly memory: { readonly buffer: ArrayBuffer };
  allocate(bytes: number): number;
  release(at: number, bytes: number): void;
  remember(at: number, width: number, height: number): number;
  score(reference: number, at: number, width: number, height: number): number;
  forget(reference: number): void;
};
