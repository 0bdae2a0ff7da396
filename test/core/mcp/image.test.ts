import { expect, it } from 'vitest';
import { imageRepository, isCopyOf, isInCopyOf, lastPart } from '../../../src/core/mcp/image.ts';

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
  ['localhost:5000/redis', 'localhost:5000/redis'],
  ['mcp/fetch:1@sha256:00', 'docker.io/mcp/fetch'],
  [':1', ''],
  ['', ''],
])('the image %j is of the repository %j', (image, repository) => expect(imageRepository(image)).toBe(repository));

// biome-ignore format: one line a case
it.each([
  ['docker.io/mcp/fetch', false, true],
  ['harbor.example:5000/proxy-ghcr/mcp/fetch', false, true],
  ['registry.example.com/mcp/fetch', false, true],
  ['registry.example.com/xmcp/fetch', false, false],
  ['registry.example.com/mcp/fetch-ui', false, false],
  ['registry.example.com/mcp/fetch', true, false],
  ['mirror.example.com/mcp/fetch', true, true],
  ['registry.example.com/docker-hub/mcp/fetch', true, true],
  ['registry.example.com/docker_hub/mcp/fetch', true, true],
  ['my.mirror:5000/mcp/fetch', true, true],
  ['registry.example.com/mirrored/mcp/fetch', true, false],
  ['ghcr.io/mcp/fetch', true, false],
  ['ghcr.io/cache/mcp/fetch', true, true],
  ['quay.io/mcp/fetch', true, false],
  ['docker.io/mcp/mirror', true, false],
])('%s is a copy of docker.io/mcp/fetch, in a mirror where it must be (%s): %s', (repository, inMirror, isCopy) =>
  expect(isCopyOf(repository, 'docker.io/mcp/fetch', inMirror)).toBe(isCopy));

// biome-ignore format: one line a case
it.each([
  ['docker.io/mcp/any', true],
  ['docker.io/mcp/deep/any', true],
  ['docker.io/mcpx/any', false],
  ['mirror.gcr.io/mcp/any', true],
  ['mirror.gcr.io/mcp/deep/any', false],
  ['registry.example.com/mcp/any', false],
  ['registry.example.com/dockerhub/mcp/any', true],
  ['registry.example.com/dockerhub/xmcp/any', false],
])('%s lies in the folder docker.io/mcp/ or in a mirror of it: %s', (repository, isIn) =>
  expect(isInCopyOf(repository, 'docker.io/mcp/')).toBe(isIn));

it.each([
  ['docker.io/mcp/fetch', 'fetch'],
  ['fetch', 'fetch'],
  ['a/', ''],
])('the last part of %s is %j', (path, last) => expect(lastPart(path)).toBe(last));
