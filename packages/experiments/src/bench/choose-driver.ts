import { UserError } from '../user-error.ts'
import { drivers, unpackSwiftshader } from './driver.ts'
import { SubjectProcess } from './process/subject-process.ts'
import type { Driver } from './subjects/subject.ts'

/**
 * The driver that was asked for, or the first on which this project can be opened: the machine's own, if it has one.
 *
 * @throws UserError that says what to install if there is none
 */
export async function chooseDriver(asked: Driver | undefined): Promise<Driver> {
  const problems: string[] = []
  for (const driver of asked === undefined ? drivers : [asked]) {
    const problem = await problemOf(driver)
    if (problem === undefined) return driver
    problems.push(`${driver}: ${problem}`)
  }
  throw new UserError(
    `bench: there is no adapter for WebGPU (${problems.join('; ')}). Install the driver of a GPU or, for processors, ` +
      'apt-get install mesa-vulkan-drivers; VK_ICD_FILENAMES names one of several. Where this repository is installed ' +
      'on Linux, --driver swiftshader needs nothing else',
  )
}

async function problemOf(driver: Driver): Promise<string | undefined> {
  try {
    if (driver === 'swiftshader') await unpackSwiftshader()
    using process = new SubjectProcess({ kind: 'webgpu', threads: 1, driver })
    await process.description()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
