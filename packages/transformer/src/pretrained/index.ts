export { writePretrained } from '#model-folder'
export { type LoadedModel, loadPretrained, type PretrainedModel } from './load.ts'
export { type PretrainedSource, readPretrained } from './source.ts'
