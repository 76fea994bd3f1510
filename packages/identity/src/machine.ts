import { readFile } from "node:fs/promises";

/**
 * Files in which Linux shows the maker of a virtual machine: cloud.google.com/compute/docs/instances/detect-compute-engine,
 * and Azure's asset tag, which cloud-init detects Azure by.
 */
const MARKS = {
  google: { file: "/sys/class/dmi/id/product_name", pattern: /^Google/ },
  azure: { file: "/sys/class/dmi/id/chassis_asset_tag", pattern: /^7783-7084-3265-9085-8269-3286-77/ },
} as const;

/** Whether this is a virtual machine of the cloud, so that its metadata service is there, and only late. */
export async function isMachineOf(cloud: keyof typeof MARKS): Promise<boolean> {
  const { file, pattern } = MARKS[cloud];
  return pattern.test(await readFile(file, "utf8").catch(() => ""));
}
