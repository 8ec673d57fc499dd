import { posix } from 'node:path';
import { build, transform } from 'esbuild';

/** Sources by their path below the project's folder, with forward slashes. */
export type Sources = ReadonlyMap<string, string>;
/** `to` is a path for what begins with a dot, and otherwise the name as written. */
export type Import = { readonly from: string; readonly to: string; readonly typeOnly: boolean };

/** Every import, re-export and dynamic import of a literal, of types too; a parser finds them, not a pattern. */
export const importsOf = async (sources: Sources): Promise<readonly Import[]> => {
  const atRunTime = new Set((await edgesOf(sources)).map(String));
  const withTypes = new Map([...sources].map(([path, text]) => [path, text.replaceAll(typeOnlyClause, '$1 ')]));
  return (await edgesOf(withTypes)).map((edge) => ({
    from: edge[0],
    to: edge[1],
    typeOnly: !atRunTime.has(String(edge)),
  }));
};

/** What runs of a source: without types and comments, and with one way to write the same thing. */
export const codeOf = async (text: string): Promise<string> => {
  const options = { loader: 'ts', minifyWhitespace: true, legalComments: 'none', target: 'esnext' } as const;
  return (await transform(text, options)).code;
};

/** The parser drops these with the types; without the word it keeps them. */
const typeOnlyClause = /^(import|export) type (?=[\w$]+ from |[{*])/gm;

const edgesOf = async (sources: Sources): Promise<readonly (readonly [string, string])[]> => {
  const { metafile } = await build({
    // A prefix, because the bundler rewrites entry points that exist as files.
    entryPoints: [...sources.keys()].map((path, index) => ({ in: `source:${path}`, out: `${index}` })),
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'nowhere',
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [
      {
        name: 'sources',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^/ }, ({ kind, path }) =>
            kind === 'entry-point'
              ? { path: path.slice('source:'.length), namespace: 'source' }
              : { path, external: true },
          );
          onLoad({ filter: /^/, namespace: 'source' }, ({ path }) => ({
            contents: sources.get(path) ?? `there is no ${path}`,
            loader: 'ts',
          }));
        },
      },
    ],
  });
  return Object.entries(metafile.inputs).flatMap(([input, { imports }]) => {
    const from = input.slice('source:'.length);
    return imports.map(({ path }) => [from, pathOf(from, path)] as const);
  });
};

const pathOf = (from: string, specifier: string) =>
  specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
