export { CheckpointError, checkpointFolder, readCheckpoint, writeCheckpoint } from './checkpoint-folder.ts'
export { renameDurably, syncFolder, writeDurably, writeFileAtomically } from './durable-files.ts'
