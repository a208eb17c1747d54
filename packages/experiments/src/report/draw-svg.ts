import type { TopLevelSpec } from 'vega-lite'

/**
 * The drawing of a Vega-Lite specification as SVG text, without a browser.
 *
 * @param width in pixels, for specifications that fill their container
 * @throws Error when the specification is not understood; warnings count
 */
export async function drawSvg(spec: TopLevelSpec, width: number): Promise<string> {
  const [{ parse, View, Warn }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]) // slow to load
  const complaints: string[] = []
  const complain = (...message: unknown[]) => {
    complaints.push(message.join(' '))
    return logger
  }
  const logger = { level: () => logger, error: complain, warn: complain, info: () => logger, debug: () => logger }
  const sized = { ...spec, width, autosize: { type: 'fit-x', contains: 'padding' } } as TopLevelSpec
  const view = new View(parse(compile(sized, { logger: logger as never }).spec), {
    renderer: 'none',
    logLevel: Warn,
    logger: logger as never,
  })
  const svg = await view.toSVG()
  view.finalize()
  if (complaints.length > 0) throw new Error(`drawing a figure: ${complaints.join('; ')}`)
  return svg
}
