import type { Artefact } from '@tlc/quant'
import { exportOnnx, type OnnxInput, type WeightForm } from '@tlc/quant/onnx'
import type { Tensor } from '@tlc/tensor'
import {
  type PretrainedModel,
  RobertaForMaskedLM,
  type RobertaForSequenceClassification,
  type RobertaForTokenClassification,
  RobertaModel,
  TransformerForTranslation,
} from '@tlc/transformer'

/** What a model is given, and what it makes of it, by the names that tools around ONNX expect. */
interface Signature {
  readonly inputs: { readonly [name: string]: OnnxInput }
  readonly run: (inputs: { readonly [name: string]: Tensor }) => { readonly [name: string]: Tensor }
}

/** How a model is written. */
export interface ExportModelOptions {
  /** quantized weights to write in place of the model's */
  readonly artefact?: Artefact
  /** of products with quantized weights; `qdq` by default */
  readonly form?: WeightForm
}

/**
 * A saved or trained model as the bytes of an `.onnx` file. `input_ids` and `attention_mask` (and, of a model that tells
 * the texts of a pair apart, `token_type_ids`) are int64 `[batch, length]`; `logits` come out, or `last_hidden_state` of an
 * encoder alone. A translation model takes `input_ids [batch, source_length]` and `decoder_input_ids
 * [batch, target_length]`, from <s> on, and gives `logits` of the token after each.
 */
export function exportModel(model: PretrainedModel, options: ExportModelOptions = {}): Promise<Uint8Array> {
  const { inputs, run } = model instanceof TransformerForTranslation ? ofTranslation(model) : ofRoberta(model)
  return exportOnnx(model, { inputs, run, ...options })
}

function ofTranslation(model: TransformerForTranslation): Signature {
  return {
    inputs: {
      input_ids: { dtype: 'i32', shape: ['batch', 'source_length'] },
      decoder_input_ids: { dtype: 'i32', shape: ['batch', 'target_length'] },
    },
    run: ({ input_ids, decoder_input_ids }) => ({ logits: model.forward(input_ids!, decoder_input_ids!) }),
  }
}

type OnRoberta = RobertaModel | RobertaForMaskedLM | RobertaForSequenceClassification | RobertaForTokenClassification

function ofRoberta(model: OnRoberta): Signature {
  const { config } = model instanceof RobertaModel ? model : model.roberta
  const ids: OnnxInput = { dtype: 'i32', shape: ['batch', 'length'] }
  return {
    inputs: { input_ids: ids, attention_mask: ids, ...(config.tokenTypes > 1 && { token_type_ids: ids }) },
    run({ input_ids, attention_mask, token_type_ids }) {
      const options = { attentionMask: attention_mask!, ...(token_type_ids && { tokenTypeIds: token_type_ids }) }
      if (model instanceof RobertaModel) return { last_hidden_state: model.forward(input_ids!, options) }
      // Of all tokens, while the model's own forward takes those that are masked.
      if (model instanceof RobertaForMaskedLM)
        return { logits: model.lm_head.forward(model.roberta.forward(input_ids!, options)) }
      return { logits: model.forward(input_ids!, options) }
    },
  }
}
