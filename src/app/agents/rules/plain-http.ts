import { destinationOf } from '../destination.ts';
import { defineClientRule, SOURCES } from '../rule.ts';

export const plainHttp = defineClientRule<'cleartext'>({
  id: 'client-plain-http',
  since: 'v1',
  title: 'A client speaks to a server without TLS',
  why: 'Whoever is on the way reads the tokens and the answers, and can put in answers of his own.',
  limits: 'What is reached on the machine itself leaves it not, and is no finding of this rule.',
  sources: [SOURCES.transports],
  levels: { baseline: 'deny', restricted: 'deny' },
  severity: 6,
  messages: { cleartext: '{host} is reached by http: without TLS' },
  check({ urls, isEnabled }, facts) {
    if (!isEnabled) return [];
    return urls.flatMap(({ text, path }) => {
      const destination = destinationOf(text, facts);
      if (destination.kind !== 'host' || !destination.isCleartext || destination.standing === 'machine') return [];
      return {
        messageId: 'cleartext' as const,
        path,
        data: { host: destination.host },
        fix: { summary: 'reach it by https:' },
      };
    });
  },
});
