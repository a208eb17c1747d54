import type { Texture } from 'gpu.js'
import type { Library } from './library.ts'
import type { Target } from './target.ts'

/** What gpu.js keeps in a texture, beyond what it declares. */
interface Stored {
  readonly texture: WebGLTexture
  readonly size: readonly [width: number, height: number]
}

/** WebGL2 here, with float32 textures that can be written; undefined if there is none. */
function createContext(): WebGL2RenderingContext | undefined {
  const canvas =
    typeof OffscreenCanvas === 'function'
      ? new OffscreenCanvas(1, 1)
      : typeof document === 'object'
        ? document.createElement('canvas')
        : undefined
  const options = { alpha: false, antialias: false, depth: false, powerPreference: 'high-performance' }
  const gl = canvas?.getContext('webgl2', options) as WebGL2RenderingContext | null | undefined
  return gl?.getExtension('EXT_color_buffer_float') ? gl : undefined
}

/** gpu.js on WebGL2: arrays are float32 textures of one channel. Undefined where there is no WebGL2. */
export function openWebgl2(library: Library): Target | undefined {
  const context = createContext()
  if (!context) return undefined
  // gpu.js makes its canvas as large as the largest output. Nothing is drawn there, so it gets one that is not real.
  const gpu = new library({ context, canvas: { width: 1, height: 1 } })
  const side: number = context.getParameter(context.MAX_TEXTURE_SIZE)
  const readFrame = context.createFramebuffer()
  const alive = new Set<Texture>()
  function checkContext(): void {
    if (!context!.isContextLost()) return
    throw new Error('gpujs: the WebGL2 context was lost, and with it all tensors; open the backend again')
  }
  return {
    mode: 'webgl2',
    gpu,
    language: 'glsl',
    arrayType: 'ArrayTexture(1)',
    limit: side * side,
    run(kernel, inputs) {
      checkContext()
      const result = kernel(...inputs) as Texture
      // Kernels keep their last output, and would again write to it. Here it belongs to a tensor.
      ;(kernel as { texture: Texture | null }).texture = null
      context.framebufferTexture2D(context.FRAMEBUFFER, context.COLOR_ATTACHMENT0, context.TEXTURE_2D, null, 0)
      alive.add(result)
      return result
    },
    read(array, size) {
      checkContext()
      return read(context, readFrame, array as unknown as Stored, size)
    },
    free(array) {
      alive.delete(array as Texture)
      ;(array as Texture).delete()
    },
    async close() {
      for (const texture of alive) texture.delete()
      alive.clear()
      context.deleteFramebuffer(readFrame)
      await gpu.destroy()
    },
  }
}

function read(
  gl: WebGL2RenderingContext,
  frame: WebGLFramebuffer | null,
  { texture, size: [width, height] }: Stored,
  size: number,
): Float32Array {
  gl.bindFramebuffer(gl.FRAMEBUFFER, frame)
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0)
  // Only RGBA is sure to be read; most drivers read the one channel there is.
  const one =
    gl.getParameter(gl.IMPLEMENTATION_COLOR_READ_FORMAT) === gl.RED &&
    gl.getParameter(gl.IMPLEMENTATION_COLOR_READ_TYPE) === gl.FLOAT
  const pixels = new Float32Array(width * height * (one ? 1 : 4))
  gl.readPixels(0, 0, width, height, one ? gl.RED : gl.RGBA, gl.FLOAT, pixels)
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, null, 0)
  return one ? pixels.slice(0, size) : Float32Array.from({ length: size }, (_, i) => pixels[4 * i]!)
}
