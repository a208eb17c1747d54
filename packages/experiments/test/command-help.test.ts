import { describe, expect, test } from 'vitest'
import { tlc } from './tlc.ts'

describe.concurrent('the commands for models', () => {
  test.each([
    ['tokenizer'],
    ['tokenizer', 'train'],
    ['tokenizer', 'encode'],
    ['tokenizer', 'decode'],
    ['train'],
    ['finetune'],
    ['eval'],
    ['prune'],
    ['quantize'],
    ['compress'],
    ['inspect'],
    ['export'],
    ['fill-mask'],
    ['translate'],
  ])('help of tlc %s %s has examples', async (...command) => {
    const words = command.filter((word) => word !== undefined)
    const { status, stdout, stderr } = await tlc([...words, '--help'])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Usage: ${['tlc', ...words].join(' ')}`)
    expect(stdout).toContain('Examples:\n  $ tlc ')
  })
})
