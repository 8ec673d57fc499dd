import sharp from 'sharp';

/** sharp without the loaders that the accepted formats do not need. All of lib/render imports it from here. */

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
