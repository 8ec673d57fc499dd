import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import { untilReady } from 'darkroom-images-client';
import { uppy5 } from 'darkroom-images-client/uppy';

/** `ticket(request)` asks your server for a ticket (examples/uploads); `url` is where Darkroom is. */
export const uploader = (ticket, url) => {
  const uppy = new Uppy();
  uppy.use(AwsS3, uppy5(uppy, ticket));
  // An upload is complete when its variants can be shown: then `meta.ready` has them.
  uppy.addPostProcessor(async (ids) => {
    for (const id of ids) {
      const { darkroom } = uppy.getFile(id).meta;
      uppy.setFileMeta(id, { ready: (await untilReady(darkroom, { url })).ready });
    }
  });
  return uppy;
};
