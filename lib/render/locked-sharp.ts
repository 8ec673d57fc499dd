import sharp from 'sharp';

/** sharp with everything shut that the formats we accept do not need. Everyone here imports it from this file. */

// AVIF bytes depend on the number of encoder threads; one per encoder keeps them the same on every machine.
// The cores are kept busy by encoding several variants side by side.
sharp.concurrency(1);
// No picture is seen twice in one process, so remembering operations only holds memory.
sharp.cache(false);
// A decoder that is never called cannot be attacked. Every loader that is not listed stays blocked, also future ones.
// GIF is read by code of our own (gif/).
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadHeif'],
});

export default sharp;
