/** A bounded queue: hands files over while the next are being made, some at a time. */
export type Deliveries = {
  /** Resolves when the delivery has begun, at once while few are under way; rejects when an earlier one has failed. */
  begin(delivery: () => Promise<void>): Promise<void>;
  /** Resolves when nothing is under way, well or not. */
  idle(): Promise<void>;
  /** Resolves when every delivery has ended well. */
  ended(): Promise<void>;
};

export const deliveries = (atOnce: number): Deliveries => {
  const underWay = new Set<Promise<void>>();
  let trouble: { error: unknown } | undefined;
  const refuseAfterTrouble = () => {
    if (trouble) throw trouble.error;
  };
  const idle = async () => {
    await Promise.all(underWay);
  };
  return {
    async begin(delivery) {
      while (underWay.size >= atOnce) await Promise.race(underWay);
      refuseAfterTrouble();
      const ending = delivery()
        .catch((error: unknown) => {
          trouble ??= { error };
        })
        .finally(() => underWay.delete(ending));
      underWay.add(ending);
    },
    idle,
    async ended() {
      await idle();
      refuseAfterTrouble();
    },
  };
};
