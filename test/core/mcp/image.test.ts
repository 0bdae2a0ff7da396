import { expect, it } from 'vitest';
import { imageRepository } from '../../../src/core/mcp/image.ts';

// biome-ignore format: one line a case
it.each([
  ['redis', 'docker.io/library/redis'],
  ['redis:7', 'docker.io/library/redis'],
  ['docker.io/redis:7', 'docker.io/library/redis'],
  ['index.docker.io/redis', 'docker.io/library/redis'],
  ['docker.io/library/redis', 'docker.io/library/redis'],
  ['mcp/fetch:1', 'docker.io/mcp/fetch'],
  ['docker.io/mcp/fetch@sha256:00', 'docker.io/mcp/fetch'],
  ['index.docker.io/mcp/fetch', 'docker.io/mcp/fetch'],
  ['registry.example.com/redis:7', 'registry.example.com/redis'],
  ['localhost/mcp/fetch', 'localhost/mcp/fetch'],
  ['registry:5000/acme/tools:1@sha256:00', 'registry:5000/acme/tools'],
  ['', ''],
])('the image %j is of the repository %j', (image, repository) => expect(imageRepository(image)).toBe(repository));
