/**
 * The SDK can ask DynamoDB which endpoint to call, and keep the answers. No call of Darkroom does, and Lambda's endpoints
 * are known; leaving that out takes 8 KB off every bundle.
 */
export const resolveEndpointDiscoveryConfig = <Config>(config: Config): Config => config;

export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};
