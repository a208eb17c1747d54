import { openWebgpu } from '@tlc/tensor/webgpu'
import { sameFiles } from './same-files.ts'

sameFiles('webgpu', openWebgpu)
