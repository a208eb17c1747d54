import { Command } from 'commander'
import { addBench } from './bench.ts'
import { addCompress } from './compress.ts'
import { addData } from './data.ts'
import { addEval } from './eval.ts'
import { addExport } from './export.ts'
import { addFillMask } from './fill-mask.ts'
import { addFinetune } from './finetune.ts'
import { addInspect } from './inspect.ts'
import { addPrune } from './prune.ts'
import { addQuantize } from './quantize.ts'
import { addReport } from './report.ts'
import { addStudy } from './study.ts'
import { addSweep } from './sweep.ts'
import { addTokenizer } from './tokenizer.ts'
import { addTrain } from './train.ts'
import { addTranslate } from './translate.ts'
import { version } from './version.ts'

const exitCodes = `
Exit codes: 0 all went well, 1 a failure, 2 wrong usage, 130 interrupted.`

/** The command with its subcommands. What they do is imported when they do it, so that help and errors come at once. */
export function makeProgram(): Command {
  const program = new Command('tlc')
    .description('Train large, then compress: trains Transformers, prunes and quantizes them, and compares.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', exitCodes)
  for (const add of [
    addTokenizer,
    addTrain,
    addFinetune,
    addPrune,
    addQuantize,
    addCompress,
    addSweep,
    addInspect,
    addExport,
    addEval,
    addFillMask,
    addTranslate,
    addStudy,
    addReport,
    addData,
    addBench,
  ])
    add(program)
  for (const command of allOf(program)) {
    command.exitOverride()
    command.showHelpAfterError(`(${pathOf(command)} --help lists what is possible)`)
    command.helpCommand(false)
  }
  return program
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)]
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}
