import { openBackend } from '@tlc/tensor'
import { openWebgpu } from '@tlc/tensor/webgpu'
import { sameFiles } from './same-files.ts'

sameFiles('wasm', () => openBackend('wasm'))
sameFiles('webgpu', openWebgpu)
sameFiles('gpujs', () => openBackend('gpujs', { mode: 'webgl2' }))
