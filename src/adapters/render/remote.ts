/** What kustomize takes for a repository or a URL. Source: kustomize, api/internal/git/repospec.go and api/internal/loader/fileloader.go. */
const SURELY_REMOTE = /:\/\/|^git::|^gh:|^[\w.-]+@[\w.-]+:|^(?:github|gitlab)\.com[/:]|^bitbucket\.org[/:]/i;

/** The same, unless such a file or folder is there. */
const PROBABLY_REMOTE = /[?&](?:ref|version|submodules|timeout)=|\/\/|\.git(?:[/?]|$)|\/_git\//i;

/** Whether an entry of a kustomization is fetched over the network. `isThere`: a file or folder of that path exists. */
export function isRemote(entry: string, isThere: () => boolean): boolean {
  return SURELY_REMOTE.test(entry) || (PROBABLY_REMOTE.test(entry) && !isThere());
}
