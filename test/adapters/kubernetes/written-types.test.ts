import type {
  EventsV1Event,
  V1DeleteOptions,
  V1Lease,
  V1NetworkPolicy,
  V1NetworkPolicyEgressRule,
  V1NetworkPolicyIngressRule,
  V1Pod,
  V1ValidatingWebhookConfiguration,
} from '@kubernetes/client-node';
import { expectTypeOf, test } from 'vitest';
import type { trustBody } from '../../../src/adapters/kubernetes/writes/certificate-store.ts';
import type { leaseBody } from '../../../src/adapters/kubernetes/writes/lease-client.ts';
import type { deletionBody, eventBody, gateRemovalBody } from '../../../src/adapters/kubernetes/writes/writer.ts';
import type { MadePolicyManifest } from '../../../src/app/controller/action.ts';
import type { NetworkPolicyManifest, RuleManifest } from '../../../src/core/kube/syntax.ts';

/** A field as it is on the wire: the generator of the models puts a `_` before words that JavaScript keeps for itself. */
type WireName<Key> = Key extends `_${infer Name}` ? Name : Key;

/** A model of the official client as JSON: times are text. A patch may leave anything out, and take it away by null. */
type Wire<Model> = Model extends Date
  ? string
  : Model extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : Model extends object
      ? { readonly [Key in keyof Model as WireName<Key>]?: Wire<Model[Key]> | null | undefined }
      : Model;

/** Fields that are written and that the API does not have, at any depth. */
type Unknown<Written, Model> = Written extends readonly (infer Item)[]
  ? Model extends readonly (infer ModelItem)[]
    ? Unknown<Item, ModelItem>
    : 'a list where the API has none'
  : Written extends object
    ? {
        [Key in keyof Written]-?: Key extends keyof Model
          ? Unknown<NonNullable<Written[Key]>, NonNullable<Model[Key]>>
          : Key;
      }[keyof Written]
    : never;

// What is held to them is their types, by tsc: nothing of the client is loaded, and nothing is left to do as the test runs.

test('a NetworkPolicy is written as networking.k8s.io/v1 has it', () => {
  expectTypeOf<NetworkPolicyManifest>().toExtend<Wire<V1NetworkPolicy>>();
  expectTypeOf<MadePolicyManifest>().toExtend<Wire<V1NetworkPolicy>>();
  expectTypeOf<Unknown<Omit<MadePolicyManifest, 'spec'>, Wire<V1NetworkPolicy>>>().toBeNever();
  type Rules = 'ingress' | 'egress';
  type Spec = Omit<NetworkPolicyManifest['spec'], Rules>;
  expectTypeOf<Unknown<Spec, NonNullable<Wire<V1NetworkPolicy>['spec']>>>().toBeNever();
  // One type for the rules of both directions: each field must be of one of them.
  type Rule = Wire<V1NetworkPolicyIngressRule> & Wire<V1NetworkPolicyEgressRule>;
  expectTypeOf<RuleManifest>().toExtend<Rule>();
  expectTypeOf<Unknown<RuleManifest, Rule>>().toBeNever();
});

test('a Lease is written as coordination.k8s.io/v1 has it', () => {
  expectTypeOf<ReturnType<typeof leaseBody>>().toExtend<Wire<V1Lease>>();
  expectTypeOf<Unknown<ReturnType<typeof leaseBody>, Wire<V1Lease>>>().toBeNever();
});

test('an Event is written as events.k8s.io/v1 has it', () => {
  expectTypeOf<ReturnType<typeof eventBody>>().toExtend<Wire<EventsV1Event>>();
  expectTypeOf<Unknown<ReturnType<typeof eventBody>, Wire<EventsV1Event>>>().toBeNever();
});

test('the options of a deletion are those of meta/v1', () => {
  expectTypeOf<ReturnType<typeof deletionBody>>().toExtend<Wire<V1DeleteOptions>>();
  expectTypeOf<Unknown<ReturnType<typeof deletionBody>, Wire<V1DeleteOptions>>>().toBeNever();
});

test('a gate is taken off a v1 Pod, by a directive of strategic merge patches', () => {
  expectTypeOf<ReturnType<typeof gateRemovalBody>>().toExtend<Wire<V1Pod>>();
  expectTypeOf<Unknown<ReturnType<typeof gateRemovalBody>, Wire<V1Pod>>>().toEqualTypeOf<'$patch'>();
});

test('the bundle of a webhook is written as admissionregistration.k8s.io/v1 has it', () => {
  expectTypeOf<ReturnType<typeof trustBody>>().toExtend<Wire<V1ValidatingWebhookConfiguration>>();
  expectTypeOf<Unknown<ReturnType<typeof trustBody>, Wire<V1ValidatingWebhookConfiguration>>>().toBeNever();
});

test('a field that the API does not have is seen', () => {
  type Misspelt = { readonly spec: { readonly policyTypes: readonly string[]; readonly podSelectors: object } };
  expectTypeOf<Unknown<Misspelt, Wire<V1NetworkPolicy>>>().toEqualTypeOf<'podSelectors'>();
});
