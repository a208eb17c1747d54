import { PbfReader } from 'pbf'

/** What tests look at in a file. */
export interface GraphSummary {
  readonly nodes: { readonly op: string; readonly name: string }[]
  readonly initializers: { readonly name: string; readonly shape: number[] }[]
  readonly metadata: [string, string][]
}

/** Reads a model's nodes, weights and metadata; the numbers of the fields are those of onnx.proto. */
export function readGraph(file: Uint8Array): GraphSummary {
  const summary: GraphSummary = { nodes: [], initializers: [], metadata: [] }
  new PbfReader(file).readFields((field, _, model) => {
    if (field === 7) model.readMessage(readGraphField, summary)
    if (field === 14) summary.metadata.push(model.readMessage(readEntry, ['', '']))
  }, summary)
  return summary
}

function readGraphField(field: number, summary: GraphSummary, graph: PbfReader): void {
  if (field === 1) summary.nodes.push(graph.readMessage(readNode, { op: '', name: '' }))
  if (field === 5) summary.initializers.push(graph.readMessage(readTensor, { name: '', shape: [] as number[] }))
}

function readNode(field: number, node: { op: string; name: string }, pbf: PbfReader): void {
  if (field === 3) node.name = pbf.readString()
  if (field === 4) node.op = pbf.readString()
}

function readTensor(field: number, tensor: { name: string; shape: number[] }, pbf: PbfReader): void {
  if (field === 1) tensor.shape.push(pbf.readVarint())
  if (field === 8) tensor.name = pbf.readString()
}

function readEntry(field: number, entry: [string, string], pbf: PbfReader): void {
  entry[field - 1] = pbf.readString()
}
