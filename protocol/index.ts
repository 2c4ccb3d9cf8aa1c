export * from './dtype.ts';
export * from './edges.ts';
export * from './errors.ts';
export * from './frame.ts';
export * from './messages.ts';
export * from './palette.ts';
export * from './scan.ts';
export * from './version.ts';
