/** Drivers of adapters that are no GPU: SwiftShader, Mesa's llvmpipe, and Windows' Basic Render Driver. */
const drivers = /swiftshader|llvmpipe|basic render/i

/** Whether an adapter is no GPU but a driver that computes on processors. */
export function isProcessor({ info }: Pick<GPUAdapter, 'info'>): boolean {
  const { isFallbackAdapter, vendor, architecture, device, description } = info
  return isFallbackAdapter || drivers.test([vendor, architecture, device, description].join(' '))
}
