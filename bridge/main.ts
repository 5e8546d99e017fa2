#!/usr/bin/env node
/** The process edge. The heap is set first of all: what is imported along with it would be read before it runs. */
import './small-heap.ts';

await import('./command-line.ts');
