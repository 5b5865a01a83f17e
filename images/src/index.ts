export { fullImageName, type Image, ociArchive } from './oci.ts';
export { PAUSE_IMAGE, pauseImage } from './pause.ts';
export { type SampleOptions, sampleImages } from './samples.ts';
export { systemImage } from './system.ts';
