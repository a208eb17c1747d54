export * from './elementwise'
export * from './memory'
