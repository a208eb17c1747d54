export { CheckpointError, checkpointFolder, readCheckpoint, writeCheckpoint } from './checkpoint-folder.ts'
export { writeFileAtomically } from './durable-files.ts'
