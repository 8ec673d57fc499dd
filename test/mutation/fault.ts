/** A fault in a file: the text between two positions becomes another one. */
export type Fault = {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly kind: Kind;
};
export type Kind = 'a comparison turned' | 'a condition dropped' | 'an await removed' | 'a throw removed';

export const planted = (source: string, { start, end, text }: Fault): string =>
  source.slice(0, start) + text + source.slice(end);
