/** Where the memory behind the module's own constants begins: the pool starts here. */
export function heapBase(): usize {
  return __heap_base
}
