/** The output of describe.py: responses of AWS's APIs, with the fields that are checked. */
export interface Description {
  readonly functions: readonly DescribedFunction[];
  readonly scaling: {
    readonly Targets: readonly (Bounds & { readonly ResourceId: string; readonly ScalableDimension: string })[];
    readonly Policies: readonly {
      readonly ResourceId: string;
      readonly TargetTrackingScalingPolicyConfiguration: {
        readonly TargetValue: number;
        readonly PredefinedMetricSpecification: { readonly PredefinedMetricType: string };
      };
    }[];
    readonly Actions: readonly {
      readonly ResourceId: string;
      readonly ScheduledActionName: string;
      readonly Schedule: string;
      readonly Timezone: string;
      readonly ScalableTargetAction: Bounds;
    }[];
  };
  readonly rules: readonly {
    readonly Name: string;
    readonly ScheduleExpression: string;
    readonly State: string;
    readonly Targets: readonly { readonly Id: string; readonly Arn: string; readonly Input: string }[];
  }[];
  readonly httpApis: readonly {
    readonly ApiId: string;
    readonly Routes: readonly {
      readonly RouteKey: string;
      readonly AuthorizationType: string;
      readonly Target: string;
    }[];
    readonly Integrations: readonly {
      readonly IntegrationId: string;
      readonly IntegrationUri: string;
      readonly PayloadFormatVersion: string;
      readonly TimeoutInMillis: number;
    }[];
    readonly Stages: readonly { readonly StageName: string }[];
  }[];
  readonly restApis: readonly {
    readonly id: string;
    readonly resources: readonly {
      readonly path: string;
      readonly resourceMethods?: Readonly<
        Record<string, { readonly methodIntegration: { readonly uri: string; readonly timeoutInMillis: number } }>
      >;
    }[];
    readonly stages: readonly { readonly stageName: string }[];
  }[];
  readonly logGroups: readonly { readonly logGroupName: string; readonly retentionInDays: number }[];
  readonly alarms: readonly { readonly AlarmName: string; readonly Threshold: number }[];
  readonly dashboards: readonly { readonly DashboardName: string }[];
  readonly layers: readonly object[];
  readonly rollouts: readonly {
    readonly deploymentGroupName: string;
    readonly config: {
      readonly deploymentConfigName: string;
      readonly trafficRoutingConfig: {
        readonly timeBasedCanary?: { readonly canaryPercentage: number; readonly canaryInterval: number };
        readonly timeBasedLinear?: { readonly linearPercentage: number; readonly linearInterval: number };
      };
    };
  }[];
  readonly rolePolicies: readonly {
    readonly RoleName: string;
    readonly PolicyDocument: {
      readonly Statement: readonly { readonly Action: readonly string[]; readonly Resource: string }[];
    };
  }[];
}

interface Bounds {
  readonly MinCapacity: number;
  readonly MaxCapacity: number;
}

export interface DescribedFunction {
  readonly Configuration: {
    readonly FunctionName: string;
    readonly MemorySize: number;
    readonly Timeout: number;
    readonly Architectures: readonly string[];
    readonly EphemeralStorage: { readonly Size: number };
    readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
    readonly CodeSha256: string;
    readonly Layers: readonly { readonly Arn: string }[];
  };
  readonly Concurrency?: { readonly ReservedConcurrentExecutions: number };
  readonly Tags: Readonly<Record<string, string>>;
  readonly Aliases: readonly DescribedAlias[];
}

export interface DescribedAlias {
  readonly Name: string;
  readonly AliasArn: string;
  readonly FunctionVersion: string;
  /** JSON of {@link Statement}s. */
  readonly Policy: { readonly Policy: string } | null;
  readonly Url: { readonly FunctionUrl: string; readonly AuthType: string } | null;
  readonly Provisioned: { readonly RequestedProvisionedConcurrentExecutions: number } | null;
}

export interface Statement {
  readonly Sid: string;
  readonly Action: string;
  readonly Principal: string | { readonly Service: string };
  readonly Condition?: { readonly ArnLike: { readonly "AWS:SourceArn": string } };
}
