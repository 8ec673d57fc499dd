/** Code that makes the default set of variants from one photograph. */
export type Contender = (original: Buffer) => Promise<readonly Made[]>;
export type Made = {
  readonly name: string;
  readonly format: 'avif' | 'webp' | 'jpeg' | 'png';
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
};
