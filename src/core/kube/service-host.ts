/** A Service by its namespace and name. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The Service that a host name stands for inside the cluster: `NAME.NAMESPACE.svc` with any domain after it, as with the name of a Pod before it
 * (DNS-based service discovery); `NAME.NAMESPACE`, which the search list of every Pod completes; and `NAME` alone where `home`, the namespace of
 * whoever says it, is given. `undefined`: any other host.
 * Source: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
export function serviceOfHost(host: string, home?: string): ServiceName | undefined {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  const svc = labels.indexOf('svc', 2);
  const end = svc > 0 ? svc : labels.length;
  if (svc < 0 && labels.length > 2) return undefined;
  const [name, namespace] = end === 1 ? [labels[0], home] : [labels[end - 2], labels[end - 1]];
  return name && namespace ? { namespace, name } : undefined;
}
