import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTo, createServer, type Socket } from 'node:net';

/** A way to the API server that can be cut: connections stay open and nothing comes through. */
export interface Cuttable {
  /** A kubeconfig that leads this way. */
  readonly kubeconfig: string;
  readonly cut: () => void;
  readonly mend: () => void;
  readonly close: () => Promise<void>;
}

/** Listens on 127.0.0.1 and passes everything on to the API server that the kubeconfig names; `path`: the kubeconfig that is written. */
export async function startCuttable(kubeconfig: string, path: string): Promise<Cuttable> {
  const text = readFileSync(kubeconfig, 'utf8');
  const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (isCut) socket.pause();
  };
  const server = createServer(near => {
    const far = connectTo(port, '127.0.0.1');
    const pass = (from: Socket, to: Socket): void => {
      keep(from);
      from.on('data', chunk => to.write(chunk));
      from.on('end', () => to.end());
      from.on('close', () => to.destroy());
    };
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  writeFileSync(path, text.replaceAll(String(port), String(typeof bound === 'object' && bound ? bound.port : 0)), {
    mode: 0o600,
  });
  return {
    kubeconfig: path,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    mend: () => {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
