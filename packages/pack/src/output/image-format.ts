/** Forms of a finished image, each with its name in the output folder: an OCI layout, or one file for `docker load`. */
export const IMAGE_FILES = { oci: "image", "docker-archive": "image.tar" } as const;
export type ImageFormat = keyof typeof IMAGE_FILES;
export const IMAGE_FORMATS = Object.keys(IMAGE_FILES) as readonly ImageFormat[];
