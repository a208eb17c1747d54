export { GgufError, type GgufScalar, type GgufTensor, type GgufValue, type HalfTensor } from './format.ts'
export { ggufTensors } from './gguf-tensors.ts'
export { type GgufContent, readGguf } from './read-gguf.ts'
export { writeGguf } from './write-gguf.ts'
