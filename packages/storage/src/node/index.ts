export { DataDirectoryError, STORAGE_FORMAT_VERSION } from './data-directory.ts';
export { type LmdbOptions, lmdbStore } from './lmdb.ts';
