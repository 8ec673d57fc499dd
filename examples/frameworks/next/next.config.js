/** The widths are those of the preset `web`: of each width there is a file, and none is made on demand. */
export default {
  images: { loader: 'custom', loaderFile: './loader.js', deviceSizes: [640, 960, 1280], imageSizes: [320] },
};
