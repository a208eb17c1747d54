import { type Module, namedParameters } from './module.ts'

/** Leaves in a list of layers those at the given places alone, and frees parameters that only the others had. */
export function keepLayers(layers: Module[], places: readonly number[]): void {
  const kept = places.map((place) => layers[place]!)
  const used = new Set(kept.flatMap((layer) => [...namedParameters(layer).values()]))
  for (const layer of layers) {
    for (const parameter of namedParameters(layer).values()) if (!used.has(parameter)) parameter.stored.dispose()
  }
  layers.splice(0, layers.length, ...kept)
}
