export type { Arch, ArtefactFile, FileGroup, Target } from "./files.ts";
