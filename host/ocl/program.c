#include "program.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_sources.h"
#include "program_cache.h"
#include "text.h"

/* Neither -cl-denorms-are-zero nor any fast-math option is ever among the options: a denormal
 * flushed to zero changes a result, so a run would not give the same bits wherever a driver honours
 * the flag, and the fast-math ones let the compiler fold `x != x` to false, which hides a NaN. */
/* -w: warnings are for those who write kernels, and the tests give them. PoCL's compiler would
 * count them on standard error ("50 warnings generated."), such as those on vectors of 16 on a
 * processor without AVX-512. */
#define BASE_OPTIONS "-cl-std=CL1.2 -w"

static const char *find_source(const char *file)
{
    const struct clt_kernel_source *source = clt_kernel_sources;
    while (source->file && strcmp(source->file, file) != 0) source++;
    assert(source->file); /* the name of a kernel file is ours */
    return source->text;
}

static void program_release(struct clt_program *program)
{
    if (program->program) clReleaseProgram(program->program);
    free(program->file);
    free(program->options);
}

static enum clt_status build_failure(const struct clt_program *program, cl_device_id device,
                                     cl_int code)
{
    const enum clt_status st = clt_device_check(code, "clBuildProgram");
    size_t size = 0;
    clGetProgramBuildInfo(program->program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    char *log = calloc(1, size + 1);
    if (!log) return clt_fail(CLT_E_NOMEM, "%s: the compiler's log", program->file);
    clGetProgramBuildInfo(program->program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    clt_fail(st, "%s does not build with \"%s\": %s; the compiler says:\n%s", program->file,
             program->options, clt_error_message(), log);
    free(log);
    return st;
}

static enum clt_status compile(struct clt_program *program, cl_context context, cl_device_id device,
                               const char *source)
{
    enum clt_status st = CLT_OK;
    cl_int code;
    program->program = clCreateProgramWithSource(context, 1, &source, NULL, &code);
    TRY(clt_device_check(code, "clCreateProgramWithSource"));
    code = clBuildProgram(program->program, 1, &device, program->options, NULL, NULL);
    if (code != CL_SUCCESS) TRY(build_failure(program, device, code));
done:
    return st;
}

/* From the cache of `identity`, which may be NULL, or else compiled. */
static enum clt_status program_build(struct clt_program *out, cl_context context,
                                     cl_device_id device, const char *identity, const char *file,
                                     const char *options)
{
    enum clt_status st = CLT_OK;
    struct clt_program program = {strdup(file), strdup(options), NULL};
    const char *source = find_source(file);
    if (!program.file || !program.options) TRY(clt_fail(CLT_E_NOMEM, "the program of %s", file));
    if (!identity ||
        !clt_program_cache_load(&program.program, context, device, identity, source, options)) {
        TRY(compile(&program, context, device, source));
        if (identity) clt_program_cache_store(program.program, identity, source, options);
    }
    *out = program;
    program = (struct clt_program){0};
done:
    program_release(&program);
    return st;
}

/* *out: the program in the table, built where it is not there yet; the table's. */
static enum clt_status find_program(cl_program *out, struct clt_program_table *table,
                                    cl_context context, cl_device_id device, const char *file,
                                    const char *options)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct clt_program *p = &table->program[i];
        if (!strcmp(p->file, file) && !strcmp(p->options, options)) {
            *out = p->program;
            return CLT_OK;
        }
    }
    struct clt_program *grown =
        realloc(table->program, (table->count + 1) * sizeof *table->program);
    if (!grown) return clt_fail(CLT_E_NOMEM, "the program of %s", file);
    table->program = grown;
    enum clt_status st =
        program_build(&grown[table->count], context, device, table->identity, file, options);
    if (st != CLT_OK) return st;
    *out = grown[table->count++].program;
    return CLT_OK;
}

enum clt_status clt_program_table_kernel(cl_kernel *out, struct clt_program_table *table,
                                         cl_context context, cl_device_id device, const char *file,
                                         const char *kernel, const char *options)
{
    enum clt_status st = CLT_OK;
    struct clt_text text = {0};
    char *all_options = NULL;
    cl_program program = NULL;
    cl_int code;
    *out = NULL;
    clt_text_add(&text, BASE_OPTIONS "%s%s", *options ? " " : "", options);
    all_options = clt_text_take(&text);
    if (!all_options) TRY(clt_fail(CLT_E_NOMEM, "the options of %s", file));
    TRY(find_program(&program, table, context, device, file, all_options));
    *out = clCreateKernel(program, kernel, &code);
    st = clt_device_check(code, "clCreateKernel");
    if (st != CLT_OK) clt_fail_within(st, "%s: kernel %s", file, kernel);
done:
    free(all_options);
    return st;
}

void clt_program_table_free(struct clt_program_table *table)
{
    for (size_t i = 0; i < table->count; i++) program_release(&table->program[i]);
    free(table->program);
    free(table->identity);
    *table = (struct clt_program_table){0};
}
