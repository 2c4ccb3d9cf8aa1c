import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What analyses scans, drives a browser or starts commands takes longest. */
const LONG = /\/test\/(browser|faults|server\/(commands|exporting|pipeline|sessions|sources))\//;

/** Begins with what takes long, so that workers end together, and ends with the files that share a process. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification) =>
      project.config.isolate ? (LONG.test(moduleId) ? 0 : 1) : 2;
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
