/** How an animation moves: for how long each frame is shown, and how often all of them are (0 is for ever). */
export type Motion = { readonly delay: readonly number[]; readonly loop: number };

/**
 * The motion of an original in numbers that the encoder of WebP takes. Originals may say more: a GIF up to 655 s a
 * frame and 65,536 times, a WebP up to 4.6 hours a frame. An encoder that is given those throws.
 */
export const encodable = (delays: readonly number[], plays: number): Motion => ({
  delay: delays.map((delay) => Math.min(delay, most)),
  loop: Math.min(plays, most),
});

const most = 65_535;
