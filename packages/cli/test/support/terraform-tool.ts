/** Terraform as `tricast deploy` calls it, for fakeTools. */
export function terraformTool(target: string, outputs: Readonly<Record<string, unknown>>, value = "") {
  const at = `-chdir=terraform/${target}`;
  const inside = (file: string) => `terraform/${target}/${file}`;
  const values = Object.entries(outputs).map(([name, value]) => [name, { sensitive: false, type: "dynamic", value }]);
  return {
    [`${at} init -input=false`]: {
      needs: [inside("main.tf"), inside("versions.tf")],
      stdout: "\nTerraform has been successfully initialized!\n",
    },
    [`${at} workspace select -or-create dev`]: { stdout: 'Created and switched to workspace "dev"!\n' },
    [`${at} plan -input=false -var-file=dev.tfvars ${value}-out=tricast.tfplan`]: {
      needs: [inside("dev.tfvars")],
      writes: inside("tricast.tfplan"),
      stdout: "Plan: 12 to add, 0 to change, 0 to destroy.\n",
    },
    [`${at} apply -input=false tricast.tfplan`]: {
      needs: [inside("tricast.tfplan")],
      stdout: "Apply complete! Resources: 12 added, 0 changed, 0 destroyed.\n",
    },
    [`${at} output -json`]: { stdout: JSON.stringify(Object.fromEntries(values)) },
  };
}
