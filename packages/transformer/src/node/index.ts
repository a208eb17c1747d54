export { loadRoberta, saveRoberta } from './roberta-folder.ts'
