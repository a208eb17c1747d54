/** Serves a page that tries this project on the GPU of whoever opens it. */

import { gpuPage } from './gpu-page.ts'
import { serve } from './serve.ts'

const site = await serve(await gpuPage(), true, 8040)
console.log(`Open ${site.address} in a browser with WebGPU. Ctrl+C ends it.`)
