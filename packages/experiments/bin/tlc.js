#!/usr/bin/env node
import { main } from '../dist/command/main.js'

// Whoever reads the output may close it (`tlc data list | head -1`): that is no failure, but the end.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1))
process.exitCode = await main(process.argv.slice(2))
