/**
 * eᴸ: among how many equally likely tokens a model with this loss would have to choose.
 *
 * @param loss L, the mean of -ln p over the tokens, in nats; for a masked-LM over the masked ones, which is then called
 *   pseudo-perplexity
 * @throws RangeError if the loss is negative or NaN
 * @see Jelinek et al. 1977
 */
export function perplexity(loss: number): number {
  if (!(loss >= 0)) throw new RangeError(`perplexity: the loss must be >= 0, the mean of -ln p, got ${loss}`)
  return Math.exp(loss)
}
