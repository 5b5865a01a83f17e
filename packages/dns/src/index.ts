export * from './records.ts';
export * from './zone.ts';
