import { describe, expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import { loadedAtStart } from '../../bench/loaded-at-start.ts';
import config from '../../darkroom.config.ts';
import layer from '../../layers/sharp/nodejs/package.json' with { type: 'json' };
import { bundling } from '../../lib/infra/function-code.ts';
import { sources } from '../../lib/infra/function-sources.ts';
import manifest from '../../package.json' with { type: 'json' };
import { resources, synthesised } from './synthesised.ts';

describe('A bundle', () => {
  test.each(Object.values(sources))('of functions/%s loads at most 630 KiB when it starts', (source) => {
    const { metafile } = buildSync({
      ...bundling(source, config, '1.2.3'),
      metafile: true,
      write: false,
      outdir: 'out',
    });
    const bytes = metafile ? loadedAtStart(metafile) : 0;
    expect(bytes).toBeGreaterThan(100 * 1024);
    expect(bytes).toBeLessThanOrEqual(630 * 1024);
  });

  test('of render leaves sharp to the layer, which has the version that everything else is tested with', () => {
    const { metafile } = buildSync({
      ...bundling('render.ts', config, '1.2.3'),
      metafile: true,
      write: false,
      outdir: 'out',
    });
    const inputs = Object.keys(metafile?.inputs ?? {});
    expect(Object.keys(metafile?.outputs ?? {})).toContain('out/ssimulacra2.wasm');
    expect(inputs.filter((path) => path.includes('node_modules/sharp/'))).toEqual([]);
    expect(inputs.some((path) => path.endsWith('layers/sharp/from-layer.js'))).toBe(true);
    expect(layer.dependencies.sharp).toBe(manifest.dependencies.sharp);
  });
});

describe('Another deploy', () => {
  const first = synthesised({ release: '1.0.0' }, true);
  const json = (made: typeof first) => made.template.toJSON() as { Resources: Record<string, { Type: string }> };

  test('of the same source changes nothing', () => {
    expect(json(synthesised({ release: '1.0.0' }, true))).toEqual(json(first));
  });

  test('of another release changes the code of the function that tells it, and nothing else', () => {
    const [before, after] = [json(first).Resources, json(synthesised({ release: '1.0.1' }, true)).Resources];
    const changed = Object.keys({ ...before, ...after }).filter(
      (id) => JSON.stringify(before[id]) !== JSON.stringify(after[id]),
    );
    expect(changed.map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual(['ImagesApiFunction']);
    const { Code: _before, ...rest } = resources(first, 'AWS::Lambda::Function', 'ImagesApi')[0]?.Properties ?? {};
    expect(after[changed[0] ?? '']).toMatchObject({ Type: 'AWS::Lambda::Function', Properties: rest });
  });
});
