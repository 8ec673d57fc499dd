/**
 * Takes from an element what a page has set before the class was there: such a property of its own would hide the one of
 * the class, or be lost to its fields. To be assigned again when the element is made.
 */
export const takeSetBefore = (element: object, names: readonly string[]): Readonly<Record<string, unknown>> => {
  const own = element as Record<string, unknown>;
  const taken: Record<string, unknown> = {};
  for (const name of names)
    if (Object.hasOwn(own, name)) {
      taken[name] = own[name];
      delete own[name];
    }
  return taken;
};
