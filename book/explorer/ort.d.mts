// Types of ort.mjs, the build of onnxruntime-web that is put beside these files when the book is built.
export * from "onnxruntime-common";
