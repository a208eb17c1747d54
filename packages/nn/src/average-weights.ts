import { cast, type Spec, type Tensor, tensor } from '@tlc/tensor'
import { checkTensors } from './copy-tensors.ts'

interface Sum extends Spec {
  readonly values: Float64Array
}

/**
 * The mean of the weights of several checkpoints, often of the last ones of a run: θ̄ = Σ θᵢ / n, summed in float64 and
 * rounded to f32 once. Checkpoints come one at a time, and only the sum and one of them are in memory.
 *
 * @param checkpoints the tensors of each, by name; they stay the caller's, who may free them when the next is asked for
 * @returns tensors on the backend in use
 * @throws RangeError if there is no checkpoint
 * @throws TensorMismatchError if names or shapes are not those of the first, or a tensor holds no floating-point numbers
 * @see Vaswani et al. 2017, section 6.1
 */
export async function averageWeights(
  checkpoints: Iterable<ReadonlyMap<string, Tensor>> | AsyncIterable<ReadonlyMap<string, Tensor>>,
): Promise<Map<string, Tensor>> {
  let sums: Map<string, Sum> | undefined
  let count = 0
  for await (const checkpoint of checkpoints) {
    sums ??= new Map([...checkpoint].map(([name, weight]) => [name, sumLike(weight)]))
    checkTensors(sums, checkpoint, 'the first checkpoint')
    for (const [name, weight] of checkpoint) await addTo(sums.get(name)!.values, weight)
    count++
  }
  if (!sums) throw new RangeError('averageWeights: needs one checkpoint at least, got none')
  return new Map(
    [...sums].map(([name, { shape, values }]) => [
      name,
      tensor(
        Float32Array.from(values, (sum) => sum / count),
        { shape },
      ),
    ]),
  )
}

function sumLike({ shape, size }: Tensor): Sum {
  return { shape, dtype: 'f32', values: new Float64Array(size) }
}

async function addTo(sum: Float64Array, weight: Tensor): Promise<void> {
  const wide = cast(weight, 'f32')
  const values = await wide.data()
  if (wide !== weight) wide.dispose()
  for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!
}
