export { memoryStore } from './memory.ts';
export { SortedMap } from './sorted-map.ts';
export * from './store.ts';
