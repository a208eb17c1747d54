import { openWebgpu } from '@tlc/tensor/webgpu'
import { encoderCases } from '../../test/encoder-cases.ts'
import { robertaCases } from '../../test/roberta-cases.ts'

robertaCases('webgpu', openWebgpu)
encoderCases('webgpu', openWebgpu)
