import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Only how long until a test is given up: many simulate hours on a fake clock, on machines that do other things, too.
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // Two cores: system tests spawn whole bridges, more workers only make them wait for each other.
    maxWorkers: 2,
  },
});
