/* kernel_sources.h - the kernel files of this folder, embedded by CMake with their includes
 * inlined. */
#ifndef CLT_KERNEL_SOURCES_H
#define CLT_KERNEL_SOURCES_H

struct clt_kernel_source {
    const char *file; /* "dropout.cl" */
    const char *text;
};

extern const struct clt_kernel_source clt_kernel_sources[]; /* ends with a NULL file */

#endif
