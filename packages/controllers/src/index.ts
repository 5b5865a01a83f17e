export * from './controllers.ts';
export * from './runner/controller.ts';
export * from './runner/manager.ts';
export * from './start.ts';
