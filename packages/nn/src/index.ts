export { Module, namedModules, namedParameters } from './module.ts'
export { Parameter, type Transform } from './parameter.ts'
