/** Where releases are published. Nothing is published yet: these are the names that a build on your own machine has. The first publication changes this file. */
export const PLACES = {
  /** Repository of the image, with its registry, without a tag. */
  image: 'chokepoint',
  /** Folder of the web with the files of a version, without a slash at its end. */
  downloads: 'https://downloads.example',
  /** Mirror of Debian, of whose packages the base of the image is made, without a slash at its end. */
  debian: 'http://deb.debian.org/debian',
} as const;
