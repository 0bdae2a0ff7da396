/**
 * The judge of Chokepoint, for programs that build on it: plain data in, decisions out. All of it is pure: no files, no network, no clock, no
 * environment, nothing that only Node.js has, and nothing is done by importing it.
 *
 * @packageDocumentation
 */

import { BUILTIN_DATA } from './core/gate/document/builtin.ts';
import { type DecodedGatePolicy, decodeGatePolicy as decode } from './core/gate/document/decode-gate-policy.ts';
import { resolvePreset } from './core/gate/document/resolve.ts';
import type { GatePolicy, Preset } from './core/gate/types.ts';
import { isFields } from './core/kube/reading.ts';

export type { InputObject, JudgedInput, ManifestIssue } from './app/report/check.ts';
export type { PassedOver } from './app/report/check-report.ts';
export { judgeManifests } from './app/report/judge-manifests.ts';
export type { AffectedServer, ChangeJudgement } from './core/change.ts';
export { judgeChange } from './core/change.ts';
export type {
  AppliedException,
  Cause,
  Decision,
  Edit,
  Evidence,
  ExceptedFinding,
  Finding,
  Fix,
  McpJudgement,
  McpStanding,
  OpenTraffic,
  RefusedException,
  SetAside,
  Verdict,
  Witness,
} from './core/decision.ts';
export type { Judge } from './core/evaluate.ts';
export { createJudge, evaluate } from './core/evaluate.ts';
export type { DecodedGatePolicy } from './core/gate/document/decode-gate-policy.ts';
export { policyOn } from './core/gate/policy-on.ts';
export type { AbsentPolicy, GatePolicy, Level, Mode, Preset } from './core/gate/types.ts';
export type { Decoded, Decoder } from './core/kube/decode.ts';
export { createDecoder } from './core/kube/decode.ts';
export type { Fields, Issue } from './core/kube/reading.ts';
export type {
  Endpoints,
  ForeignPolicy,
  KubeObject,
  Namespace,
  NetworkPolicy,
  ObjectRef,
  Route,
  Service,
  Workload,
} from './core/kube/types.ts';
export type { Source } from './core/manifest.ts';
export type { Protocol } from './core/net/ports.ts';
export type { ReachAnswer, ReachQuery, ReachSide } from './core/netpol/reach.ts';
export { createReach } from './core/netpol/reach.ts';
export type {
  AmbiguousEndpoint,
  NoAnswer,
  ReachCause,
  ReachEndpoint,
  ReachReason,
  UnknownEndpoint,
} from './core/netpol/reach-pods.ts';
export type { BadQuery } from './core/netpol/reach-query.ts';
export { parseReachQuery } from './core/netpol/reach-query.ts';
export { buildWorld } from './core/world/build.ts';
export { isWorkload } from './core/world/object-kinds.ts';
export { overlay } from './core/world/overlay.ts';
export type { Change, NamespaceContent, World } from './core/world/world.ts';

/**
 * Decodes a GatePolicy document (apiVersion chokepoint.dev/v1alpha1, as `policies/gate-policy.schema.json` describes it) from plain data. Every
 * problem is an issue, unknown fields too; with one of severity error there is no policy. Exceptions of the document that have expired are still in
 * it, and no annotation counts: give it to {@link policyOn} with the day.
 */
export function decodeGatePolicy(document: unknown): DecodedGatePolicy {
  if (isFields(document)) return decode(document);
  const message = 'expected an object: a document of kind GatePolicy';
  return { policy: undefined, issues: [{ severity: 'error', code: 'wrong-type', path: '', message }] };
}

/** The policy of a preset alone: what holds where there is no document. */
export function presetPolicy(preset: Preset = 'baseline'): GatePolicy {
  return resolvePreset(preset, BUILTIN_DATA);
}
