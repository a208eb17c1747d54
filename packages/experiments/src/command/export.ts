import { type Command, Option } from 'commander'
import type { ExportTarget } from '../tasks/export-model.ts'

/** The options of `tlc export`, as they were given. */
export interface ExportCommandOptions {
  readonly to: ExportTarget
  readonly out: string
  readonly form?: 'qdq' | 'dynamic' | 'nbits'
  readonly json?: boolean
}

const examples = `
A compressed model keeps its numbers as far as the format has them: affine weights in ONNX, llama.cpp's blocks in GGUF.
All others are decoded to f32. Of the forms of ONNX, qdq decodes weights before a product, dynamic multiplies whole numbers
of 8 bits (rows or tensors on a symmetric grid), nbits takes blocks of 4 or 8 bits; what does not fit a form is qdq. GGUF holds
tensors under the names of Hugging Face: any reader lists them, llama.cpp has other names and does not run them.

Examples:
  $ tlc export models/sentiment --to onnx --out sentiment.onnx
  $ tlc export models/four-bits --to onnx --form nbits --out four-bits.onnx
  $ tlc export models/q4k --to gguf --out q4k.gguf
  $ tlc export models/small --to safetensors --out models/small-dense`

/** `tlc export` */
export function addExport(program: Command): void {
  program
    .command('export')
    .description('write a model, compressed or not, for other programs')
    .argument('<model>', 'the folder of a model')
    .addOption(
      new Option('--to <format>', 'what to write').choices(['onnx', 'gguf', 'safetensors']).makeOptionMandatory(),
    )
    .requiredOption('--out <path>', 'the file; of safetensors the folder, in the layout of Hugging Face')
    .addOption(
      new Option('--form <name>', 'of quantized products in ONNX (default: qdq)').choices(['qdq', 'dynamic', 'nbits']),
    )
    .option('--json', 'JSON on standard output')
    .addHelpText('after', examples)
    .action(async (model: string, options: ExportCommandOptions, command: Command) => {
      if (options.form && options.to !== 'onnx')
        command.error(`error: --form is of onnx, not of ${options.to}; leave it out`)
      await (await import('./export-run.ts')).runExport(model, options)
    })
}
