import { METADATA } from '../kube/decode-meta.ts';
import { PRIMARY_NETWORK_LABEL, podInterfaces } from '../kube/pod-interfaces.ts';
import { at, pathText } from '../kube/reading.ts';
import { defineRule, type Report, type RuleContext } from '../rule.ts';
import { cutText } from '../visible-text.ts';
import { namespaceLabels } from '../world/world.ts';

type MessageId = 'interface' | 'primary-network';

/** The annotations stand beside the labels of the pods. */
function annotationPath({ subject }: RuleContext, annotation: string): string {
  const metadata = subject.podLabelsPath.slice(0, -'labels'.length);
  return `${metadata}${pathText(at(at(undefined, 'annotations'), annotation))}`;
}

function primaryNetwork({ content, subject }: RuleContext): readonly Report<MessageId>[] {
  if (!namespaceLabels(content).has(PRIMARY_NETWORK_LABEL)) return [];
  return [
    {
      messageId: 'primary-network',
      object: { kind: 'Namespace', namespace: '', name: content.name },
      path: pathText(at(at(METADATA, 'labels'), PRIMARY_NETWORK_LABEL)),
      data: { namespace: subject.meta.namespace },
      fix: { summary: 'run the server in a namespace without that label: it cannot be taken away later' },
    },
  ];
}

/** Pods with an interface that NetworkPolicy does not govern. */
export const secondInterface = defineRule<MessageId>({
  id: 'second-interface',
  since: 'v1',
  title: 'The server has an interface beside the cluster network',
  why: 'NetworkPolicy governs the interface of the cluster network. Through another one the server is reached, and reaches out, past the gateway.',
  limits:
    'Told by annotations of the pods (Multus and what follows its specification, GKE, VPC CNI of AWS, DANM, Network Service Mesh) and by the label of namespaces with a primary user-defined network (OVN-Kubernetes), which that needs. Some plugins can apply policies of their own to further interfaces: that is not judged. Network devices that come as a resource of a container or by a ResourceClaim, and UserDefinedNetwork objects, are not looked at.',
  sources: [
    'https://github.com/k8snetworkplumbingwg/multi-net-spec',
    'https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/multiple_networks/primary-networks',
    'https://cloud.google.com/kubernetes-engine/docs/how-to/setup-multinetwork-support-for-pods',
    'https://docs.aws.amazon.com/eks/latest/userguide/pod-multi-nic.html',
  ],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 8.8,
  messages: {
    interface: 'its pods get a network interface of their own by {annotation}: {networks}',
    'primary-network':
      'namespace {namespace} has a primary network of its own: its pods are not on the cluster network, which the policies are judged for',
  },
  check(context) {
    const interfaces = podInterfaces(context.subject.podAnnotations).map(({ annotation, networks }) => {
      const path = annotationPath(context, annotation);
      return {
        messageId: 'interface' as const,
        path,
        data: { annotation, networks: cutText(networks.replace(/\s+/g, ' '), 100) },
        fix: { summary: `remove ${path}` },
      };
    });
    return [...interfaces, ...primaryNetwork(context)];
  },
});
